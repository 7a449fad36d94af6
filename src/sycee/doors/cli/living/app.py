"""`./sycee town`: the process in which the demo town lives; `up` starts it."""

from __future__ import annotations

import threading

from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.doors.bank.seed import NUMBER
from sycee.doors.cli import running
from sycee.doors.cli.living.life import live
from sycee.doors.cli.stopping import Stopped, UntilEof, stop_at_eof, stopping
from sycee.products.wallet.bank.folders import Folders
from sycee.runtime.settings import SettingsError, load


def town(*, until_eof: UntilEof = False) -> int:
    """Let simulated people live in the demo town that runs here, until Ctrl-C.

    They are callers of `/v1` like any other. The console's slider sets their pace. `./sycee up`
    starts this by itself; `SYCEE_TOWN_PACE=0` leaves the town still.
    """
    settings = load()
    if not settings.demo:
        raise SettingsError("there is no demo town here: SYCEE_DEMO is false")
    bank = Bank(Books(settings.home / "bank" / "sandbox.db"), Folders.under(settings.home))
    stop = threading.Event()

    def pay_in(amount_minor: int, reference: str) -> None:
        bank.pay_in(NUMBER, amount_minor, reference=reference, name="A Neighbour")

    with stopping():
        try:
            if until_eof:
                stop_at_eof()
            live(running.address(settings), settings.home, pay_in, stop)
        except Stopped:
            stop.set()
    return 0
