"""Money back and quarrels on PostgreSQL: refunds in every way they end, disputes and rulings."""

from __future__ import annotations

import hashlib

import pytest

from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.policy import limits
from sycee.core.policy.model import LimitReached
from sycee.kit.errors import Invalid
from sycee.products.escrow import actions
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.disputes import PIECES_MAX
from sycee.products.escrow.model.trade import Delivery, Line, RefundState, State
from sycee.products.escrow.store import records

from .conftest import WEALTH, Market


def ask(market: Market, trade, amount: int, **more) -> actions.TradeResult:
    return market.do(actions.open_refund, actions.OpenRefund(trade, market.buyer, amount, **more))


def agree(market: Market, trade, by=None) -> actions.TradeResult:
    """Agree to whatever the buyer asks for now."""
    asked = market.see(trade).refund
    assert asked is not None
    seller = by or market.shop
    command = actions.AgreeRefund(trade, seller, asked.amount_minor, asked.returns)
    return market.do(actions.agree_refund, command)


def test_goods_go_back_and_then_the_money(market: Market) -> None:
    trade = market.shipped()
    ask(market, trade, 10_000, returns=True)
    agreed = agree(market, trade)
    assert agreed.refund_state == "wait-buyer-return"
    assert market.held(trade) == 10_000
    market.do(actions.send_back, actions.SendBack(trade, market.buyer, "sf", "SF2"))
    done = market.do(actions.receive_goods, actions.Touch(trade, market.shop))
    assert (done.refund_state, done.state) == ("success", "closed")
    assert market.purse(market.buyer) == WEALTH
    assert market.fees() == 0


def test_a_refund_of_a_trade_gives_the_buyers_limits_back(market: Market) -> None:
    rule = {"name": "ever", "tier": "ever", "currency": "CNY", "window": "lifetime"}
    rule |= {"amount_minor": 10_000, "from": "2020-01-01T00:00:00Z"}
    with market.database.transaction() as tx:
        limits.load(tx, {"pack": "ever", "limits": [rule]})
        parties.set_tier(tx, market.buyer, "ever")
    trade = market.shipped()
    with pytest.raises(LimitReached):
        market.shipped()
    ask(market, trade, 10_000)
    agree(market, trade)
    again = market.shipped()
    ask(market, again, 4_000)
    agree(market, again)
    market.shipped(4_000)
    with pytest.raises(LimitReached):
        market.shipped(1)


def test_a_part_comes_back_and_the_rest_is_released_with_a_fee_on_the_rest_alone(
    market: Market,
) -> None:
    trade = market.shipped()
    ask(market, trade, 4_000)
    agree(market, trade)
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert market.purse(market.buyer) == WEALTH - 6_000
    assert (market.purse(market.shop), market.fees()) == (5_964, 36)
    assert market.see(trade).state is State.FINISHED


@pytest.mark.parametrize("asked", [False, True])
def test_what_was_refunded_before_is_not_refunded_again_as_not_shipped(
    market: Market, asked: bool
) -> None:
    trade = market.paid(lines=(Line(market.shop, "tea", 2, 10_000),), freight_minor=500)
    market.do(actions.ship, actions.Ship(trade, market.shop, items=((0, 1),)))
    if asked:
        ask(market, trade, 10_000)
        agree(market, trade)
    else:
        market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 10_000, "missing"))
    assert market.wait(days=8) == 1
    seen = market.see(trade)
    assert (seen.state, seen.held_minor) == (State.WAIT_BUYER_CONFIRM, 10_500)
    assert market.purse(market.buyer) == WEALTH - 10_500


def test_of_a_larger_refund_than_the_rest_nothing_more_follows_and_of_a_smaller_the_difference(
    market: Market,
) -> None:
    for refund, left in ((3_000, 10_000), (12_000, 8_000)):
        trade = market.paid(lines=(Line(market.shop, "tea", 2, 10_000),))
        market.do(actions.ship, actions.Ship(trade, market.shop, items=((0, 1),)))
        market.do(actions.refund_now, actions.RefundNow(trade, market.shop, refund, "R1"))
        assert market.wait(days=8) == 1
        assert market.held(trade) == left


