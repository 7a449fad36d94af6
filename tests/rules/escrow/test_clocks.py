"""Who is on which side, how the clocks of a trade run and stand still, and what its steps say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.rules.escrow import situations as at
from tests.rules.escrow.situations import AS_BUYER, AS_SELLER, MILL, NOW, ROYAL, SELLER, THING

from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.products.escrow.model import milestones, refunds, shipment, trade
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.refusals import (
    DeadlineNotReached,
    LineNotLeft,
    MilestoneOutOfTurn,
    TradeAlreadyExtended,
    TradeSideDiffers,
)
from sycee.products.escrow.model.terms import DAY, Terms, check
from sycee.products.escrow.model.trade import (
    TIMER,
    Actor,
    Delivery,
    Line,
    Milestone,
    Side,
    State,
    Trade,
)

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
TWO = (Line(SELLER, "tea", 2, 4_000), Line(MILL, "cup", 1, 1_500))


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_a_side_is_taken_by_what_one_is_in_the_trade() -> None:
    held = at.paid(royalties=(Royalty(ROYAL, 2_000),))
    sides = [
        *((AS_BUYER, Side.BUYER), (AS_SELLER, Side.SELLER), (TIMER, Side.TIMER)),
        *((Actor(at.BUYER, True), Side.BUYER), (Actor(SELLER, True), Side.SELLER)),
        *((Actor(at.MEDIATOR, True), Side.MEDIATOR), (Actor(ROYAL, True), Side.MEDIATOR)),
    ]
    assert [trade.side_of(held, who) for who, _ in sides] == [side for _, side in sides]
    for stranger in (Actor(ROYAL), Actor(at.MEDIATOR)):
        with pytest.raises(NotFound) as refused:
            trade.side_of(held, stranger)
        assert refused.value == NotFound("trade", public("trd", at.TRADE))
    assert held.parties == (at.BUYER, SELLER)
    assert at.unpaid(buyer=None).parties == (SELLER,)
    assert held.interested == {at.BUYER, SELLER, ROYAL}


def clocks(of: Trade) -> tuple[Any, ...]:
    return (of.ship_by, of.confirm_by, of.paused_left_seconds)


def test_a_clock_stands_still_while_something_is_open_and_then_runs_on() -> None:
    running = at.paid()
    assert clocks(running) == (NOW + days(7), None, None)
    later = NOW + days(2) + TICK
    still = trade.pause(running, later)
    assert clocks(still) == (None, None, 5 * DAY - 1)
    assert clocks(trade.pause(running, NOW + days(7) - SECOND)) == (None, None, 1)
    assert clocks(trade.pause(running, NOW + days(8))) == (None, None, 0)
    assert trade.pause(still, later) is still
    assert clocks(trade.resume(still, later + days(9))) == (
        later + days(14) - SECOND,
        None,
        None,
    )
    quarrel, asked = at.disputed_early(), at.asked_early()
    for dispute, refund in ((quarrel.dispute, None), (None, asked.refund)):
        kept = replace(still, dispute=dispute, refund=refund)
        assert trade.resume(kept, later) is kept
    assert trade.resume(running, later) is running
    over = replace(still, state=State.FINISHED)
    assert clocks(trade.resume(over, later)) == (None, None, None)
    waiting = replace(still, state=State.WAIT_BUYER_CONFIRM)
    assert clocks(trade.resume(waiting, later)) == (None, later + days(5) - SECOND, None)


def test_a_term_includes_its_last_moment_and_is_at_most_four_hundred_days() -> None:
    assert trade.within(NOW, NOW + 5 * SECOND, 5)
    assert not trade.within(NOW, NOW + 5 * SECOND + TICK, 5)
    for fits in (0, 400 * DAY):
        assert check(Terms(rate_seconds=fits)).rate_seconds == fits
    for wrong in (-1, 400 * DAY + 1):
        with pytest.raises(Invalid) as refused:
            check(Terms(rate_seconds=wrong))
        assert refused.value.field == "rate_seconds"


def test_a_trade_ends_when_its_pot_is_empty_and_says_how() -> None:
    begun = at.unpaid()
    assert trade.after(begun, NOW) is begun
    held = at.paid()
    assert trade.after(held, NOW) is held
    out = replace(held, released_minor=9_900, fee_minor=100)
    done = trade.after(out, NOW)
    assert (done.state, done.ended_at, clocks(done)) == (State.FINISHED, NOW, (None, None, None))
    back = trade.after(replace(held, refunded_minor=10_000), NOW)
    assert (back.state, back.ended_at) == (State.CLOSED, NOW)
    assert trade.after(done, NOW + days(1)) is done
    reclaimed = replace(done, reclaimed_minor=10_000, refunded_minor=10_000)
    late = trade.after(reclaimed, NOW + days(1))
    assert (late.state, late.ended_at) == (State.CLOSED, NOW)
    (event,) = trade.ended_events(held, done)
    assert event == (
        "trade.finished",
        at.TRADE,
        {"released_minor": 9_900, "refunded_minor": 0, "fee_minor": 100},
    )
    assert [e.verb for e in trade.ended_events(done, late)] == ["trade.closed"]
    assert trade.ended_events(done, done) == trade.ended_events(begun, held) == ()


LATE, SHP = NOW + days(390), public("shp", THING)
ENDED = ("trade.finished", {"released_minor": 9_900, "refunded_minor": 0, "fee_minor": 100})
PAID = ("trade.released", {"amount_minor": 10_000})


@pytest.mark.parametrize(
    ("step", "events"),
    [
        (
            lambda: shipment.ship(at.paid(), AS_SELLER, NOW, shipment=THING),
            [("trade.shipped", {"shipment": SHP, "units": 3})],
        ),
        (
            lambda: shipment.ship(at.part_shipped(), AS_SELLER, NOW, shipment=THING),
            [("trade.shipped", {"shipment": SHP, "units": 2})],
        ),
        (
            lambda: shipment.confirm(at.shipped(), AS_BUYER, NOW),
            [("trade.confirmed", {"by": "buyer"}), PAID, ENDED],
        ),
        (
            lambda: shipment.auto_confirm(at.shipped(), TIMER, LATE),
            [("trade.confirmed", {"by": "deadline"}), PAID, ENDED],
        ),
        (
            lambda: shipment.auto_confirm(at.submitted(), TIMER, LATE),
            [("milestone.approved", {"milestone": 0, "amount_minor": 4_000, "by": "deadline"})],
        ),
        (
            lambda: milestones.approve(at.submitted(), AS_BUYER, NOW, milestone=0),
            [("milestone.approved", {"milestone": 0, "amount_minor": 4_000, "by": "buyer"})],
        ),
        (
            lambda: milestones.submit(at.working(), AS_SELLER, NOW, milestone=0),
            [("milestone.submitted", {"milestone": 0, "amount_minor": 4_000})],
        ),
        (
            lambda: milestones.reject(at.submitted(), AS_BUYER, NOW, milestone=0),
            [("milestone.rejected", {"milestone": 0})],
        ),
        (
            lambda: shipment.extend(at.shipped(), AS_BUYER, NOW),
            [("trade.extended", {"seconds": 3 * DAY})],
        ),
        (
            lambda: shipment.release(at.shipped(), AS_BUYER, NOW, amount_minor=10),
            [("trade.released", {"amount_minor": 10})],
        ),
        (
            lambda: shipment.release(at.shipped(), AS_BUYER, NOW, line=1),
            [("trade.released", {"amount_minor": 1_500, "line": 1})],
        ),
        (
            lambda: shipment.give_up(at.part_shipped(), TIMER, LATE),
            [("trade.not-shipped", {"refunded_minor": 5_500})],
        ),
    ],
)
def test_each_step_towards_the_goods_is_told_to_the_journal(
    step: Callable[[], trade.Decision], events: list[tuple[str, dict[str, Any]]]
) -> None:
    said = step().events
    assert [(event.verb, dict(event.body)) for event in said] == events
    assert {event.subject for event in said} == {at.TRADE}


def test_what_is_shipped_is_ones_own_and_still_there() -> None:
    held = at.paid(lines=TWO)
    for items in (((1, 1),), ((0, 0),), ((2, 1),), ((-1, 1),)):
        with pytest.raises(Invalid) as refused:
            shipment.ship(held, AS_SELLER, NOW, shipment=THING, items=items)
        assert refused.value.field == "items"
    for items, left in ((((0, 3),), 2), (((0, 1), (0, 2)), 1)):
        with pytest.raises(LineNotLeft) as gone:
            shipment.ship(held, AS_SELLER, NOW, shipment=THING, items=items)
        assert gone.value == LineNotLeft(held.public, 0, left)
    mine = shipment.ship(held, AS_SELLER, NOW, shipment=THING).trade
    assert [line.shipped for line in mine.lines] == [2, 0]
    assert (mine.state, clocks(mine)) == (State.WAIT_SELLER_SHIP, clocks(held))
    with pytest.raises(LineNotLeft) as nothing:
        shipment.ship(mine, AS_SELLER, NOW, shipment=THING)
    assert nothing.value == LineNotLeft(held.public, 0, 0)
    both = shipment.ship(mine, Actor(MILL), NOW + days(1), shipment=THING).trade
    assert (both.state, both.shipped_at) == (State.WAIT_BUYER_CONFIRM, NOW + days(1))
    assert clocks(both) == (None, NOW + days(11), None)


def test_a_buyer_takes_more_time_once_while_the_clock_runs_or_stands() -> None:
    longer = shipment.extend(at.shipped(), AS_BUYER, NOW).trade
    assert clocks(longer) == (None, NOW + days(13), None)
    still = shipment.extend(at.asked(), AS_BUYER, NOW).trade
    assert clocks(still) == (None, None, 13 * DAY)
    for extended in (longer, still):
        with pytest.raises(TradeAlreadyExtended) as refused:
            shipment.extend(extended, AS_BUYER, NOW)
        assert refused.value == TradeAlreadyExtended(extended.public)


def test_only_where_nothing_is_delivered_does_a_seller_release_and_its_own_alone() -> None:
    with pytest.raises(TradeSideDiffers) as refused:
        shipment.release(at.shipped(), AS_SELLER, NOW, amount_minor=10)
    assert refused.value == TradeSideDiffers(at.shipped().public, "release", "buyer")
    held = at.paid(lines=TWO, delivery=Delivery.NONE, fee_bps=0)
    out = shipment.release(held, AS_SELLER, NOW)
    assert [move.amount_minor for move in out.moves] == [8_500]
    other = shipment.release(held, AS_SELLER, NOW, amount_minor=10, seller=MILL)
    assert [move.credit for move in other.moves] == [at.ACCOUNTS[SELLER]]
    wrongs: list[dict[str, Any]] = [{"line": n} for n in (1, 2, -1)]
    wrongs.append({"line": 0, "amount_minor": 5})
    for facts in wrongs:
        with pytest.raises(Invalid) as wrong:
            shipment.release(held, AS_SELLER, NOW, **facts)
        assert wrong.value.field == "line"


def test_a_buyer_pays_one_seller_early_or_all_in_proportion() -> None:
    held = at.paid(lines=TWO, fee_bps=0)
    one = shipment.release(held, AS_BUYER, NOW, amount_minor=1_000, seller=MILL)
    assert one.moves == (trade.Move(at.TRADE, at.ACCOUNTS[MILL], 1_000, "escrow.release"),)
    both = shipment.release(held, AS_BUYER, NOW, amount_minor=1_000)
    assert [move.amount_minor for move in both.moves] == [850, 150]
    whole = shipment.release(held, AS_BUYER, NOW, seller=MILL)
    assert [move.amount_minor for move in whole.moves] == [1_500]
    with pytest.raises(Invalid) as refused:
        shipment.release(held, AS_BUYER, NOW, amount_minor=1_000, seller=at.STRANGER)
    assert refused.value.field == "seller"
    with pytest.raises(Invalid) as other:
        shipment.release(held, AS_BUYER, NOW, line=0, seller=MILL)
    assert other.value.field == "line"


def test_a_deadline_that_is_not_set_never_comes() -> None:
    with pytest.raises(DeadlineNotReached) as refused:
        trade.due(at.paid(), "confirm_by", None, LATE)
    assert refused.value == DeadlineNotReached(at.paid().public, "confirm_by")


def test_a_line_is_released_once() -> None:
    once = shipment.release(at.shipped(), AS_BUYER, NOW, line=0).trade
    assert [line.released for line in once.lines] == [True, False]
    with pytest.raises(LineNotLeft) as refused:
        shipment.release(once, AS_BUYER, NOW, line=0)
    assert refused.value == LineNotLeft(once.public, 0, 0)


@pytest.mark.parametrize(
    ("shipped", "refunded", "released", "back"),
    [
        ((), 0, (), 10_000),
        ((), 700, (), 9_300),
        (((0, 1),), 0, (), 5_500),
        (((0, 1),), 700, (), 4_800),
        (((0, 1),), 6_000, (), 0),
        (((0, 2),), 0, (), 1_500),
        (((0, 1),), 0, (1,), 4_000),
        (((1, 1),), 0, (), 8_000),
    ],
)
def test_what_was_not_shipped_goes_back_less_what_was_refunded(
    shipped: tuple[tuple[int, int], ...], refunded: int, released: tuple[int, ...], back: int
) -> None:
    held = at.paid()
    if shipped:
        held = shipment.ship(held, AS_SELLER, NOW, shipment=THING, items=shipped).trade
    if refunded:
        held = refunds.refund_now(
            held, AS_SELLER, NOW, refund=THING, amount_minor=refunded, request_ref="r"
        ).trade
    for line in released:
        held = shipment.release(held, AS_BUYER, NOW, line=line).trade
    given = shipment.give_up(held, TIMER, NOW + days(7))
    assert sum(move.amount_minor for move in given.moves) == back
    assert not any(line.left for line in given.trade.lines)
    if shipped:
        assert given.trade.state is State.WAIT_BUYER_CONFIRM
        assert given.trade.confirm_by == NOW + days(17)
    else:
        assert given.trade.state is (State.CLOSED if refunded + back == 10_000 else None)


def test_who_shipped_nothing_gives_back_all_and_a_neighbour_nothing() -> None:
    held = shipment.ship(at.paid(lines=TWO), AS_SELLER, NOW, shipment=THING).trade
    given = shipment.give_up(held, TIMER, NOW + days(7))
    assert [(move.amount_minor, move.code) for move in given.moves] == [(1_500, "escrow.refund")]
    assert [line.dropped for line in given.trade.lines] == [0, 1]
    less = shipment.give_up(at.part_shipped(), TIMER, NOW + days(7)).trade
    early = shipment.release(less, AS_BUYER, NOW, line=0)
    assert early.events[0].body == {"amount_minor": 4_000, "line": 0}
    with pytest.raises(Invalid) as refused:
        shipment.release(at.shipped(), AS_BUYER, NOW, line=-1)
    assert refused.value.field == "line"


def test_milestones_are_done_in_turn_and_the_clock_begins_anew_with_each() -> None:
    steps = at.working()
    assert clocks(at.submitted()) == (None, NOW + days(14), None)
    for wrong in (-1, 2):
        with pytest.raises(Invalid) as refused:
            milestones.submit(steps, AS_SELLER, NOW, milestone=wrong)
        assert refused.value.field == "milestone"
    with pytest.raises(MilestoneOutOfTurn) as early:
        milestones.submit(steps, AS_SELLER, NOW, milestone=1)
    assert early.value == MilestoneOutOfTurn(steps.public, 1, 0)
    back = milestones.reject(at.submitted(), AS_BUYER, NOW + days(1), milestone=0).trade
    assert (back.state, back.milestones[0].state) == (State.WAIT_SELLER_SHIP, "open")
    assert clocks(back) == (NOW + days(8), None, None)
    one = milestones.approve(at.submitted(), AS_BUYER, NOW + days(2), milestone=0).trade
    assert (one.state, one.released_minor, one.fee_minor) == (State.WAIT_SELLER_SHIP, 3_960, 40)
    assert clocks(one) == (NOW + days(9), None, None)
    two = milestones.submit(one, AS_SELLER, NOW, milestone=1).trade
    assert [each.state for each in two.milestones] == ["approved", "submitted"]
    done = milestones.approve(two, AS_BUYER, NOW, milestone=1).trade
    assert (done.state, done.released_minor) == (State.FINISHED, 9_900)


def test_a_milestone_pays_what_refunds_have_left_of_it() -> None:
    steps = (Milestone("a", 4_000), Milestone("b", 6_000))
    work = at.paid(delivery=Delivery.MILESTONES, milestones=steps)
    less = refunds.refund_now(
        work, AS_SELLER, NOW, refund=THING, amount_minor=7_000, request_ref="r"
    ).trade
    first = milestones.submit(less, AS_SELLER, NOW, milestone=0).trade
    paid = milestones.approve(first, AS_BUYER, NOW, milestone=0)
    assert sum(move.amount_minor for move in paid.moves) == 3_000
    assert paid.trade.state is State.FINISHED
