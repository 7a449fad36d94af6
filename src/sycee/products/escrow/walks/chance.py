"""What happens next: a random trade to begin with, and a random step for the state it is in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.payment import Draft, Royalty
from sycee.products.escrow.model.trade import (
    TIMER,
    Actor,
    Delivery,
    Line,
    Milestone,
    RefundState,
    State,
    Trade,
)


class Cast(NamedTuple):
    """Who takes part in the walks."""

    buyers: Sequence[UUID]
    sellers: Sequence[UUID]
    payees: Sequence[UUID]
    mediator: UUID
    stranger: UUID


class Step(NamedTuple):
    """A verb, who calls it, when, and its further arguments."""

    verb: str
    by: Actor
    now: datetime
    facts: dict[str, Any]


_MAIN: dict[State, tuple[str, ...]] = {
    State.WAIT_BUYER_PAY: ("pay", "pay", "pay", "pay", "change_price", "cancel", "lapse"),
    State.WAIT_SELLER_SHIP: (
        *("ship", "ship", "ship", "submit", "submit", "submit", "give_up", "release"),
        *("open_refund", "refund_now", "open_dispute", "split"),
    ),
    State.WAIT_BUYER_CONFIRM: (
        *("confirm", "confirm", "approve", "approve", "reject", "auto_confirm", "extend"),
        *("release", "release", "open_refund", "open_refund", "refund_now", "open_dispute"),
        "split",
    ),
    State.FINISHED: ("open_refund", "refund_now", "rate", "rate", "split"),
    State.CLOSED: ("rate",),
}
_REFUND: dict[RefundState, tuple[str, ...]] = {
    RefundState.WAIT_SELLER_AGREE: ("agree", "agree", "refuse", "modify", "withdraw", "expire"),
    RefundState.REFUSED: ("modify", "withdraw", "agree", "expire", "open_dispute", "ship"),
    RefundState.WAIT_BUYER_RETURN: ("send_back", "send_back", "withdraw", "expire"),
    RefundState.WAIT_SELLER_RECEIVE: ("receive", "receive", "refuse", "withdraw", "expire"),
}
_DISPUTE = ("rule", "rule", "add_evidence", "add_evidence", "open_dispute")
_BUYER = frozenset(
    "pay confirm extend approve reject open_refund modify withdraw send_back".split()
)
_SELLER = frozenset("change_price ship submit refund_now split agree refuse receive".split())
_TIMER = {
    "lapse": "pay_by",
    "give_up": "ship_by",
    "auto_confirm": "confirm_by",
    "expire": "respond_by",
}
VERBS = tuple(sorted({verb for row in _MAIN.values() for verb in row} | _BUYER | set(_DISPUTE)))


def draft(chance: Random, cast: Cast) -> Draft:
    """A random trade: one to three sellers, one to four lines, every kind of delivery."""
    sellers = chance.sample(cast.sellers, chance.choice((1, 1, 1, 2, 3)))
    lines = tuple(
        Line(
            seller=seller,
            title="goods",
            quantity=chance.randint(1, 4),
            unit_price_minor=chance.choice((0, 1, 3, 99, 1_000, chance.randint(1, 99_999))),
        )
        for seller in sellers
        for _ in range(chance.randint(1, 2))
    )
    freight = chance.choice((0, 0, 7, 600))
    lead = sum(ln.quantity * ln.unit_price_minor for ln in lines if ln.seller == sellers[0])
    total = sum(line.quantity * line.unit_price_minor for line in lines) + freight
    if total == 0:
        freight = total = 1
    royalties: tuple[Royalty, ...] = ()
    if lead > 10 and chance.random() < 0.25:
        royalties = (Royalty(chance.choice(cast.payees), chance.randint(1, lead // 2)),)
    delivery = chance.choice((Delivery.SHIP, Delivery.SHIP, Delivery.MILESTONES, Delivery.NONE))
    milestones: tuple[Milestone, ...] = ()
    if delivery is Delivery.MILESTONES:
        milestones = tuple(Milestone("work", amount) for amount in amounts(chance, total))
    return Draft(
        buyer=chance.choice((*cast.buyers, None)),
        currency="CNY",
        title="trade",
        lines=lines,
        freight_minor=freight,
        royalties=royalties,
        milestones=milestones,
        delivery=delivery,
    )


def amounts(chance: Random, total: int) -> list[int]:
    """One to three positive amounts that sum to `total`."""
    first = chance.randint(1, total)
    if first == total:
        return [total]
    second = chance.randint(1, total - first)
    rest = total - first - second
    return [first, second, rest] if rest else [first, second]


def step(chance: Random, cast: Cast, trade: Trade, now: datetime) -> Step:
    """A random next step for this trade at this time."""
    wild = chance.random() < 0.08
    if wild:
        verb = chance.choice(VERBS)
    elif trade.dispute is not None:
        verb = chance.choice(_DISPUTE)
    elif trade.refund is not None:
        verb = chance.choice(_REFUND[trade.refund.state])
    else:
        verb = chance.choice(_MAIN[trade.state])
    if trade.delivery is Delivery.MILESTONES and not wild:
        verb = {"ship": "submit", "confirm": "approve", "release": "approve"}.get(verb, verb)
    elif not wild:
        verb = {"submit": "ship", "approve": "confirm", "reject": "extend"}.get(verb, verb)
    return Step(
        verb, *_who(chance, cast, trade, verb, now, wild), _facts(chance, cast, trade, verb)
    )


def _who(
    chance: Random, cast: Cast, trade: Trade, verb: str, now: datetime, wild: bool
) -> tuple[Actor, datetime]:
    now += timedelta(seconds=chance.randint(1, 7_200))
    deadline = _TIMER.get(verb)
    if deadline is not None:
        at = trade.refund and trade.refund.respond_by
        if deadline != "respond_by":
            at = getattr(trade, deadline)
        return TIMER, now if at is None or wild else max(now, at)
    buyer, seller = trade.buyer or cast.buyers[0], chance.choice(trade.sellers)
    if trade.refund is not None and verb in ("agree", "refuse", "receive"):
        seller = trade.refund.seller
    if wild:
        everyone = (buyer, seller, cast.mediator, cast.stranger, None)
        return Actor(chance.choice(everyone), chance.random() < 0.2), now
    if verb in _BUYER or (verb == "release" and trade.delivery is not Delivery.NONE):
        return Actor(buyer), now
    if verb in _SELLER:
        return Actor(seller), now
    if verb == "rule":
        ruler = chance.choice(cast.payees) if chance.random() < 0.1 else cast.mediator
        return Actor(ruler, mediator=True), now
    return Actor(chance.choice((buyer, seller))), now


def _facts(chance: Random, cast: Cast, trade: Trade, verb: str) -> dict[str, Any]:
    if verb in ("submit", "approve", "reject"):
        steps = trade.milestones
        return {"milestone": next((i for i, m in enumerate(steps) if m.state != "approved"), 0)}
    if verb in ("open_refund", "modify"):
        seller = trade.refund.seller if trade.refund else chance.choice(trade.sellers)
        amount = _some(chance, parts.refundable_of(trade, seller))
        facts = {"amount_minor": amount, "returns": chance.random() < 0.3}
        return facts if verb == "modify" else {**facts, "seller": seller}
    if verb == "agree" and trade.refund is not None:
        asked, other = trade.refund, chance.random() < 0.05
        return {"amount_minor": asked.amount_minor + other, "returns": asked.returns}
    if verb == "refund_now":
        amount = _some(chance, trade.total_minor)
        return {"amount_minor": amount, "request_ref": f"r{chance.randint(1, 3)}"}
    if verb == "release":
        if chance.random() < 0.3:
            return {"line": chance.randrange(len(trade.lines))}
        return {"amount_minor": _some(chance, trade.held_minor)}
    if verb == "split":
        return {"payees": [(chance.choice(cast.payees), _some(chance, trade.total_minor // 4))]}
    if verb == "change_price":
        return {"freight_minor": chance.randint(0, 900)}
    if verb == "ship":
        return {
            "items": ((chance.randrange(len(trade.lines)), 1),) if chance.random() < 0.3 else ()
        }
    if verb == "rule":
        return _ruling(chance, trade)
    if verb == "rate":
        return {"stars": chance.randint(1, 5), "of": chance.choice(trade.parties[:2])}
    if verb == "send_back":
        return {"carrier": "post", "tracking_number": "1"}
    return {}


def _some(chance: Random, limit: int) -> int:
    """An amount that is often all, often a part, now and then too much or nothing."""
    dice = chance.random()
    if dice < 0.3 and limit:
        return limit
    if dice < 0.33:
        return limit + 1
    return chance.randint(1, max(1, limit))


def _ruling(chance: Random, trade: Trade) -> dict[str, Any]:
    left, to_payees = trade.held_minor, []
    for share in trade.shares:
        if share.party == share.seller:
            amount = chance.randint(0, max(0, min(left, share.left_minor)))
            to_payees.append((share.party, amount))
            left -= amount
    fee = chance.randint(0, left) if left > 0 and chance.random() < 0.5 else 0
    off = 1 if chance.random() < 0.05 else 0
    return {"to_buyer_minor": left - fee + off, "to_payees": to_payees, "fee_minor": fee}