def test_a_refund_for_a_line_that_was_paid_early_leaves_the_other_missing_unit_to_the_deadline(
    market: Market,
) -> None:
    lines = (Line(market.shop, "tea", 2, 10_000), Line(market.shop, "cup", 1, 10_000))
    trade = market.paid(lines=lines)
    market.do(actions.release, actions.Release(trade, market.buyer, line=1))
    market.do(actions.ship, actions.Ship(trade, market.shop, items=((0, 1),)))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 10_000, "no cup"))
    assert market.wait(days=8) == 1
    assert market.see(trade).refunded_minor == 20_000


def test_the_clock_stands_still_while_a_refund_is_open_and_runs_on_after(market: Market) -> None:
    trade = market.shipped()
    market.wait(days=4)
    ask(market, trade, 10_000)
    market.do(actions.refuse_refund, actions.Touch(trade, market.shop))
    market.wait(days=6)
    assert market.see(trade).state is State.WAIT_BUYER_CONFIRM
    market.do(actions.cancel_refund, actions.Touch(trade, market.buyer))
    assert market.wait(days=5) == 0
    assert market.wait(days=1) == 1
    assert market.see(trade).state is State.FINISHED


def test_a_seller_agrees_to_what_was_read_and_to_nothing_else(market: Market) -> None:
    trade = market.shipped()
    ask(market, trade, 4_000, returns=True)
    read = actions.AgreeRefund(trade, market.shop, 4_000, True)
    market.do(actions.modify_refund, actions.ModifyRefund(trade, market.buyer, 9_000, returns=True))
    with pytest.raises(refusals.RefundRequestDiffers) as dearer:
        market.do(actions.agree_refund, read)
    assert (dearer.value.amount_minor, dearer.value.returns) == (9_000, True)
    market.do(actions.modify_refund, actions.ModifyRefund(trade, market.buyer, 4_000))
    with pytest.raises(refusals.RefundRequestDiffers):  # the goods would stay with the buyer
        market.do(actions.agree_refund, read)
    assert market.held(trade) == 10_000
    market.do(actions.agree_refund, actions.AgreeRefund(trade, market.shop, 4_000, False))
    assert market.purse(market.buyer) == WEALTH - 6_000


def test_the_sellers_silence_is_agreement(market: Market) -> None:
    trade = market.shipped()
    ask(market, trade, 3_000)
    assert market.wait(days=3) == 1
    assert market.purse(market.buyer) == WEALTH - 7_000
    assert market.see(trade).refund is None


def test_the_buyers_silence_gives_a_refused_request_up(market: Market) -> None:
    trade = market.shipped()
    ask(market, trade, 3_000)
    market.do(actions.refuse_refund, actions.Touch(trade, market.shop))
    assert market.wait(days=7) == 1
    seen = market.see(trade)
    assert (seen.refund, seen.held_minor) == (None, 10_000)
    with market.database.read() as tx:
        assert [r.state for r in records.refunds(tx, trade)] == [RefundState.CLOSED]


def test_after_release_a_refund_comes_from_the_shops_own_account(market: Market) -> None:
    trade = market.shipped()
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    ask(market, trade, 5_000)
    done = agree(market, trade)
    assert (done.state, done.refunded_minor) == ("finished", 5_000)
    assert market.purse(market.shop) == 4_940
    assert market.purse(market.buyer) == WEALTH - 5_000


def test_a_shop_without_money_refuses_typed_and_silence_tries_again_each_day(
    market: Market,
) -> None:
    trade = market.shipped()
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    ask(market, trade, 10_000)  # the shop has 9,940: the fee stays with the platform
    with pytest.raises(refusals.SellerLacksFunds):
        agree(market, trade)
    market.wait(days=3)
    assert market.see(trade).refund is not None
    assert market.purse(market.buyer) == WEALTH - 10_000
    market.give(market.shop, 60)
    assert market.wait(days=1) == 1
    assert market.see(trade).state is State.CLOSED
    assert market.purse(market.buyer) == WEALTH


