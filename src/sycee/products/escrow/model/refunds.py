"""The refund machine beside the trade: asked, agreed or refused, goods returned, money back.

Silence counts: a seller's is agreement (and later receipt), a buyer's gives the request up. One
refund is open at a time; the trade's own clock stands still meanwhile.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.kit.money import check_amount
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.payment import REF_MAX, check_text
from sycee.products.escrow.model.terms import seconds
from sycee.products.escrow.model.trade import (
    Actor,
    Decision,
    Delivery,
    Event,
    Refund,
    RefundState,
    Side,
    State,
    Trade,
    after,
    due,
    ended_events,
    need_no_refund,
    need_peace,
    need_side,
    need_state,
    pause,
    resume,
    start_clock,
    within,
)

PAID = (State.WAIT_SELLER_SHIP, State.WAIT_BUYER_CONFIRM, State.FINISHED)
REASON_MAX = 64


def open_refund(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    refund: UUID,
    amount_minor: int,
    returns: bool = False,
    reason: str = "other",
    seller: UUID | None = None,
) -> Decision:
    """The buyer asks for money back; `reason` is a short code, not a free text."""
    need_side(trade, by, "open-refund", Side.BUYER)
    need_state(trade, "open-refund", *PAID)
    need_peace(trade)
    need_no_refund(trade)
    ended = trade.ended_at
    if ended is not None and not within(ended, now, trade.terms.after_sale_seconds):
        raise refusals.DeadlinePassed(trade=trade.public, deadline="after_sale")
    seller = parts.seller_of(trade, seller)
    _check_request(trade, seller, amount_minor, returns, reason)
    asked = Refund(
        id=refund,
        seller=seller,
        amount_minor=amount_minor,
        returns=returns,
        reason=reason,
        state=RefundState.WAIT_SELLER_AGREE,
        respond_by=now + seconds(trade.terms.answer_seconds),
        opened_at=now,
    )
    return _turned(pause(trade, now), asked, "opened", amount_minor=amount_minor)


def modify(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    amount_minor: int,
    returns: bool = False,
    reason: str = "other",
) -> Decision:
    """The buyer asks for something else, also after a refusal; the seller's time begins anew."""
    states = (RefundState.WAIT_SELLER_AGREE, RefundState.REFUSED)
    refund = _open(trade, by, "modify-refund", Side.BUYER, *states)
    _check_request(trade, refund.seller, amount_minor, returns, reason)
    refund = replace(refund, amount_minor=amount_minor, returns=returns, reason=reason)
    refund = _wait(trade, refund, RefundState.WAIT_SELLER_AGREE, now)
    return _turned(trade, refund, "modified", amount_minor=amount_minor)


