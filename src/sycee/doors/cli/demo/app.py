"""`./sycee demo`: stories told in the terminal, against a real server."""

from __future__ import annotations

from cyclopts import App

from sycee.doors.cli.demo.envelopes import envelopes
from sycee.doors.cli.demo.newyear import new_year
from sycee.doors.cli.demo.orders import orders
from sycee.doors.cli.demo.story import demo as trade
from sycee.doors.cli.demo.wallet import wallet

HELP = """\
Tell the main job in the terminal: an online shop's client, a buyer, and the money between.

The shop runs the public Alipay SDK for Python, unmodified but for the gateway's address. Uses the
server that runs, or starts one for the while. `./sycee demo envelopes`,
`./sycee demo wallet` and `./sycee demo orders` tell others; `./sycee demo newyear` lets the town
celebrate.
"""

demo = App(name="demo", help=HELP)
demo.default(trade)
demo.command(envelopes)
demo.command(new_year, name="newyear")
demo.command(wallet)
demo.command(orders)
