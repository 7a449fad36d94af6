"""The main line of a trade, on PostgreSQL: made, paid, shipped, confirmed; and its deadlines."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from sycee.core.journal import read as journal
from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.tender import mandates
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import parse
from sycee.products.escrow import actions
from sycee.products.escrow.jobs import register
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import Delivery, Line, Milestone, State
from sycee.runtime.jobs import Jobs, run_sweeps
from sycee.runtime.perform import Call, perform

from .conftest import WEALTH, Market


def test_the_buyer_pays_the_shop_ships_the_buyer_confirms_and_the_shop_has_the_money(
    market: Market,
) -> None:
    trade = market.create(10_000)
    assert market.pay(trade).state == "wait-seller-ship"
    assert market.held(trade) == 10_000
    assert market.purse(market.buyer) == WEALTH - 10_000
    market.do(actions.ship, actions.Ship(trade, market.shop, (), "sf", "SF1"))
    done = market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert (done.state, done.held_minor, done.released_minor, done.fee_minor) == (
        *("finished", 0),
        *(9_940, 60),
    )
    assert market.purse(market.shop) == 9_940
    assert market.fees() == 60
    assert market.held(trade) == 0


def test_every_step_is_told_in_the_journal_in_order(market: Market) -> None:
    trade = market.shipped()
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    with market.database.read() as tx:
        rows = journal.about(tx, trade)
    assert [row.verb for row in rows] == [
        *("trade.created", "trade.paid", "trade.shipped"),
        *("trade.confirmed", "trade.released", "trade.finished"),
    ]
    assert all(set(row.parties) == {market.buyer, market.shop} for row in rows)
    assert rows[-2].body["amount_minor"] == 10_000


def test_one_cart_of_two_shops_pays_each_its_part_and_the_author_a_royalty(market: Market) -> None:
    lines = (Line(market.shop, "tea", 2, 3_000), Line(market.mill, "rice", 1, 1_000))
    trade = market.create(lines=lines, freight_minor=500, royalties=(Royalty(market.royal, 700),))
    market.pay(trade)
    market.do(actions.ship, actions.Ship(trade, market.shop))
    assert market.see(trade).state is State.WAIT_SELLER_SHIP
    market.do(actions.ship, actions.Ship(trade, market.mill))
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert market.purse(market.shop) == 5_800 - 35
    assert market.purse(market.royal) == 700 - 4
    assert market.purse(market.mill) == 1_000 - 6
    assert market.fees() == 45


def test_nobody_pays_and_the_trade_closes(market: Market) -> None:
    trade = market.create()
    assert market.wait(hours=23) == 0
    assert market.wait(hours=1) == 1
    assert market.see(trade).state is State.CLOSED
    with pytest.raises(refusals.TradeNotPayable):
        market.pay(trade)


def test_payment_is_refused_from_the_deadline_on_even_before_the_sweep_came(market: Market) -> None:
    trade = market.create(pay_seconds=60)
    market.clock.advance(timedelta(seconds=60))
    with pytest.raises(refusals.DeadlinePassed):
        market.pay(trade)
    assert market.purse(market.buyer) == WEALTH


def test_the_buyers_silence_confirms_after_ten_days(market: Market) -> None:
    trade = market.shipped()
    assert market.wait(days=9) == 0
    assert market.wait(days=1) == 1
    assert market.see(trade).state is State.FINISHED
    assert market.purse(market.shop) == 9_940


def test_the_buyer_may_extend_once(market: Market) -> None:
    trade = market.shipped()
    market.do(actions.extend, actions.Touch(trade, market.buyer))
    with pytest.raises(refusals.TradeAlreadyExtended):
        market.do(actions.extend, actions.Touch(trade, market.buyer))
    assert market.wait(days=12) == 0
    assert market.wait(days=1) == 1


def test_a_shop_that_never_ships_gives_the_money_back(market: Market) -> None:
    trade = market.paid()
    assert market.wait(days=7) == 1
    seen = market.see(trade)
    assert (seen.state, seen.refunded_minor) == (State.CLOSED, 10_000)
    assert market.purse(market.buyer) == WEALTH


def test_of_a_part_shipment_the_rest_is_refunded_at_the_deadline(market: Market) -> None:
    lines = (Line(market.shop, "tea", 3, 1_000), Line(market.shop, "cup", 1, 400))
    trade = market.paid(lines=lines)
    market.do(actions.ship, actions.Ship(trade, market.shop, ((0, 2),)))
    market.wait(days=7)
    seen = market.see(trade)
    assert (seen.state, seen.refunded_minor, market.held(trade)) == (
        *(State.WAIT_BUYER_CONFIRM, 1_400),
        2_000,
    )
    market.wait(days=10)
    assert market.see(trade).state is State.FINISHED


def test_milestones_are_paid_one_by_one(market: Market) -> None:
    steps = (Milestone("design", 3_000), Milestone("build", 7_000))
    trade = market.paid(delivery=Delivery.MILESTONES, milestones=steps)
    with pytest.raises(refusals.MilestoneOutOfTurn):
        market.do(actions.submit, actions.Review(trade, market.shop, 1))
    market.do(actions.submit, actions.Review(trade, market.shop, 0))
    market.do(actions.reject, actions.Review(trade, market.buyer, 0))
    market.do(actions.submit, actions.Review(trade, market.shop, 0))
    market.do(actions.approve, actions.Review(trade, market.buyer, 0))
    assert (market.held(trade), market.purse(market.shop)) == (7_000, 2_982)
    market.do(actions.submit, actions.Review(trade, market.shop, 1))
    assert market.wait(days=14) == 1
    assert market.see(trade).state is State.FINISHED
    assert market.purse(market.shop) == 9_940


def test_a_trade_without_delivery_is_settled_by_the_shop_in_parts_or_by_the_timer(
    market: Market,
) -> None:
    trade = market.paid(delivery=Delivery.NONE, category="direct")
    assert market.see(trade).state is State.WAIT_BUYER_CONFIRM
    market.do(actions.release, actions.Release(trade, market.shop, 4_000))
    assert market.held(trade) == 6_000
    assert market.wait(days=1) == 1
    assert market.see(trade).state is State.FINISHED
    at_once = market.create(delivery=Delivery.NONE, category="direct", settle_seconds=0)
    assert market.pay(at_once).state == "finished"


def test_a_shop_settles_its_own_lines_and_no_other_shops(market: Market) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000))
    trade = market.paid(lines=lines, delivery=Delivery.NONE, category="direct")
    for command in (
        actions.Release(trade, market.mill, line=0),
        actions.Release(trade, market.buyer, line=0, seller=market.mill),
    ):
        with pytest.raises(Invalid) as refused:
            market.do(actions.release, command)
        assert refused.value.field == "line"
    assert market.held(trade) == 15_000
    market.do(actions.release, actions.Release(trade, market.mill, line=1))
    market.do(actions.release, actions.Release(trade, market.buyer, line=0, seller=market.shop))
    assert (market.purse(market.shop), market.purse(market.mill)) == (9_940, 4_970)


def test_the_seller_changes_the_price_before_the_payment_and_not_after(market: Market) -> None:
    trade = market.create(10_000)
    change = actions.ChangePrice(trade, market.shop, ((0, 8_000),), freight_minor=50)
    assert market.do(actions.change_price, change).total_minor == 8_050
    market.pay(trade)
    assert market.held(trade) == 8_050
    with pytest.raises(refusals.TradeStateDiffers):
        market.do(actions.change_price, change)


def test_an_order_number_is_used_once_by_each_shop(market: Market) -> None:
    trade = market.create(out_ref="A-1")
    with pytest.raises(refusals.OutRefTaken) as refused:
        market.create(out_ref="A-1")
    assert refused.value.trade == market.see(trade).public
    market.create(out_ref="A-1", lines=(Line(market.mill, "rice", 1, 5),), buyer=market.shop)


def test_a_stranger_finds_no_trade(market: Market) -> None:
    trade = market.paid()
    with pytest.raises(NotFound):
        market.do(actions.confirm, actions.Touch(trade, market.other))
    with pytest.raises(NotFound):
        market.pay(trade, market.other)


def test_a_trade_without_a_buyer_belongs_to_whoever_pays_it(market: Market) -> None:
    trade = market.create(buyer=None)
    market.pay(trade, market.other)
    assert market.see(trade).buyer == market.other
    market.do(actions.ship, actions.Ship(trade, market.shop))
    market.do(actions.confirm, actions.Touch(trade, market.other))


def test_a_shop_takes_a_pay_code_once_and_a_failed_payment_does_not_spend_it(
    market: Market,
) -> None:
    with market.database.transaction() as tx:
        account = parties.account(tx, market.buyer, "wallet", "CNY")
        until = tx.now + timedelta(minutes=5)
        code = mandates.issue(tx, market.buyer, account, 2 * WEALTH, "CNY", None, until).code
    dear = market.create(WEALTH + 1, buyer=None)
    with pytest.raises(refusals.BuyerLacksFunds):
        market.pay(dear, market.shop, code=code)
    trade = market.create(10_000, buyer=None)
    assert market.pay(trade, market.shop, code=code).state == "wait-seller-ship"
    assert market.see(trade).buyer == market.buyer
    again = market.create(10_000, buyer=None)
    with pytest.raises(Refusal, match="spent"):
        market.pay(again, market.shop, code=code)


def test_in_a_batch_one_poor_buyer_and_one_twin_cost_no_other(market: Market) -> None:
    poor = market.person("Poor")
    good = [market.create(100) for _ in range(5)]
    bad = market.create(100, buyer=poor)
    calls = [(t, market.buyer) for t in good] + [(bad, poor), (good[0], market.buyer)]
    commands = [actions.Pay(trade, by) for trade, by in calls]
    batch = [Call(c.by, None, "escrow.pay", c) for c in commands]
    answers = perform(market.database, batch, actions.pay, timeout_ms=10_000)
    assert [a.refusal.code if a.refusal else "" for a in answers] == [
        *([""] * 5),
        *("buyer-lacks-funds", "trade-not-payable"),
    ]
    assert market.purse(market.buyer) == WEALTH - 500


def test_a_trade_nobody_named_can_be_paid_by_the_second_when_the_first_is_poor(
    market: Market,
) -> None:
    poor = market.person("Poor")
    trade = market.create(100, buyer=None)
    commands = [actions.Pay(trade, poor), actions.Pay(trade, market.buyer)]
    batch = [Call(c.by, None, "escrow.pay", c) for c in commands]
    answers = perform(market.database, batch, actions.pay, timeout_ms=10_000)
    assert [a.refusal.code if a.refusal else "" for a in answers] == ["buyer-lacks-funds", ""]
    assert market.see(trade).buyer == market.buyer


def test_an_unknown_trade_is_not_found(market: Market) -> None:
    with pytest.raises(NotFound):
        market.pay(UUID(int=7))


def test_a_frozen_shops_deadlines_hold_up_no_other_shops(market: Market) -> None:
    jobs = Jobs(batch=3)
    register(jobs)
    stuck = [market.shipped(100) for _ in range(7)]
    purse = market.see(stuck[0]).shares[0].account
    with market.database.transaction() as tx:
        accounts.freeze(tx, purse)
    market.clock.advance(timedelta(seconds=5))
    draft = market.draft(lines=(Line(market.mill, "flour", 1, 100),))
    made = market.do(actions.create, actions.Create(market.mill, draft))
    trade = parse("trd", made.id)
    market.pay(trade)
    market.do(actions.ship, actions.Ship(trade, market.mill))
    market.clock.advance(timedelta(days=11))
    assert [run_sweeps(market.database, jobs) for _ in range(3)] == [0, 0, 1]
    assert market.see(trade).state is State.FINISHED
    assert {market.see(each).state for each in stuck} == {State.WAIT_BUYER_CONFIRM}

    with market.database.transaction() as tx:
        accounts.thaw(tx, purse)
    again = Jobs()
    register(again)
    assert run_sweeps(market.database, again) == 7, "a restart forgets the pauses, and no deadline"