def cancel(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The buyer withdraws the request; the trade's clock runs on."""
    refund = _open(trade, by, "cancel-refund", Side.BUYER, *RefundState)
    return _closed(trade, refund, now, "buyer")


def agree(trade: Trade, by: Actor, now: datetime, *, amount_minor: int, returns: bool) -> Decision:
    """The seller agrees, also after a refusal: pay at once, or wait for the goods first.

    To what, the seller says: the buyer may ask for something else at any moment before.
    """
    states = (RefundState.WAIT_SELLER_AGREE, RefundState.REFUSED)
    refund = _open(trade, by, "agree-refund", Side.SELLER, *states)
    if (amount_minor, returns) != (refund.amount_minor, refund.returns):
        raise refusals.RefundRequestDiffers(
            trade=trade.public,
            refund=public("rfd", refund.id),
            amount_minor=refund.amount_minor,
            returns=refund.returns,
        )
    return _agreed(trade, refund, now, "seller")


def refuse(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The seller says no: to the request, or to the goods that came back."""
    states = (RefundState.WAIT_SELLER_AGREE, RefundState.WAIT_SELLER_RECEIVE)
    refund = _open(trade, by, "refuse-refund", Side.SELLER, *states)
    return _turned(trade, _wait(trade, refund, RefundState.REFUSED, now), "refused")


def send_back(
    trade: Trade, by: Actor, now: datetime, *, carrier: str, tracking_number: str
) -> Decision:
    """The buyer has sent the goods back."""
    states = (RefundState.WAIT_BUYER_RETURN,)
    refund = _open(trade, by, "return-goods", Side.BUYER, *states)
    check_text(carrier, "carrier", REF_MAX)
    check_text(tracking_number, "tracking_number", REF_MAX)
    refund = replace(refund, carrier=carrier, tracking_number=tracking_number)
    return _turned(trade, _wait(trade, refund, RefundState.WAIT_SELLER_RECEIVE, now), "returned")


def receive(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The seller has the goods again: the money goes back."""
    states = (RefundState.WAIT_SELLER_RECEIVE,)
    refund = _open(trade, by, "receive-goods", Side.SELLER, *states)
    return _success(trade, refund, now, "seller")


def expire(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The refund's deadline has passed: whoever was to speak has said nothing."""
    refund = _open(trade, by, "expire-refund", Side.TIMER, *RefundState)
    due(trade, "respond_by", refund.respond_by, now)
    if refund.state is RefundState.WAIT_SELLER_AGREE:
        return _agreed(trade, refund, now, "deadline")
    if refund.state is RefundState.WAIT_SELLER_RECEIVE:
        return _success(trade, refund, now, "deadline")
    return _closed(trade, refund, now, "deadline")


def postpone(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The deadline has passed, but the seller's account is empty: try again later."""
    refund = _open(trade, by, "postpone-refund", Side.TIMER, *RefundState)
    due(trade, "respond_by", refund.respond_by, now)
    refund = replace(refund, respond_by=now + seconds(trade.terms.retry_seconds))
    return _turned(trade, refund, "postponed")


def refund_now(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    refund: UUID,
    amount_minor: int,
    request_ref: str,
    known: Refund | None = None,
) -> Decision:
    """A seller gives money back at once, held or released; once for each `request_ref`.

    `known` is the refund that this reference made before: the same amount is answered with it and
    moves nothing, another amount raises `RequestRefReused`.
    """
    need_side(trade, by, "refund-now", Side.SELLER)
    if known is not None:
        if (known.amount_minor, known.seller) != (amount_minor, by.party):
            raise refusals.RequestRefReused(trade=trade.public, request_ref=request_ref)
        return Decision(trade, refund=known)
    need_state(trade, "refund-now", *PAID)
    need_peace(trade)
    need_no_refund(trade)
    assert by.party is not None
    check_text(request_ref, "request_ref", REF_MAX)
    made = Refund(
        id=refund,
        seller=by.party,
        amount_minor=amount_minor,
        returns=False,
        reason="seller",
        state=RefundState.WAIT_SELLER_AGREE,
        respond_by=None,
        opened_at=now,
        request_ref=request_ref,
    )
    return _success(trade, made, now, "seller")


def _check_request(
    trade: Trade, seller: UUID, amount_minor: int, returns: bool, reason: str
) -> None:
    check_amount(amount_minor)
    check_text(reason, "reason", REASON_MAX)
    if returns and not any(ln.shipped for ln in trade.lines if ln.seller == seller):
        raise Invalid(field="returns", rule="needs goods that were shipped")
    left = parts.refundable_of(trade, seller)
    if amount_minor > left:
        raise refusals.AmountAboveRefundable(
            trade=trade.public, amount_minor=amount_minor, left_minor=left
        )


def _open(trade: Trade, by: Actor, verb: str, side: Side, *states: RefundState) -> Refund:
    """The open refund, when this caller may take this step in this state of it."""
    need_side(trade, by, verb, side)
    need_peace(trade)
    refund = trade.refund
    if refund is None:
        raise refusals.RefundMissing(trade=trade.public)
    if side is Side.SELLER and by.party != refund.seller:
        raise refusals.TradeSideDiffers(
            trade=trade.public, verb=verb, needs="the refund's own seller"
        )
    if refund.state not in states:
        raise refusals.RefundStateDiffers(
            trade=trade.public,
            refund=public("rfd", refund.id),
            verb=verb,
            state=refund.state.value,
            needs=" or ".join(states),
        )
    return refund


def _wait(trade: Trade, refund: Refund, state: RefundState, now: datetime) -> Refund:
    terms = trade.terms
    term = {
        RefundState.WAIT_SELLER_AGREE: terms.answer_seconds,
        RefundState.REFUSED: terms.react_seconds,
        RefundState.WAIT_BUYER_RETURN: terms.return_seconds,
        RefundState.WAIT_SELLER_RECEIVE: terms.receive_seconds,
    }[state]
    return replace(refund, state=state, respond_by=now + seconds(term))


def _turned(trade: Trade, refund: Refund, verb: str, **body: object) -> Decision:
    event = Event(f"refund.{verb}", refund.id, body)
    return Decision(replace(trade, refund=refund), (), (event,), refund=refund)


def _agreed(trade: Trade, refund: Refund, now: datetime, cause: str) -> Decision:
    if not refund.returns:
        return _success(trade, refund, now, cause)
    refund = _wait(trade, refund, RefundState.WAIT_BUYER_RETURN, now)
    return _turned(trade, refund, "agreed", by=cause)


def _closed(trade: Trade, refund: Refund, now: datetime, cause: str) -> Decision:
    refund = replace(refund, state=RefundState.CLOSED, respond_by=None, ended_at=now)
    back = resume(replace(trade, refund=None), now)
    return Decision(back, (), (Event("refund.closed", refund.id, {"by": cause}),), refund=refund)


def _success(trade: Trade, refund: Refund, now: datetime, cause: str) -> Decision:
    refund = replace(refund, state=RefundState.SUCCESS, respond_by=None, ended_at=now)
    paid, moves = parts.refund(replace(trade, refund=None), refund.amount_minor, refund.seller)
    paid = after(paid, now)
    if paid.state is State.WAIT_SELLER_SHIP and paid.delivery is Delivery.SHIP:
        paid = _drop(paid, refund.seller, now)
    paid = resume(paid, now)
    body = {"amount_minor": refund.amount_minor, "by": cause, "refunded_minor": paid.refunded_minor}
    events = (Event("refund.succeeded", refund.id, body), *ended_events(trade, paid))
    return Decision(paid, moves, events, refund=refund)


def _drop(trade: Trade, seller: UUID, now: datetime) -> Trade:
    """A seller who gave all of their part back has nothing left to ship.

    That nothing is held for them any more says less: they may have been paid early.
    """
    if parts.refundable_of(trade, seller):
        return trade
    lines = tuple(
        replace(line, dropped=line.dropped + line.left) if line.seller == seller else line
        for line in trade.lines
    )
    trade = replace(trade, lines=lines)
    if any(line.left for line in lines):
        return trade
    trade = replace(trade, state=State.WAIT_BUYER_CONFIRM)
    return start_clock(trade, now, trade.terms.confirm_seconds)
