"""Who gets how much: every unit goes somewhere, and slicing a release buys nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.ids import public
from sycee.kit.money import share_bps
from sycee.products.escrow.model import refusals, shares
from sycee.products.escrow.model.payment import Draft, Royalty, create
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import Actor, Delivery, Line, Milestone, Move

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


def moves_of(moves: tuple[Move, ...]) -> list[tuple[UUID, UUID, int, str]]:
    """Who pays whom how much and why, by party where the account is a party's."""
    names = {account: party for party, account in ACCOUNTS.items()}
    return [
        (names.get(debit, debit), names.get(credit, credit), amount, code.removeprefix("escrow."))
        for debit, credit, amount, code in moves
    ]


def test_a_release_pays_each_payee_less_the_fee_of_each() -> None:
    held = paid(royalties=(Royalty(ROYAL, 2_000),))
    part, moves = shares.release(held, 1_000, None)
    assert moves_of(moves) == [
        (TRADE, SELLER, 792, "release"),
        (TRADE, ROYAL, 198, "split"),
        (TRADE, FEES, 10, "fee"),
    ]
    assert (part.released_minor, part.fee_minor, part.held_minor) == (990, 10, 9_000)
    assert [(s.released_minor, s.fee_minor) for s in part.shares] == [(800, 8), (200, 2)]
    with pytest.raises(refusals.AmountAboveHeld) as above:
        shares.release(part, 9_001, None)
    assert above.value == refusals.AmountAboveHeld(held.public, 9_001, 9_000)
    _, all_fee = shares.release(paid(fee_bps=10_000), 5, SELLER)
    assert moves_of(all_fee) == [(TRADE, FEES, 5, "fee")]


def test_what_the_pot_lacks_of_a_refund_the_seller_gives_back() -> None:
    lines = (Line(SELLER, "tea", 2, 4_000), Line(MILL, "cup", 1, 2_000))
    held = paid(lines=lines, freight_minor=0, fee_bps=0, royalties=(Royalty(ROYAL, 500, MILL),))
    paid_out, _ = shares.release(held, 1_500, MILL)
    back, moves = shares.refund(paid_out, 1_200, MILL)
    assert moves_of(moves) == [
        (MILL, TRADE, 700, "reclaim"),
        (TRADE, BUYER, 1_200, "refund"),
    ]
    assert (back.refunded_minor, back.reclaimed_minor, back.held_minor) == (1_200, 700, 8_000)
    assert [(s.party, s.refunded_minor, s.reclaimed_minor) for s in back.shares] == [
        (SELLER, 0, 0),
        (MILL, 375, 700),
        (ROYAL, 125, 0),
    ]
    assert shares.refunded_of(back, MILL) == 1_200
    assert [shares.refundable_of(back, seller) for seller in (SELLER, MILL)] == [8_000, 800]
    with pytest.raises(refusals.AmountAboveRefundable) as above:
        shares.refund(back, 801, MILL)
    assert above.value == refusals.AmountAboveRefundable(held.public, 801, 800)
    again, more = shares.refund(back, 800, MILL)
    assert moves_of(more)[0] == (MILL, TRADE, 800, "reclaim")
    assert [s.reclaimed_minor for s in again.shares] == [0, 1_500, 0]


def test_a_ruling_pays_payees_from_their_shares_and_spreads_the_fee_over_what_is_left() -> None:
    held = paid(royalties=(Royalty(ROYAL, 2_000),))
    ruled, moves = shares.rule(held, 4_000, [(SELLER, 4_000), (ROYAL, 1_500)], 500)
    assert moves_of(moves) == [
        (TRADE, SELLER, 4_000, "release"),
        (TRADE, ROYAL, 1_500, "split"),
        (TRADE, FEES, 500, "fee"),
        (TRADE, BUYER, 4_000, "refund"),
    ]
    assert (ruled.released_minor, ruled.fee_minor, ruled.refunded_minor) == (5_500, 500, 4_000)
    assert [(s.released_minor, s.fee_minor, s.refunded_minor) for s in ruled.shares] == [
        (4_444, 444, 3_556),
        (1_556, 56, 444),
    ]
    freed, _ = shares.rule(held, 4_000, [(SELLER, 6_000)], 0)
    assert [(s.released_minor, s.fee_minor) for s in freed.shares] == [(6_000, 0), (0, 0)]


def test_a_payee_of_two_sellers_is_paid_from_both_shares_in_order() -> None:
    lines = (Line(SELLER, "tea", 2, 4_000), Line(MILL, "cup", 1, 2_000))
    both = (Royalty(ROYAL, 300), Royalty(ROYAL, 500, MILL))
    held = paid(lines=lines, freight_minor=0, royalties=both)
    ruled, moves = shares.rule(held, 9_300, [(ROYAL, 700)], 0)
    assert moves_of(moves)[:2] == [(TRADE, ROYAL, 300, "split"), (TRADE, ROYAL, 400, "split")]
    mine = [s.released_minor for s in ruled.shares if s.party == ROYAL]
    assert mine == [300, 400]
    with pytest.raises(refusals.RulingAboveShare) as above:
        shares.rule(held, 9_199, [(ROYAL, 801)], 0)
    assert above.value == refusals.RulingAboveShare(held.public, 801, 800)


def test_a_seller_is_named_where_there_are_several() -> None:
    two = paid(lines=(Line(SELLER, "tea", 1, 5), Line(MILL, "cup", 1, 5)), freight_minor=0)
    assert shares.seller_of(paid(), None) == SELLER
    assert shares.seller_of(two, MILL) == MILL
    for trade, seller in ((two, None), (two, STRANGER), (paid(), MILL)):
        with pytest.raises(Invalid) as refused:
            shares.seller_of(trade, seller)
        assert refused.value.field == "seller"
