"""Milestones: submitted by the seller one after another, each approved and paid by the buyer."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.trade import (
    Actor,
    Decision,
    Delivery,
    Event,
    Side,
    State,
    Trade,
    after,
    ended_events,
    need_delivery,
    need_no_refund,
    need_peace,
    need_side,
    need_state,
    start_clock,
)


def turn(trade: Trade) -> int:
    """The index of the first milestone that is not approved."""
    return next(i for i, m in enumerate(trade.milestones) if m.state != "approved")


def submit(trade: Trade, by: Actor, now: datetime, *, milestone: int) -> Decision:
    """A seller says that a milestone is done; the buyer's time to review it begins."""
    _check(trade, by, "submit", Side.SELLER, State.WAIT_SELLER_SHIP, milestone)
    reviewed = _mark(trade, milestone, "submitted", State.WAIT_BUYER_CONFIRM)
    reviewed = start_clock(reviewed, now, trade.terms.review_seconds)
    body = {"milestone": milestone, "amount_minor": trade.milestones[milestone].amount_minor}
    return Decision(reviewed, (), (Event("milestone.submitted", trade.id, body),))


def approve(trade: Trade, by: Actor, now: datetime, *, milestone: int) -> Decision:
    """The buyer accepts a submitted milestone; its amount is paid."""
    _check(trade, by, "approve", Side.BUYER, State.WAIT_BUYER_CONFIRM, milestone)
    return accept(trade, now, milestone, "buyer")


def reject(trade: Trade, by: Actor, now: datetime, *, milestone: int) -> Decision:
    """The buyer sends a submitted milestone back; the seller's time begins anew."""
    _check(trade, by, "reject", Side.BUYER, State.WAIT_BUYER_CONFIRM, milestone)
    back = _mark(trade, milestone, "open", State.WAIT_SELLER_SHIP)
    back = start_clock(back, now, trade.terms.ship_seconds)
    event = Event("milestone.rejected", trade.id, {"milestone": milestone})
    return Decision(back, (), (event,))


def accept(trade: Trade, now: datetime, milestone: int, cause: str) -> Decision:
    """Pay a milestone: its amount, or what refunds have left of it."""
    amount = min(trade.milestones[milestone].amount_minor, trade.held_minor)
    paid, moves = parts.release(trade, amount, None)
    paid = after(_mark(paid, milestone, "approved", State.WAIT_SELLER_SHIP), now)
    if paid.state is State.WAIT_SELLER_SHIP:
        paid = start_clock(paid, now, trade.terms.ship_seconds)
    body = {"milestone": milestone, "amount_minor": amount, "by": cause}
    events = (Event("milestone.approved", trade.id, body), *ended_events(trade, paid))
    return Decision(paid, moves, events)


def _check(trade: Trade, by: Actor, verb: str, side: Side, state: State, milestone: int) -> None:
    need_side(trade, by, verb, side)
    need_delivery(trade, verb, Delivery.MILESTONES)
    need_state(trade, verb, state)
    need_peace(trade)
    need_no_refund(trade)
    if not 0 <= milestone < len(trade.milestones):
        raise Invalid(field="milestone", rule="must be the index of a milestone")
    expected = turn(trade)
    if milestone != expected:
        raise refusals.MilestoneOutOfTurn(trade=trade.public, milestone=milestone, turn=expected)


def _mark(trade: Trade, i: int, mark: str, state: State) -> Trade:
    steps = trade.milestones
    marked = (*steps[:i], replace(steps[i], state=mark), *steps[i + 1 :])
    return replace(trade, milestones=marked, state=state)
