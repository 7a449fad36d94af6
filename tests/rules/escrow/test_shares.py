"""Who gets how much: every unit goes somewhere, and slicing a release buys nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.ids import public
from sycee.kit.money import share_bps
from sycee.products.escrow.model import refusals, shares
from sycee.products.escrow.model.payment import Draft, Royalty, create
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import Actor, Delivery, Line, Milestone

from .situations import (
    ACCOUNTS,
    BUYER,
    FEES,
    MILL,
    NOW,
    ROYAL,
    SELLER,
    STRANGER,
    TRADE,
    disputed,
    paid,
    unpaid,
)

prices = some.integers(0, 10**9)


@given(prices, prices, some.integers(0, 10_000), some.lists(some.integers(1, 10**9), max_size=6))
def test_any_sequence_of_releases_and_refunds_keeps_every_sum(
    first: int, second: int, bps: int, amounts: list[int]
) -> None:
    lines = (Line(SELLER, "a", 1, first), Line(MILL, "b", 1, second))
    trade = paid(lines=lines, freight_minor=11, royalties=(Royalty(ROYAL, 5),), fee_bps=bps)
    for turn, amount in enumerate(amounts):
        seller = (SELLER, MILL)[turn % 2]
        part = min(amount, shares.left_of(trade, seller))
        if part == 0:
            continue
        change = shares.refund if turn % 3 == 2 else shares.release
        trade, moves = change(trade, part, seller)
        out = sum(m.amount_minor for m in moves if m.debit == TRADE)
        assert out == part
        assert trade.held_minor == sum(s.left_minor for s in trade.shares)
        assert all(s.left_minor >= 0 for s in trade.shares)


@given(some.integers(1, 20_000), some.integers(0, 10_000), some.integers(1, 50))
def test_many_small_releases_cost_the_fee_of_one_large_one(
    total: int, bps: int, slices: int
) -> None:
    trade = paid(lines=(Line(SELLER, "a", 1, total),), freight_minor=0, fee_bps=bps)
    for part in range(slices):
        left = trade.held_minor
        amount = left if part == slices - 1 else min(left, max(1, total // slices))
        if amount:
            trade, _ = shares.release(trade, amount, SELLER)
    assert trade.held_minor == 0
    assert trade.fee_minor == share_bps(total, bps)


def test_a_release_is_shared_in_proportion_and_the_fee_is_one_move() -> None:
    trade = paid(lines=(Line(SELLER, "a", 1, 600), Line(MILL, "b", 1, 300)), freight_minor=0)
    after, moves = shares.release(trade, 90, None)
    assert [(m.amount_minor, m.code) for m in moves] == [
        *((59, "escrow.release"), (30, "escrow.release"), (1, "escrow.fee")),
    ]
    assert [s.released_minor for s in after.shares] == [60, 30]


def test_more_than_is_held_is_refused_with_what_is_left() -> None:
    with pytest.raises(refusals.AmountAboveHeld) as refused:
        shares.release(paid(), 10_001, None)
    assert refused.value.left_minor == 10_000


@pytest.mark.parametrize("amount", [0, -1, 2**53 + 1])
def test_an_amount_that_is_none_is_refused(amount: int) -> None:
    with pytest.raises(Invalid):
        shares.release(paid(), amount, None)


@pytest.mark.parametrize(
    ("to_buyer", "to_seller", "fee"), [(0, 9_999, 0), (10_001, 0, 0), (5_000, 5_000, 1)]
)
def test_a_ruling_one_unit_off_is_refused(to_buyer: int, to_seller: int, fee: int) -> None:
    with pytest.raises(refusals.RulingUnbalanced):
        shares.rule(disputed(), to_buyer, [(SELLER, to_seller)], fee)


def test_a_ruling_gives_nobody_more_than_their_part() -> None:
    trade = paid(lines=(Line(SELLER, "a", 1, 600), Line(MILL, "b", 1, 300)), freight_minor=0)
    with pytest.raises(refusals.RulingAboveShare):
        shares.rule(trade, 0, [(MILL, 301), (SELLER, 599)], 0)


def test_a_ruling_for_a_stranger_names_them_as_v1_does() -> None:
    with pytest.raises(Invalid) as refused:
        shares.rule(disputed(), 0, [(ROYAL, 10_000)], 0)
    assert refused.value.rule == f"{public('par', ROYAL)} is no payee of this trade"


def test_a_trade_is_refused_when_its_parts_do_not_fit() -> None:
    line = Line(SELLER, "a", 1, 100)
    for field, more in (
        ("total_minor", {"lines": (Line(SELLER, "a", 1, 0),), "freight_minor": 0}),
        ("royalties", {"lines": (line,), "freight_minor": 0, "royalties": (Royalty(ROYAL, 101),)}),
        ("royalties.party", {"royalties": (Royalty(BUYER, 1),)}),
        ("buyer", {"buyer": SELLER}),
        ("lines", {"lines": ()}),
        ("lines.quantity", {"lines": (Line(SELLER, "a", 0, 1),)}),
        ("currency", {"currency": "XXX"}),
        ("milestones", {"milestones": (Milestone("a", 10_000),)}),
        ("milestones", {"delivery": Delivery.MILESTONES, "milestones": (Milestone("a", 9_999),)}),
    ):
        with pytest.raises(Invalid) as refused:
            unpaid(**more)
        assert refused.value.field == field


def test_whoever_is_neither_buyer_nor_seller_makes_no_trade() -> None:
    draft = Draft(BUYER, "CNY", "tea", (Line(SELLER, "tea", 1, 5),))
    with pytest.raises(Forbidden):
        create(
            TRADE,
            draft,
            Actor(STRANGER),
            NOW,
            accounts=ACCOUNTS,
            fee_account=FEES,
            fee_bps=60,
            terms=Terms(),
        )
