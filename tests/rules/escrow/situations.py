"""Trades in every situation that the rules tell apart, made by the rules themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sycee.products.escrow.model import disputes, milestones, payment, refunds, shipment
from sycee.products.escrow.model.payment import Draft
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import Actor, Delivery, Line, Milestone, Trade

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUYER, SELLER, MILL, ROYAL = (UUID(int=n) for n in (1, 2, 3, 4))
MEDIATOR, STRANGER, FEES, TRADE, THING = (UUID(int=n) for n in (5, 6, 7, 8, 9))
OTHERS = tuple(UUID(int=1_000 + n) for n in range(100))
"""More who may be given a part than one trade has room for."""

ACCOUNTS = {
    party: UUID(int=party.int + 10_000) for party in (BUYER, SELLER, MILL, ROYAL, STRANGER, *OTHERS)
}
AS_BUYER, AS_SELLER = Actor(BUYER), Actor(SELLER)


def unpaid(**more: Any) -> Trade:
    """A trade of 10,000 waiting for its payment, at a fee of 1 %."""
    fee_bps, terms = more.pop("fee_bps", 100), more.pop("terms", Terms())
    draft: dict[str, Any] = {
        "buyer": BUYER,
        "currency": "CNY",
        "title": "tea",
        "lines": (Line(SELLER, "tea", 2, 4_000), Line(SELLER, "cup", 1, 1_500)),
        "freight_minor": 500,
    }
    return payment.create(
        TRADE,
        Draft(**(draft | more)),
        AS_SELLER,
        NOW,
        accounts=ACCOUNTS,
        fee_account=FEES,
        fee_bps=fee_bps,
        terms=terms,
    ).trade


def paid(**more: Any) -> Trade:
    trade = unpaid(**more)
    decision = payment.pay(trade, AS_BUYER, NOW, payer=BUYER, payer_account=ACCOUNTS[BUYER])
    return decision.trade


def shipped(**more: Any) -> Trade:
    return shipment.ship(paid(**more), AS_SELLER, NOW, shipment=THING).trade


def part_shipped() -> Trade:
    return shipment.ship(paid(), AS_SELLER, NOW, shipment=THING, items=((0, 1),)).trade


def asked(returns: bool = True) -> Trade:
    return refunds.open_refund(
        shipped(), AS_BUYER, NOW, refund=THING, amount_minor=600, returns=returns
    ).trade


def refused() -> Trade:
    return refunds.refuse(asked(), AS_SELLER, NOW).trade


def returning() -> Trade:
    return refunds.agree(asked(), AS_SELLER, NOW, amount_minor=600, returns=True).trade


def receiving() -> Trade:
    return refunds.send_back(returning(), AS_BUYER, NOW, carrier="post", tracking_number="1").trade


def disputed() -> Trade:
    return disputes.open_dispute(shipped(), AS_BUYER, NOW, dispute=THING).trade


def disputed_refund() -> Trade:
    return disputes.open_dispute(refused(), AS_BUYER, NOW, dispute=THING).trade


def finished() -> Trade:
    return shipment.confirm(shipped(), AS_BUYER, NOW).trade


def asked_late() -> Trade:
    return refunds.open_refund(finished(), AS_BUYER, NOW, refund=THING, amount_minor=600).trade


def cancelled() -> Trade:
    return payment.cancel(unpaid(), AS_BUYER, NOW).trade


def refunded() -> Trade:
    return refunds.refund_now(
        paid(), AS_SELLER, NOW, refund=THING, amount_minor=10_000, request_ref="all"
    ).trade


def disputed_early() -> Trade:
    return disputes.open_dispute(paid(), AS_SELLER, NOW, dispute=THING).trade


def asked_early() -> Trade:
    return refunds.open_refund(paid(), AS_BUYER, NOW, refund=THING, amount_minor=600).trade


def refused_early() -> Trade:
    return refunds.refuse(asked_early(), AS_SELLER, NOW).trade


def working() -> Trade:
    steps = (Milestone("a", 4_000), Milestone("b", 6_000))
    return paid(delivery=Delivery.MILESTONES, milestones=steps)


def submitted() -> Trade:
    return milestones.submit(working(), AS_SELLER, NOW, milestone=0).trade


def asked_submitted() -> Trade:
    return refunds.open_refund(submitted(), AS_BUYER, NOW, refund=THING, amount_minor=600).trade


def disputed_submitted() -> Trade:
    return disputes.open_dispute(submitted(), AS_SELLER, NOW, dispute=THING).trade


def asked_working() -> Trade:
    return refunds.open_refund(working(), AS_BUYER, NOW, refund=THING, amount_minor=600).trade


def disputed_working() -> Trade:
    return disputes.open_dispute(working(), AS_BUYER, NOW, dispute=THING).trade


def direct() -> Trade:
    return paid(delivery=Delivery.NONE)


SITUATIONS: dict[str, Callable[[], Trade]] = {
    make.__name__: make
    for make in (
        *(unpaid, paid, part_shipped, shipped, asked, refused, returning, receiving, disputed),
        *(disputed_early, asked_early, refused_early, asked_submitted, disputed_submitted),
        *(asked_working, disputed_working),
        *(disputed_refund, finished, asked_late, cancelled, refunded, working, submitted, direct),
    )
}
