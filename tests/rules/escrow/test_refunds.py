"""Money back, step by step: what each says, until when the next may be, and what it moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.rules.escrow import situations as at
from tests.rules.escrow.situations import AS_BUYER, AS_SELLER, MILL, NOW, SELLER, THING

from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.ids import public
from sycee.products.escrow.model import payment, refunds, shipment
from sycee.products.escrow.model.refusals import (
    AmountAboveRefundable,
    DeadlineNotReached,
    DeadlinePassed,
    RefundRequestDiffers,
    RequestRefReused,
    TradeSideDiffers,
)
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import (
    TIMER,
    Actor,
    Decision,
    Delivery,
    Line,
    Milestone,
    Move,
    RefundState,
    State,
    Trade,
)

TICK = timedelta(microseconds=1)
LATE = NOW + timedelta(days=30)
TWO = (Line(SELLER, "tea", 2, 4_000), Line(MILL, "cup", 1, 1_500))
AGREE, REFUSED = RefundState.WAIT_SELLER_AGREE, RefundState.REFUSED
RETURN, RECEIVE = RefundState.WAIT_BUYER_RETURN, RefundState.WAIT_SELLER_RECEIVE
SUCCESS, CLOSED = RefundState.SUCCESS, RefundState.CLOSED


def days(count: int) -> timedelta:
    return timedelta(days=count)


def asking(trade: Trade, amount: int = 600, **more: Any) -> Decision:
    return refunds.open_refund(trade, AS_BUYER, NOW, refund=THING, amount_minor=amount, **more)


def back(by: str, amount: int = 600) -> tuple[str, dict[str, Any]]:
    return ("succeeded", {"amount_minor": amount, "by": by, "refunded_minor": amount})


def expired(trade: Trade) -> Decision:
    return refunds.expire(trade, TIMER, LATE)


@pytest.mark.parametrize(
    ("step", "state", "respond_by", "said"),
    [
        (lambda: asking(at.shipped()), AGREE, NOW + days(3), ("opened", {"amount_minor": 600})),
        (
            lambda: refunds.modify(at.refused(), AS_BUYER, LATE, amount_minor=5, reason="x"),
            *(AGREE, LATE + days(3), ("modified", {"amount_minor": 5})),
        ),
        (
            lambda: refunds.refuse(at.asked(), AS_SELLER, LATE),
            *(REFUSED, LATE + days(7), ("refused", {})),
        ),
        (
            lambda: refunds.refuse(at.receiving(), AS_SELLER, LATE),
            *(REFUSED, LATE + days(7), ("refused", {})),
        ),
        (
            lambda: refunds.agree(at.asked(), AS_SELLER, LATE, amount_minor=600, returns=True),
            *(RETURN, LATE + days(7), ("agreed", {"by": "seller"})),
        ),
        (
            lambda: refunds.send_back(
                at.returning(), AS_BUYER, LATE, carrier="c", tracking_number="n"
            ),
            *(RECEIVE, LATE + days(10), ("returned", {})),
        ),
        (lambda: expired(at.asked()), RETURN, LATE + days(7), ("agreed", {"by": "deadline"})),
        (
            lambda: refunds.postpone(at.asked(), TIMER, LATE),
            *(AGREE, LATE + days(1), ("postponed", {})),
        ),
        (
            lambda: refunds.cancel(at.refused(), AS_BUYER, LATE),
            *(CLOSED, None, ("closed", {"by": "buyer"})),
        ),
        (lambda: expired(at.refused()), CLOSED, None, ("closed", {"by": "deadline"})),
        (lambda: expired(at.returning()), CLOSED, None, ("closed", {"by": "deadline"})),
        (lambda: expired(at.receiving()), SUCCESS, None, back("deadline")),
        (lambda: expired(at.asked_early()), SUCCESS, None, back("deadline")),
        (lambda: refunds.receive(at.receiving(), AS_SELLER, LATE), SUCCESS, None, back("seller")),
        (
            lambda: refunds.refund_now(
                at.paid(), AS_SELLER, LATE, refund=THING, amount_minor=70, request_ref="r"
            ),
            *(SUCCESS, None, back("seller", 70)),
        ),
    ],
)
def test_each_step_of_a_refund_says_what_it_is_and_until_when(
    step: Callable[[], Decision], state: RefundState, respond_by: Any, said: tuple[str, Any]
) -> None:
    done = step()
    assert done.refund is not None
    assert (done.refund.state, done.refund.respond_by) == (state, respond_by)
    (event,) = done.events
    assert (event.verb, event.subject, dict(event.body)) == (f"refund.{said[0]}", THING, said[1])
    ended = state in (SUCCESS, CLOSED)
    assert (done.trade.refund, done.refund.ended_at) == (
        (None, LATE) if ended else (done.refund, None)
    )
    amounts = [move.amount_minor for move in done.moves]
    assert amounts == ([said[1]["amount_minor"]] if state is SUCCESS else [])


def test_what_was_asked_for_is_kept_and_the_clock_runs_on_where_it_stood() -> None:
    asked = asking(at.shipped(), 700, returns=True, reason="broken").refund
    assert asked is not None
    assert (asked.seller, asked.amount_minor, asked.returns) == (SELLER, 700, True)
    assert (asked.reason, asked.opened_at) == ("broken", NOW)
    other = refunds.modify(at.refused(), AS_BUYER, NOW, amount_minor=5, reason="x").refund
    assert other is not None
    assert (other.amount_minor, other.returns, other.reason) == (5, False, "x")
    sent = at.receiving().refund
    assert sent is not None
    assert (sent.carrier, sent.tracking_number) == ("post", "1")
    assert at.asked().confirm_by is None
    assert refunds.cancel(at.asked(), AS_BUYER, LATE).trade.confirm_by == LATE + days(10)


def test_a_refund_is_asked_for_while_the_after_sale_lasts() -> None:
    done = at.finished()
    last = NOW + days(15)
    open_ = refunds.open_refund
    assert open_(done, AS_BUYER, last, refund=THING, amount_minor=1).refund is not None
    with pytest.raises(DeadlinePassed) as refused:
        open_(done, AS_BUYER, last + TICK, refund=THING, amount_minor=1)
    assert refused.value == DeadlinePassed(done.public, "after_sale")


def test_a_refund_is_of_what_was_paid_and_goods_come_back_that_were_sent() -> None:
    assert asking(at.shipped(), 10_000).refund is not None
    with pytest.raises(AmountAboveRefundable) as above:
        asking(at.shipped(), 10_001)
    assert above.value == AmountAboveRefundable(at.shipped().public, 10_001, 10_000)
    wrongs: list[tuple[Trade, dict[str, Any], str]] = [
        (at.shipped(), {"amount": 0}, "amount_minor"),
        (at.shipped(), {"reason": ""}, "reason"),
        (at.paid(), {"returns": True}, "returns"),
        (at.paid(lines=TWO), {}, "seller"),
    ]
    for trade, facts, field in wrongs:
        with pytest.raises(Invalid) as wrong:
            asking(trade, **facts)
        assert wrong.value.field == field
    with pytest.raises(AmountAboveRefundable):
        refunds.modify(at.asked(), AS_BUYER, NOW, amount_minor=10_001)
    for carrier, number, field in (("", "n", "carrier"), ("c", "", "tracking_number")):
        with pytest.raises(Invalid) as unsaid:
            refunds.send_back(
                at.returning(), AS_BUYER, NOW, carrier=carrier, tracking_number=number
            )
        assert unsaid.value.field == field
    assert asking(at.part_shipped(), returns=True).refund is not None
    part = shipment.ship(at.paid(lines=TWO), AS_SELLER, NOW, shipment=THING).trade
    assert asking(part, returns=True, seller=SELLER).refund is not None
    with pytest.raises(Invalid) as unsent:
        asking(part, returns=True, seller=MILL)
    assert unsent.value.field == "returns"


def test_a_seller_answers_the_refund_that_was_asked_of_them_and_as_it_stands() -> None:
    asked = asking(at.paid(lines=TWO), seller=MILL).trade
    with pytest.raises(TradeSideDiffers) as other:
        refunds.refuse(asked, AS_SELLER, NOW)
    assert other.value == TradeSideDiffers(
        *(asked.public, "refuse-refund", "the refund's own seller")
    )
    assert refunds.refuse(asked, Actor(MILL), NOW).refund is not None
    for amount, returns in ((599, False), (600, True)):
        with pytest.raises(RefundRequestDiffers) as refused:
            refunds.agree(asked, Actor(MILL), NOW, amount_minor=amount, returns=returns)
        assert refused.value == RefundRequestDiffers(
            *(asked.public, public("rfd", THING), 600, False)
        )


def give(trade: Trade, by: Actor, amount: int, known: Any = None) -> Decision:
    return refunds.refund_now(
        trade, by, NOW, refund=THING, amount_minor=amount, request_ref="r", known=known
    )


def test_who_gave_all_back_has_nothing_left_to_ship() -> None:
    held = at.paid(lines=TWO)
    part = give(held, Actor(MILL), 1_499).trade
    assert [line.dropped for line in part.lines] == [0, 0]
    all_ = give(held, Actor(MILL), 1_500).trade
    assert [line.dropped for line in all_.lines] == [0, 1]
    assert (all_.state, all_.ship_by) == (State.WAIT_SELLER_SHIP, held.ship_by)
    sent = shipment.ship(held, AS_SELLER, NOW, shipment=THING).trade
    last = give(sent, Actor(MILL), 1_500).trade
    assert (last.state, last.confirm_by) == (State.WAIT_BUYER_CONFIRM, NOW + days(10))
    early = shipment.release(held, AS_BUYER, NOW, line=1).trade
    assert [line.dropped for line in give(early, Actor(MILL), 700).trade.lines] == [0, 0]


def test_what_is_given_back_later_changes_nothing_of_the_goods() -> None:
    sent = shipment.ship(at.paid(lines=TWO), AS_SELLER, NOW, shipment=THING).trade
    both = shipment.ship(sent, Actor(MILL), NOW, shipment=THING).trade
    given = refunds.refund_now(
        both, Actor(MILL), LATE, refund=THING, amount_minor=1_500, request_ref="r"
    ).trade
    assert (given.state, given.confirm_by) == (State.WAIT_BUYER_CONFIRM, NOW + days(10))
    ended = give(at.finished(), AS_SELLER, 10_000)
    assert (ended.trade.state, ended.trade.reclaimed_minor) == (State.CLOSED, 10_000)
    assert [move.code for move in ended.moves] == ["escrow.reclaim", "escrow.refund"]
    steps = (Milestone("a", 4_000), Milestone("b", 6_000))
    work = at.paid(lines=TWO, delivery=Delivery.MILESTONES, milestones=steps)
    less = give(work, Actor(MILL), 1_500).trade
    assert (less.state, less.ship_by) == (State.WAIT_SELLER_SHIP, work.ship_by)
    assert [line.dropped for line in less.lines] == [0, 0]


def test_silence_is_not_postponed_before_its_time() -> None:
    with pytest.raises(DeadlineNotReached) as refused:
        refunds.postpone(at.asked(), TIMER, NOW + days(3) - TICK)
    assert refused.value == DeadlineNotReached(at.asked().public, "respond_by")
    assert refunds.postpone(at.asked(), TIMER, NOW + days(3)).refund is not None
    with pytest.raises(TradeSideDiffers) as other:
        refunds.postpone(at.asked(), AS_SELLER, LATE)
    assert other.value == TradeSideDiffers(at.asked().public, "postpone-refund", "timer")


def test_a_refund_at_once_is_made_once_for_its_reference() -> None:
    first = give(at.paid(), AS_SELLER, 70)
    assert first.refund is not None
    assert (first.refund.request_ref, first.refund.reason, first.refund.returns) == (
        *("r", "seller"),
        False,
    )
    again = give(first.trade, AS_SELLER, 70, first.refund)
    assert again == Decision(first.trade, refund=first.refund)
    for amount, known in ((71, first.refund), (70, replace(first.refund, seller=MILL))):
        with pytest.raises(RequestRefReused) as refused:
            give(first.trade, AS_SELLER, amount, known)
        assert refused.value == RequestRefReused(first.trade.public, "r")
    for amount, ref, field in ((0, "r", "amount_minor"), (1, "", "request_ref")):
        with pytest.raises(Invalid) as wrong:
            refunds.refund_now(
                at.paid(), AS_SELLER, NOW, refund=THING, amount_minor=amount, request_ref=ref
            )
        assert wrong.value.field == field


def test_making_changing_paying_and_leaving_a_trade_is_told_to_the_journal() -> None:
    draft = payment.Draft(buyer=None, currency="CNY", title="tea", lines=TWO, freight_minor=500)
    facts: dict[str, Any] = {"accounts": at.ACCOUNTS, "fee_account": at.FEES, "fee_bps": 0}
    made = payment.create(at.TRADE, draft, AS_SELLER, NOW, terms=Terms(), **facts)
    assert made.events == (("trade.created", at.TRADE, {"total_minor": 10_000, "currency": "CNY"}),)
    assert made.trade.pay_by == NOW + days(1)
    with pytest.raises(Forbidden):
        payment.create(at.TRADE, draft, TIMER, NOW, terms=Terms(), **facts)
    changed = payment.change_price(made.trade, AS_SELLER, NOW, prices={0: 3_900})
    assert changed.events == (
        ("trade.price-changed", at.TRADE, {"total_minor": 9_800, "before_minor": 10_000}),
    )
    for wrong in (-1, 2, 1):
        with pytest.raises(Invalid) as refused:
            payment.change_price(made.trade, AS_SELLER, NOW, prices={wrong: 1})
        assert refused.value.field == "prices"
    with pytest.raises(Invalid):
        payment.change_price(at.unpaid(), AS_SELLER, NOW, prices={-1: 1})
    left = payment.cancel(made.trade, AS_SELLER, NOW)
    nothing = {"released_minor": 0, "refunded_minor": 0, "fee_minor": 0}
    assert left.events == (("trade.closed", at.TRADE, nothing),)
    assert (left.trade.pay_by, left.trade.ended_at) == (None, NOW)
    who: dict[str, Any] = {"payer": at.BUYER, "payer_account": at.ACCOUNTS[at.BUYER]}
    paid = payment.pay(made.trade, AS_BUYER, NOW, **who)
    told = ("trade.paid", at.TRADE, {"total_minor": 10_000, "currency": "CNY"})
    assert paid.events == (told,)
    hold = Move(at.ACCOUNTS[at.BUYER], at.TRADE, 10_000, "escrow.hold")
    assert paid.moves == (hold,)
    assert (paid.trade.paid_at, paid.trade.pay_by) == (NOW, None)


@pytest.mark.parametrize(("settle", "state"), [(0, "finished"), (5, "wait-buyer-confirm")])
def test_a_trade_without_delivery_settles_at_once_or_after_its_term(
    settle: int, state: str
) -> None:
    direct = at.unpaid(delivery=Delivery.NONE, terms=Terms(settle_seconds=settle))
    who: dict[str, Any] = {"payer": at.BUYER, "payer_account": at.ACCOUNTS[at.BUYER]}
    paid = payment.pay(direct, AS_BUYER, NOW, **who)
    assert paid.trade.state == state
    codes = [(move.code, move.amount_minor) for move in paid.moves]
    if settle:
        assert (codes, paid.trade.confirm_by) == (
            [("escrow.hold", 10_000)],
            NOW + timedelta(seconds=5),
        )
        return
    assert codes == [("escrow.hold", 10_000), ("escrow.release", 9_900), ("escrow.fee", 100)]
    assert [event.verb for event in paid.events] == ["trade.paid", "trade.finished"]
