"""Who may pay a trade, until when and how much; and what a seller may change before that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.rules.escrow import situations as at

from sycee.kit.errors import Invalid, NotFound
from sycee.products.escrow.model import payment, refusals
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import Actor, Delivery, Line, Milestone, State, Trade


def pay(trade: Trade, payer: UUID, by: UUID | None = None, after: timedelta | None = None) -> Trade:
    now = at.NOW if after is None else at.NOW + after
    account = at.ACCOUNTS[payer]
    return payment.pay(trade, Actor(by or payer), now, payer=payer, payer_account=account).trade


def test_a_trade_of_a_named_buyer_is_paid_by_nobody_else() -> None:
    assert pay(at.unpaid(), at.BUYER, by=at.SELLER).state is State.WAIT_SELLER_SHIP
    with pytest.raises(NotFound):
        pay(at.unpaid(), at.STRANGER)
    with pytest.raises(refusals.BuyerDiffers):  # whose code the seller was shown
        pay(at.unpaid(), at.STRANGER, by=at.SELLER)


def test_who_pays_a_trade_of_nobody_becomes_its_buyer() -> None:
    open_to_all = at.unpaid(buyer=None)
    assert pay(open_to_all, at.STRANGER).buyer == at.STRANGER
    assert pay(open_to_all, at.STRANGER, by=at.SELLER).buyer == at.STRANGER
    with pytest.raises(NotFound):
        pay(open_to_all, at.STRANGER, by=at.MILL)


@pytest.mark.parametrize("payee", [at.SELLER, at.ROYAL])
@pytest.mark.parametrize("by", [None, at.SELLER])
def test_nobody_pays_what_they_would_be_paid(payee: UUID, by: UUID | None) -> None:
    trade = at.unpaid(buyer=None, royalties=(Royalty(at.ROYAL, 100),))
    with pytest.raises(refusals.TradeSideDiffers) as refused:
        pay(trade, payee, by=by)
    assert refused.value == refusals.TradeSideDiffers(trade.public, "pay", "buyer")


def test_a_trade_is_paid_before_its_time_ends() -> None:
    trade = at.unpaid()
    assert trade.pay_by is not None
    left = trade.pay_by - at.NOW
    assert pay(trade, at.BUYER, after=left - timedelta(microseconds=1)).paid_minor == 10_000
    with pytest.raises(refusals.DeadlinePassed) as refused:
        pay(trade, at.BUYER, after=left)
    assert refused.value == refusals.DeadlinePassed(trade.public, "pay_by")


TWO = (Line(at.SELLER, "tea", 2, 4_000), Line(at.MILL, "cup", 1, 1_500))
STAGED = {
    "delivery": Delivery.MILESTONES,
    "milestones": (Milestone("a", 4_000), Milestone("b", 6_000)),
}


def reprice(trade: Trade, by: UUID = at.SELLER, **more: Any) -> Trade:
    asked: dict[str, Any] = {"prices": {}} | more
    return payment.change_price(trade, Actor(by), at.NOW, **asked).trade


@pytest.mark.parametrize(
    ("field", "made", "by", "asked"),
    [
        ("prices", {"lines": TWO}, at.SELLER, {"prices": {2: 1}}),
        ("prices", {"lines": TWO}, at.SELLER, {"prices": {-1: 1}}),
        ("prices", {"lines": TWO}, at.SELLER, {"prices": {1: 1}}),
        ("freight_minor", {"lines": TWO}, at.MILL, {"freight_minor": 1}),
        ("freight_minor", {}, at.SELLER, {"freight_minor": -1}),
        ("lines.unit_price_minor", {}, at.SELLER, {"prices": {0: -1}}),
        ("total_minor", {}, at.SELLER, {"prices": {0: 0, 1: 0}, "freight_minor": 0}),
        ("milestones", {}, at.SELLER, {"milestones": [10_000]}),
        ("milestones", STAGED, at.SELLER, {"freight_minor": 400}),
        ("milestones", STAGED, at.SELLER, {"milestones": [10_000]}),
        ("milestones", STAGED, at.SELLER, {"milestones": [4_000, 6_001]}),
        ("milestones.amount_minor", STAGED, at.SELLER, {"milestones": [0, 10_000]}),
    ],
)
def test_a_price_that_may_not_be_so_is_refused(
    field: str, made: dict[str, Any], by: UUID, asked: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        reprice(at.unpaid(**made), by, **asked)
    assert refused.value.field == field


def test_a_seller_changes_own_prices_the_leading_one_the_freight_and_parts_stay() -> None:
    trade = at.unpaid(lines=TWO, royalties=(Royalty(at.ROYAL, 100, at.MILL),))
    changed = reprice(reprice(trade, prices={0: 3_000}, freight_minor=0), at.MILL, prices={1: 900})
    due = {share.party: share.due_minor for share in changed.shares}
    assert due == {at.SELLER: 6_000, at.MILL: 800, at.ROYAL: 100}
    assert changed.total_minor == 6_900
    staged = reprice(at.unpaid(**STAGED), freight_minor=400, milestones=[4_000, 5_900])
    assert [step.amount_minor for step in staged.milestones] == [4_000, 5_900]
