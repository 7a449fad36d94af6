"""While the money waits for goods: ship, confirm, extend, and what the two deadlines do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.escrow.model import milestones, refusals
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.terms import seconds
from sycee.products.escrow.model.trade import (
    Actor,
    Decision,
    Delivery,
    Event,
    RefundState,
    Side,
    State,
    Trade,
    after,
    due,
    ended_events,
    need_delivery,
    need_no_refund,
    need_peace,
    need_side,
    need_state,
    start_clock,
)


def ship(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    shipment: UUID,
    items: Sequence[tuple[int, int]] = (),
) -> Decision:
    """A seller sends goods: `items` are (line's index, quantity); none means all that is left.

    The clock of the buyer begins when nothing of any seller is left to ship. While a refund waits
    for the seller's word, the seller answers it first.
    """
    need_side(trade, by, "ship", Side.SELLER)
    need_delivery(trade, "ship", Delivery.SHIP)
    need_state(trade, "ship", State.WAIT_SELLER_SHIP)
    need_peace(trade)
    if trade.refund is not None and trade.refund.state is not RefundState.REFUSED:
        need_no_refund(trade)
    lines = list(trade.lines)
    own = [i for i, line in enumerate(lines) if line.seller == by.party]
    wanted = list(items) or [(i, lines[i].left) for i in own if lines[i].left]
    if not wanted:
        raise refusals.LineNotLeft(trade=trade.public, line=own[0], left=0)
    for i, quantity in wanted:
        if i not in own or quantity < 1:
            raise Invalid(field="items", rule="must name lines of your own and quantities ≥ 1")
        if quantity > lines[i].left:
            raise refusals.LineNotLeft(trade=trade.public, line=i, left=lines[i].left)
        lines[i] = replace(lines[i], shipped=lines[i].shipped + quantity)
    shipped = replace(trade, lines=tuple(lines), shipped_at=now)
    if not any(line.left for line in lines):
        shipped = replace(shipped, state=State.WAIT_BUYER_CONFIRM)
        shipped = start_clock(shipped, now, trade.terms.confirm_seconds)
    body = {"shipment": public("shp", shipment), "units": sum(q for _, q in wanted)}
    return Decision(shipped, (), (Event("trade.shipped", trade.id, body),))


def confirm(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The buyer has the goods: all that is held goes to the sellers, and the trade ends."""
    need_side(trade, by, "confirm", Side.BUYER)
    need_delivery(trade, "confirm", Delivery.SHIP, Delivery.NONE)
    need_state(trade, "confirm", State.WAIT_BUYER_CONFIRM)
    need_peace(trade)
    need_no_refund(trade)
    return _finish(trade, now, "buyer")


def auto_confirm(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The buyer said nothing by `confirm_by`; silence accepts (for milestones, the submitted one).

    The clock stands still while a refund or dispute is open, so this cannot happen then.
    """
    need_side(trade, by, "auto-confirm", Side.TIMER)
    need_state(trade, "auto-confirm", State.WAIT_BUYER_CONFIRM)
    need_peace(trade)
    need_no_refund(trade)
    due(trade, "confirm_by", trade.confirm_by, now)
    if trade.delivery is Delivery.MILESTONES:
        return milestones.accept(trade, now, milestones.turn(trade), "deadline")
    return _finish(trade, now, "deadline")


def _finish(trade: Trade, now: datetime, cause: str) -> Decision:
    held = trade.held_minor
    paid, moves = parts.release(trade, held, None)
    paid = after(paid, now)
    events = (
        Event("trade.confirmed", trade.id, {"by": cause}),
        Event("trade.released", trade.id, {"amount_minor": held}),
        *ended_events(trade, paid),
    )
    return Decision(paid, moves, events)


def extend(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The buyer takes more time to confirm; once, also while the clock stands still."""
    need_side(trade, by, "extend", Side.BUYER)
    need_delivery(trade, "extend", Delivery.SHIP, Delivery.MILESTONES)
    need_state(trade, "extend", State.WAIT_BUYER_CONFIRM)
    need_peace(trade)
    if trade.extended:
        raise refusals.TradeAlreadyExtended(trade=trade.public)
    more = trade.terms.extend_seconds
    if trade.confirm_by is not None:
        longer = replace(trade, extended=True, confirm_by=trade.confirm_by + seconds(more))
    else:
        left = (trade.paused_left_seconds or 0) + more
        longer = replace(trade, extended=True, paused_left_seconds=left)
    return Decision(longer, (), (Event("trade.extended", trade.id, {"seconds": more}),))


def release(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    amount_minor: int | None = None,
    line: int | None = None,
    seller: UUID | None = None,
) -> Decision:
    """The buyer pays a part early: an amount (to one seller, or to all in proportion) or a line.

    In a trade without delivery a seller may do it too, for its own part: that is its settlement,
    and without an amount it is all that is held for it.
    """
    side = need_side(trade, by, "release", Side.BUYER, Side.SELLER)
    if trade.delivery is not Delivery.NONE:
        need_side(trade, by, "release", Side.BUYER)
    need_delivery(trade, "release", Delivery.SHIP, Delivery.NONE)
    need_state(trade, "release", State.WAIT_SELLER_SHIP, State.WAIT_BUYER_CONFIRM)
    need_peace(trade)
    need_no_refund(trade)
    seller = None if seller is None else parts.seller_of(trade, seller)
    if side is Side.SELLER:
        seller = by.party
    if line is not None:
        if amount_minor is not None or not 0 <= line < len(trade.lines):
            raise Invalid(field="line", rule="must be the index of a line, without an amount")
        if seller not in (None, trade.lines[line].seller):
            raise Invalid(field="line", rule="must be a line of the seller who is paid")
        trade, amount, seller = _release_line(trade, line)
    else:
        amount = parts.left_of(trade, seller) if amount_minor is None else amount_minor
    paid, moves = parts.release(trade, amount, seller)
    paid = after(paid, now)
    body = {"amount_minor": amount} | ({} if line is None else {"line": line})
    events = (Event("trade.released", trade.id, body), *ended_events(trade, paid))
    return Decision(paid, moves, events)


def _release_line(trade: Trade, i: int) -> tuple[Trade, int, UUID]:
    line = trade.lines[i]
    if line.released:
        raise refusals.LineNotLeft(trade=trade.public, line=i, left=0)
    lines = (*trade.lines[:i], replace(line, released=True), *trade.lines[i + 1 :])
    amount = (line.quantity - line.dropped) * line.unit_price_minor
    return replace(trade, lines=lines), amount, line.seller


def give_up(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The time to ship is over: what was not shipped goes back to the buyer.

    A seller who shipped nothing gives back all that is held for them; one who shipped a part gives
    back the price of the rest, less what they refunded before, and the trade goes on to the buyer
    with what is left.
    """
    need_side(trade, by, "give-up", Side.TIMER)
    need_state(trade, "give-up", State.WAIT_SELLER_SHIP)
    need_peace(trade)
    need_no_refund(trade)
    due(trade, "ship_by", trade.ship_by, now)
    after_, moves, total = trade, [], 0
    for seller in trade.sellers:
        amount = _unshipped(trade, seller)
        if amount:
            after_, more = parts.refund(after_, amount, seller)
            moves += more
            total += amount
    lines = tuple(replace(line, dropped=line.dropped + line.left) for line in trade.lines)
    after_ = after(replace(after_, lines=lines), now)
    if after_.state is State.WAIT_SELLER_SHIP:
        after_ = replace(after_, state=State.WAIT_BUYER_CONFIRM)
        after_ = start_clock(after_, now, trade.terms.confirm_seconds)
    events = (
        Event("trade.not-shipped", trade.id, {"refunded_minor": total}),
        *ended_events(trade, after_),
    )
    return Decision(after_, tuple(moves), events)


def _unshipped(trade: Trade, seller: UUID) -> int:
    """What a seller gives back for goods that were not shipped.

    A refund names no line. It counts first against what is missing: a buyer for whom that is too
    little asks for more, but a seller never gets back what was paid twice.
    """
    left = parts.left_of(trade, seller)
    lines = [line for line in trade.lines if line.seller == seller]
    if not any(line.shipped for line in lines):
        return left
    missing = sum(line.left * line.unit_price_minor for line in lines)
    held = sum(line.left * line.unit_price_minor for line in lines if not line.released)
    return min(left, held, max(0, missing - parts.refunded_of(trade, seller)))
