"""Many hands on one trade at once: whatever wins, money moves once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sycee.kit.errors import Refusal
from sycee.products.escrow import actions, jobs
from sycee.products.escrow.model.trade import Delivery, State
from sycee.runtime.perform import Call, perform

from .conftest import WEALTH, Market

HANDS = 8


def at_once(*deeds: Callable[[], object]) -> Counter[str]:
    """Do everything at the same time; what it came to."""

    def run(deed: Callable[[], object]) -> str:
        try:
            deed()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return Counter(pool.map(run, deeds))


def test_a_trade_is_paid_once_however_many_pay(market: Market) -> None:
    trade = market.create(10_000)
    came = at_once(*[lambda: market.pay(trade)] * HANDS)
    assert came == {"done": 1, "trade-not-payable": HANDS - 1}
    assert market.purse(market.buyer) == WEALTH - 10_000


def test_a_price_that_changes_meanwhile_is_not_paid(market: Market) -> None:
    seen: Counter[str] = Counter()
    for turn in range(12):
        trade, before = market.create(10_000), market.purse(market.buyer)
        dearer = actions.ChangePrice(trade, market.shop, ((0, 20_000),))
        deeds = [
            lambda t=trade: market.pay(t, shown_minor=10_000),
            lambda c=dearer: market.do(actions.change_price, c),
        ]
        seen += at_once(*(deeds if turn % 2 else reversed(deeds)))
        cost = before - market.purse(market.buyer)
        assert cost == (10_000 if market.see(trade).paid_minor else 0)
    assert set(seen) <= {"done", "trade-total-differs", "trade-state-differs"}


def test_two_would_be_buyers_of_an_open_trade_cannot_both_have_it(market: Market) -> None:
    trade = market.create(10_000, buyer=None)
    at_once(lambda: market.pay(trade, market.buyer), lambda: market.pay(trade, market.other))
    purses = sorted([market.purse(market.buyer), market.purse(market.other)])
    assert purses == [WEALTH - 10_000, WEALTH]


def test_confirmation_deadline_and_refund_at_the_same_moment_move_the_money_once(
    market: Market,
) -> None:
    by_clock = jobs.act("escrow.auto-confirm", actions.auto_confirm)
    for _ in range(5):
        trade = market.shipped(1_000)
        market.clock.advance(timedelta(days=10))
        confirm = actions.Touch(trade, market.buyer)
        back = actions.RefundNow(trade, market.shop, 1_000, "all")
        ask = actions.OpenRefund(trade, market.buyer, 1_000)
        at_once(
            lambda t=confirm: market.do(actions.confirm, t),
            lambda t=trade: by_clock(market.database, t),
            lambda t=back: market.do(actions.refund_now, t),
            lambda t=ask: market.do(actions.open_refund, t),
        )
        seen = market.see(trade)
        assert seen.paid_minor + seen.reclaimed_minor == (
            seen.released_minor + seen.fee_minor + seen.refunded_minor + market.held(trade)
        )
        assert seen.refunded_minor <= 1_000


def test_one_request_reference_sent_by_many_refunds_once(market: Market) -> None:
    trade = market.paid(delivery=Delivery.NONE, category="direct")
    command = actions.RefundNow(trade, market.shop, 3_000, "R1")
    came = at_once(*[lambda: market.do(actions.refund_now, command)] * HANDS)
    assert came == {"done": HANDS}
    assert market.purse(market.buyer) == WEALTH - 7_000


def test_an_order_number_sent_by_many_makes_one_trade(market: Market) -> None:
    came = at_once(*[lambda: market.create(out_ref="A-1")] * HANDS)
    assert came == {"done": 1, "out-ref-taken": HANDS - 1}


def test_batches_with_the_same_trades_in_opposite_order_pay_each_once(market: Market) -> None:
    made = [market.create(10) for _ in range(20)]

    def batch(order: list) -> list[str]:
        calls = [
            Call(market.buyer, None, "escrow.pay", actions.Pay(t, market.buyer)) for t in order
        ]
        answers = perform(market.database, calls, actions.pay, timeout_ms=10_000)
        return [answer.refusal.code if answer.refusal else "paid" for answer in answers]

    with ThreadPoolExecutor(4) as pool:
        came = Counter(code for codes in pool.map(batch, [made, made[::-1]] * 2) for code in codes)
    assert came == {"paid": 20, "trade-not-payable": 60}
    assert market.purse(market.buyer) == WEALTH - 200
    assert all(market.see(trade).state is State.WAIT_SELLER_SHIP for trade in made)
