"""The story: a guaranteed trade that ends well, and one that ends with a ruling."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from sycee.doors.cli import town
from sycee.doors.cli.demo.drawing import Drawing
from sycee.doors.cli.demo.people import Person
from sycee.doors.cli.demo.server import serving
from sycee.doors.cli.demo.shop import Shop, opened
from sycee.doors.cli.progress import Progress
from sycee.kit.ids import token
from sycee.runtime.settings import load

PLACES = ("Ada's purse", "the trade's pot", "the bookshop", "the town's fees")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, and where it is drawn."""

    ada: Person
    lantern: Person
    mei: Person
    hall: Person
    shop: Shop
    draw: Drawing
    buyer_id: str

    def balances(self, trade: str) -> dict[str, int]:
        """What every place of the drawing holds now."""
        fees = [row for row in self.hall.get("/v1/trial-balance") if row["code"] == "fees"]
        amounts = (
            self.ada.balance_minor(),
            self.ada.get(f"/v1/trades/{trade}")["held_minor"],
            self.lantern.balance_minor(),
            sum(row["balance_minor"] for row in fees),
        )
        return dict(zip(PLACES, amounts, strict=True))

    def step(self, trade: str, sentence: str) -> None:
        self.draw.step(sentence, self.balances(trade))


def demo() -> int:
    """Tell the main job in the terminal: an online shop's client, a buyer, and the money between.

    The shop runs the public Alipay SDK for Python, unmodified but for the gateway's address. Uses
    the server that runs, or starts one for the while.
    """
    settings, console, progress = load(), Console(highlight=False), Progress()
    with serving(settings) as address, _cast(address, console, progress) as cast:
        _a_sale(cast)
        _a_dispute(cast)
        console.print()
        console.rule("Is every unit accounted for?", align="left")
        return subprocess.call([sys.executable, "-m", "sycee", "doctor"])


@contextlib.contextmanager
def _cast(address: str, console: Console, progress: Progress) -> Iterator[Cast]:
    settings = load()
    handles = (town.BUYER, town.SHOP, town.MEDIATOR, town.OPERATOR)
    known = town.cast(settings.home, handles)
    with contextlib.ExitStack() as stack:
        people = {}
        for handle in handles:
            people[handle] = Person(address, known[handle])
            stack.callback(people[handle].close)
        keys = json.loads(
            subprocess.check_output([sys.executable, "-m", "sycee", "keys", "alipay", "--json"])
        )
        keys["gateway"] = f"{address}/gateway.do"
        with progress.step("Setting up the shop's own client (python-alipay-sdk 3.4.0)"):
            shop = stack.enter_context(opened(settings.home, keys))
        yield Cast(
            people[town.BUYER],
            people[town.SHOP],
            people[town.MEDIATOR],
            people[town.OPERATOR],
            shop,
            Drawing(console, PLACES),
            keys["buyer_id"],
        )


def _order(cast: Cast, subject: str, amount: str) -> str:
    """The shop's client creates a trade; its id in `/v1`."""
    out_trade_no = f"demo-{token()}"
    cast.shop.call(
        "api_alipay_trade_create",
        out_trade_no=out_trade_no,
        total_amount=amount,
        subject=subject,
        buyer_id=cast.buyer_id,
    )
    found = cast.lantern.get(f"/v1/trades?out_ref={out_trade_no}")
    return found["items"][0]["id"]


def _ship(cast: Cast, trade: str) -> dict[str, Any]:
    return cast.lantern.post(
        f"/v1/trades/{trade}/ship", {"carrier": "Swallow Post", "tracking_number": "SW-2026-0001"}
    )


def _a_sale(cast: Cast) -> None:
    cast.draw.chapter("A guaranteed trade")
    trade = _order(cast, "Dream of the Red Chamber, four volumes", "128.00")
    cast.step(trade, f"The bookshop's client creates the trade {trade} of 128.00.")
    cast.ada.post(f"/v1/trades/{trade}/pay")
    cast.step(trade, "Ada pays. The money waits in the trade's own pot.")
    _ship(cast, trade)
    cast.step(trade, "The shop ships. The money still waits.")
    cast.ada.post(f"/v1/trades/{trade}/confirm")
    cast.step(trade, "Ada confirms. The shop is paid, less the town's fee of 0.6 %.")


def _a_dispute(cast: Cast) -> None:
    cast.draw.chapter("A dispute")
    trade = _order(cast, "An inkstone, slightly used", "300.00")
    cast.ada.post(f"/v1/trades/{trade}/pay")
    _ship(cast, trade)
    cast.step(trade, "Another trade, 300.00: ordered, paid and shipped.")
    cast.ada.post(f"/v1/trades/{trade}/dispute", {"reason": "damaged"})
    for who, text in (
        (cast.ada, "The inkstone has a crack along its edge."),
        (cast.lantern, "It left us whole; the crack is from the journey."),
    ):
        who.post(f"/v1/trades/{trade}/dispute/evidence", {"text": text})
    cast.step(trade, "Ada disputes it; both sides give evidence. Nothing moves.")
    cast.mei.post(
        f"/v1/trades/{trade}/dispute/ruling",
        {
            "to_buyer_minor": 18_000,
            "to_payees": [{"party": cast.lantern.id, "amount_minor": 11_928}],
            "fee_minor": 72,
        },
    )
    cast.step(trade, "Mei rules: 180.00 back to Ada, 119.28 to the shop, 0.72 to the town.")
