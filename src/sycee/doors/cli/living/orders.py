"""Orders in escrow: made, paid, shipped, confirmed, rated; some sent back, a few quarrelled over.

Which order stands where is asked of `/v1` each time, so a town that was stopped goes on where it
was. Only orders that a neighbour made are touched: their number begins with `town-`.
"""

from __future__ import annotations

from typing import Any

from sycee.doors.cli.demo.people import Person
from sycee.doors.cli.living.cast import Cast, minor, one_of, sometimes
from sycee.doors.cli.town import CURRENCY
from sycee.kit.ids import token

GOODS = (
    "A novel in two volumes", "龙井茶 100 g", "Rice, 25 kg", "A reading lamp", "毛笔",
    "Honig vom Dach", "A box of pears", "Ink, black", "شاي أخضر", "A map of the town",
)  # fmt: skip
OPEN_MOST = 4
"""How many orders a neighbour has under way."""

QUARRELS_MOST = 2
"""How many disputes are left to the visitor who is the mediator; the rest are ruled on."""

NUMBER = "town-"


def order(cast: Cast) -> str:
    """Order something and pay for it; or carry on with what was ordered."""
    who = cast.neighbour()
    mine = _under_way(who)
    if len(mine) >= OPEN_MOST:
        return carry_on(cast)
    body = {
        "title": one_of(GOODS),
        "buyer": who.id,
        "currency": CURRENCY,
        "out_ref": NUMBER + token()[:20],
        "lines": [
            {
                "title": "1 ×",
                "quantity": 1,
                "unit_price_minor": minor(800, 9_000),
                "seller": cast.shop().id,
            }
        ],
    }
    made = who.post("/v1/trades", body)
    who.post(f"/v1/trades/{made['id']}/pay", {})
    return "order"


def carry_on(cast: Cast) -> str:
    """The next step of some order under way, by whoever's turn it is."""
    who = cast.neighbour()
    mine = _under_way(who)
    if not mine:
        return "leave be"
    trade = one_of(mine)
    path = f"/v1/trades/{trade['id']}"
    shop = next(each for each in cast.shops if each.id in trade["sellers"])
    if trade["dispute"] is not None and trade["dispute"]["ruled_at"] is None:
        return _quarrel(cast, who, shop, trade)
    if trade["refund"] is not None and trade["refund"]["ended_at"] is None:
        if trade["refund"]["state"] != "wait-seller-agree":
            return "leave be"
        asked = {name: trade["refund"][name] for name in ("amount_minor", "returns")}
        shop.post(f"{path}/refund/agree", asked)
        return "agree to a refund"
    if trade["state"] == "wait-buyer-pay":
        who.post(f"{path}/pay", {})
        return "pay an order"
    if trade["state"] == "wait-seller-ship":
        sent = {"carrier": "SF", "tracking_number": "SF" + token()[:10].upper()}
        shop.post(f"{path}/ship", sent)
        return "ship"
    return _receive(who, trade)


def _receive(who: Person, trade: dict[str, Any]) -> str:
    """What arrived is nearly always good."""
    path = f"/v1/trades/{trade['id']}"
    if trade["dispute"] is None and sometimes(6):
        who.post(f"{path}/dispute", {"reason": one_of(("damaged", "not-as-described"))})
        return "dispute"
    if trade["refund"] is None and sometimes(6):
        who.post(f"{path}/refund", {"amount_minor": trade["held_minor"], "reason": "damaged"})
        return "ask for a refund"
    who.post(f"{path}/confirm", {})
    if sometimes(60):
        stars = one_of((3, 4, 4, 5, 5, 5))
        who.post(f"{path}/ratings", {"of": trade["sellers"][0], "stars": stars})
    return "confirm"


def _quarrel(cast: Cast, who: Person, shop: Person, trade: dict[str, Any]) -> str:
    """Each side says a word; the mediator halves it, unless a visitor is left something to rule."""
    path, dispute = f"/v1/trades/{trade['id']}", trade["dispute"]
    if dispute["buyer_pieces"] == 0:
        who.post(f"{path}/dispute/evidence", {"text": "It came broken."})
        return "give evidence"
    if dispute["seller_pieces"] == 0:
        shop.post(f"{path}/dispute/evidence", {"text": "It left here whole."})
        return "give evidence"
    waiting = cast.mediator.get("/v1/disputes?limit=20")["items"]
    if len(waiting) <= QUARRELS_MOST:
        return "leave be"
    half = trade["held_minor"] // 2
    parts = [{"party": shop.id, "amount_minor": trade["held_minor"] - half}]
    cast.mediator.post(f"{path}/dispute/ruling", {"to_buyer_minor": half, "to_payees": parts})
    return "rule"


def _under_way(who: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for state in ("wait-buyer-pay", "wait-seller-ship", "wait-buyer-confirm"):
        found += who.get(f"/v1/trades?side=buyer&state={state}&limit=20")["items"]
    return [each for each in found if (each["out_ref"] or "").startswith(NUMBER)]