def test_silence_on_a_frozen_shop_is_tried_with_a_growing_pause_and_paid_once_it_is_open(
    market: Market,
) -> None:
    trade = market.shipped()
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    ask(market, trade, 5_000)
    purse = market.see(trade).shares[0].account
    with market.database.transaction() as tx:
        accounts.freeze(tx, purse)
    assert market.wait(days=3) == 0
    assert [market.wait(seconds=1) for _ in range(600)] == [0] * 600
    with market.database.transaction() as tx:
        accounts.thaw(tx, purse)
    market.wait(seconds=1)
    assert market.purse(market.buyer) == WEALTH - 10_000, "its turn has not come again"
    market.wait(minutes=20)
    assert market.purse(market.buyer) == WEALTH - 5_000


def test_a_request_reference_refunds_once_and_several_of_them_close_the_trade(
    market: Market,
) -> None:
    trade = market.paid(delivery=Delivery.NONE, category="direct")
    first = actions.RefundNow(trade, market.shop, 4_000, "R1")
    assert not market.do(actions.refund_now, first).existed
    again = market.do(actions.refund_now, first)
    assert (again.existed, again.moved_minor, again.refunded_minor) == (True, 0, 4_000)
    with pytest.raises(refusals.RequestRefReused):
        market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 5_000, "R1"))
    with pytest.raises(refusals.AmountAboveRefundable):
        market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 6_001, "R2"))
    last = actions.RefundNow(trade, market.shop, 6_000, "R2")
    assert market.do(actions.refund_now, last).state == "closed"
    assert market.do(actions.refund_now, last).existed
    assert market.purse(market.buyer) == WEALTH


def test_a_refund_now_of_a_part_released_trade_takes_the_pot_first(market: Market) -> None:
    trade = market.paid(delivery=Delivery.NONE, category="direct")
    market.do(actions.release, actions.Release(trade, market.shop, 7_000))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 5_000, "R1"))
    seen = market.see(trade)
    assert (seen.reclaimed_minor, seen.held_minor, seen.state) == (2_000, 0, State.FINISHED)
    assert market.purse(market.shop) == 7_000 - 42 - 2_000


def test_a_ruling_must_sum_to_what_is_held_and_ends_the_trade(market: Market) -> None:
    trade = market.shipped()
    ask(market, trade, 10_000)
    market.do(actions.refuse_refund, actions.Touch(trade, market.shop))
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.buyer, "broken"))
    assert market.wait(days=90) == 0
    short = actions.Rule(trade, market.mediator, 6_000, ((market.shop, 3_999),), 0)
    with pytest.raises(refusals.RulingUnbalanced):
        market.do(actions.rule, short)
    fair = actions.Rule(trade, market.mediator, 6_000, ((market.shop, 3_900),), 100)
    ruled = market.do(actions.rule, fair)
    assert (ruled.state, ruled.held_minor) == ("finished", 0)
    assert market.purse(market.buyer) == WEALTH - 4_000
    assert (market.purse(market.shop), market.fees()) == (3_900, 100)
    assert market.see(trade).dispute is None


def test_a_ruling_for_the_buyer_alone_closes_the_trade(market: Market) -> None:
    trade = market.paid()
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.shop))
    ruled = market.do(actions.rule, actions.Rule(trade, market.mediator, 10_000, ()))
    assert ruled.state == "closed"
    assert market.purse(market.buyer) == WEALTH


def test_each_side_brings_at_most_ten_pieces_and_in_time(market: Market) -> None:
    trade = market.shipped()
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.buyer))

    def bring(by, content: bytes, **more):
        facts = {
            "content_type": "image/png",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_bytes": len(content),
        }
        with market.database.transaction() as tx:
            command = actions.AddEvidence(trade, by, **(facts | more))
            return actions.add_evidence(tx, command, sealed=b"sealed", content=content)

    for number in range(PIECES_MAX):
        bring(market.buyer, b"photo %d" % number)
    with pytest.raises(refusals.EvidenceFull):
        bring(market.buyer, b"one more")
    assert bring(market.shop, b"receipt").evidence is not None
    with pytest.raises(Invalid):
        bring(market.shop, b"forged", sha256="0" * 64)
    with pytest.raises(Invalid):
        bring(market.shop, b"virus", content_type="text/html")
    market.wait(days=8)
    with pytest.raises(refusals.DeadlinePassed):
        bring(market.shop, b"late")
    with market.database.read() as tx:
        assert len(records.evidence(tx, trade)) == PIECES_MAX + 1


def test_both_sides_rate_once_within_thirty_days_of_the_end(market: Market) -> None:
    trade = market.shipped()
    good = actions.Rate(trade, market.buyer, 5, market.shop)
    with pytest.raises(refusals.TradeStateDiffers):
        market.do(actions.rate, good)
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    market.do(actions.rate, good)
    with pytest.raises(refusals.TradeAlreadyRated):
        market.do(actions.rate, good)
    market.wait(days=31)
    with pytest.raises(refusals.DeadlinePassed):
        market.do(actions.rate, actions.Rate(trade, market.shop, 4, market.buyer))


def test_a_shop_passes_a_part_on_while_it_is_held_and_after(market: Market) -> None:
    trade = market.paid(delivery=Delivery.NONE, category="direct")
    part = actions.Split(trade, market.shop, ((market.royal, 1_000),), "S1")
    market.do(actions.split, part)
    assert market.do(actions.split, part).existed
    market.do(actions.release, actions.Release(trade, market.shop))
    assert market.purse(market.royal) == 994
    assert market.see(trade).state is State.FINISHED
    later = actions.Split(trade, market.shop, ((market.royal, 8_946),), "S2")
    market.do(actions.split, later)
    assert (market.purse(market.royal), market.purse(market.shop)) == (9_940, 0)
    with pytest.raises(refusals.AmountAboveHeld):
        market.do(actions.split, actions.Split(trade, market.shop, ((market.royal, 1),), "S3"))


def test_a_refund_of_one_shop_of_two_leaves_the_other_to_ship(market: Market) -> None:
    lines = (Line(market.shop, "tea", 1, 3_000), Line(market.mill, "rice", 1, 1_000))
    trade = market.paid(lines=lines)
    ask(market, trade, 3_000, seller=market.shop)
    with pytest.raises(refusals.TradeSideDiffers):
        agree(market, trade, market.mill)
    agree(market, trade)
    done = market.do(actions.ship, actions.Ship(trade, market.mill))
    assert done.state == "wait-buyer-confirm"
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert market.purse(market.mill) == 994


@pytest.mark.parametrize(("early", "refund"), [(10_000, 10), (9_990, 10), (6_000, 5_000)])
def test_a_shop_that_was_paid_early_still_ships_after_a_part_came_back(
    market: Market, early: int, refund: int
) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "rice", 1, 1_000))
    trade = market.paid(lines=lines)
    market.do(actions.release, actions.Release(trade, market.buyer, early, seller=market.shop))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, refund, "R1"))
    for seller in (market.shop, market.mill):
        done = market.do(actions.ship, actions.Ship(trade, seller))
    assert done.state == "wait-buyer-confirm"


def test_a_shop_that_was_paid_early_and_gave_all_back_has_nothing_left_to_ship(
    market: Market,
) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "rice", 1, 1_000))
    trade = market.paid(lines=lines)
    market.do(actions.release, actions.Release(trade, market.buyer, 10_000, seller=market.shop))
    market.give(market.shop, 60)
    market.do(actions.ship, actions.Ship(trade, market.mill))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 4_000, "R1"))
    assert market.see(trade).state is State.WAIT_SELLER_SHIP
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 6_000, "R2"))
    assert market.see(trade).state is State.WAIT_BUYER_CONFIRM
    with pytest.raises(refusals.TradeStateDiffers):
        market.do(actions.ship, actions.Ship(trade, market.shop))
