"""A trade as a value: its parties, parts, sums and deadlines, and what every verb asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.terms import Terms, seconds


class State(StrEnum):
    """Where the trade is. `FINISHED`: some of it went to sellers; `CLOSED`: nothing did."""

    WAIT_BUYER_PAY = "wait-buyer-pay"
    WAIT_SELLER_SHIP = "wait-seller-ship"
    WAIT_BUYER_CONFIRM = "wait-buyer-confirm"
    FINISHED = "finished"
    CLOSED = "closed"


class RefundState(StrEnum):
    """Where a refund is; `SUCCESS` and `CLOSED` are its ends."""

    WAIT_SELLER_AGREE = "wait-seller-agree"
    REFUSED = "refused"
    WAIT_BUYER_RETURN = "wait-buyer-return"
    WAIT_SELLER_RECEIVE = "wait-seller-receive"
    SUCCESS = "success"
    CLOSED = "closed"


class Delivery(StrEnum):
    """How the trade is fulfilled: goods shipped, milestones reviewed, or nothing at all."""

    SHIP = "ship"
    MILESTONES = "milestones"
    NONE = "none"


class Side(StrEnum):
    """Who is calling, seen from the trade."""

    BUYER = "buyer"
    SELLER = "seller"
    MEDIATOR = "mediator"
    TIMER = "timer"


class Actor(NamedTuple):
    """Who acts: a party, perhaps with a mediator's standing; no party at all is a deadline."""

    party: UUID | None
    mediator: bool = False


TIMER = Actor(None)
HELD = (State.WAIT_SELLER_SHIP, State.WAIT_BUYER_CONFIRM)
ENDED = (State.FINISHED, State.CLOSED)


class Line(msgspec.Struct, frozen=True, gc=False):
    """One kind of goods of one seller. `shipped + dropped ≤ quantity`; dropped was refunded."""

    seller: UUID
    title: str
    quantity: int
    unit_price_minor: int
    shipped: int = 0
    dropped: int = 0
    released: bool = False

    @property
    def left(self) -> int:
        """Units that are still to be shipped."""
        return self.quantity - self.shipped - self.dropped


class Share(msgspec.Struct, frozen=True, gc=False):
    """What one payee gets of the trade. A royalty payee's share hangs on a seller's.

    `due = released + refunded + left`; released counts the fee. `reclaimed` and `split_minor` are
    what came back from, or was passed on by, the seller's own account after release.
    """

    party: UUID
    seller: UUID
    account: UUID
    due_minor: int
    released_minor: int = 0
    fee_minor: int = 0
    refunded_minor: int = 0
    reclaimed_minor: int = 0
    split_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What the pot still holds for this payee."""
        return self.due_minor - self.released_minor - self.refunded_minor


class Milestone(msgspec.Struct, frozen=True, gc=False):
    """A part of the work and its price: `open`, `submitted` or `approved`."""

    title: str
    amount_minor: int
    state: str = "open"


class Refund(msgspec.Struct, frozen=True):
    """A request for money back from one seller. `respond_by` is the deadline of its state."""

    id: UUID
    seller: UUID
    amount_minor: int
    returns: bool
    reason: str
    state: RefundState
    respond_by: datetime | None
    opened_at: datetime
    ended_at: datetime | None = None
    request_ref: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


class Dispute(msgspec.Struct, frozen=True):
    """A quarrel before the mediator. `evidence` counts the pieces of the buyer and the sellers."""

    id: UUID
    opened_by: UUID
    reason: str
    opened_at: datetime
    evidence_by: datetime
    buyer_pieces: int = 0
    seller_pieces: int = 0
    ruled_at: datetime | None = None
    ruled_by: UUID | None = None


class Trade(msgspec.Struct, frozen=True):
    """The whole trade; the id is also the id of its pot's account.

    Sums in minor units: `released` net to payees, `refunded` all that the buyer got back,
    `reclaimed` the part of it that came from sellers' accounts after release.
    """

    id: UUID
    buyer: UUID | None
    buyer_account: UUID | None
    fee_account: UUID
    currency: str
    fee_bps: int
    delivery: Delivery
    state: State
    category: str
    channel: str
    out_ref: str | None
    title: str
    lines: tuple[Line, ...]
    freight_minor: int
    shares: tuple[Share, ...]
    milestones: tuple[Milestone, ...]
    terms: Terms
    total_minor: int
    created_at: datetime
    paid_minor: int = 0
    released_minor: int = 0
    fee_minor: int = 0
    refunded_minor: int = 0
    reclaimed_minor: int = 0
    pay_by: datetime | None = None
    ship_by: datetime | None = None
    confirm_by: datetime | None = None
    paused_left_seconds: int | None = None
    extended: bool = False
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    ended_at: datetime | None = None
    refund: Refund | None = None
    dispute: Dispute | None = None

    @property
    def held_minor(self) -> int:
        """What the pot holds."""
        return (
            self.paid_minor
            + self.reclaimed_minor
            - self.released_minor
            - self.fee_minor
            - self.refunded_minor
        )

    @property
    def sellers(self) -> tuple[UUID, ...]:
        """The sellers; the first one made the trade and carries the freight."""
        return tuple(s.party for s in self.shares if s.party == s.seller)

    @property
    def parties(self) -> tuple[UUID, ...]:
        """Buyer (when known) and sellers."""
        return self.sellers if self.buyer is None else (self.buyer, *self.sellers)

    @property
    def interested(self) -> frozenset[UUID]:
        """Whoever gets some of the money: buyer, sellers, and who has a royalty or a split."""
        return frozenset((*self.parties, *(share.party for share in self.shares)))

    @property
    def public(self) -> str:
        """`trd_…`"""
        return public("trd", self.id)


class Move(NamedTuple):
    """Money from one account to another, to be posted with its neighbours as one group."""

    debit: UUID
    credit: UUID
    amount_minor: int
    code: str


class Event(NamedTuple):
    """One line for the journal: ids and amounts."""

    verb: str
    subject: UUID
    body: Mapping[str, object]


class Decision(NamedTuple):
    """What a verb decided: the trade as it will be, money to move, lines for the journal.

    `refund` is the refund that the step opened, changed or ended, `dispute` likewise: the trade
    itself carries only open ones.
    """

    trade: Trade
    moves: tuple[Move, ...] = ()
    events: tuple[Event, ...] = ()
    refund: Refund | None = None
    dispute: Dispute | None = None


def side_of(trade: Trade, by: Actor) -> Side:
    """The caller's side; `NotFound` for a stranger."""
    party = by.party
    if party is None:
        return Side.TIMER
    if party == trade.buyer:
        return Side.BUYER
    if party in trade.sellers:
        return Side.SELLER
    if by.mediator:
        return Side.MEDIATOR
    raise NotFound(noun="trade", id=trade.public)


def need_side(trade: Trade, by: Actor, verb: str, *sides: Side) -> Side:
    """The caller's side, when it is one of `sides`."""
    side = side_of(trade, by)
    if side not in sides:
        raise refusals.TradeSideDiffers(trade=trade.public, verb=verb, needs=" or ".join(sides))
    return side


def need_delivery(trade: Trade, verb: str, *deliveries: Delivery) -> None:
    """Refuse a step that this kind of trade does not have."""
    if trade.delivery not in deliveries:
        raise refusals.TradeDeliveryDiffers(
            trade=trade.public, verb=verb, delivery=trade.delivery.value
        )


def need_state(trade: Trade, verb: str, *states: State) -> None:
    """Refuse a step that this state does not allow."""
    if trade.state not in states:
        raise refusals.TradeStateDiffers(
            trade=trade.public, verb=verb, state=trade.state.value, needs=" or ".join(states)
        )


def need_peace(trade: Trade) -> None:
    """Refuse while a dispute is open."""
    if trade.dispute is not None:
        raise refusals.DisputeOpen(trade=trade.public, dispute=public("dsp", trade.dispute.id))


def need_no_refund(trade: Trade) -> None:
    """Refuse while a refund is open."""
    if trade.refund is not None:
        raise refusals.RefundOpen(trade=trade.public, refund=public("rfd", trade.refund.id))


def due(trade: Trade, name: str, at: datetime | None, now: datetime) -> None:
    """Refuse a deadline's step before its time."""
    if at is None or now < at:
        raise refusals.DeadlineNotReached(trade=trade.public, deadline=name)


def pause(trade: Trade, now: datetime) -> Trade:
    """Stop the running clock (ship_by or confirm_by) and keep what was left of it."""
    deadline = trade.ship_by or trade.confirm_by
    if deadline is None:
        return trade
    left = max(0, int((deadline - now).total_seconds()))
    return replace(trade, ship_by=None, confirm_by=None, paused_left_seconds=left)


def resume(trade: Trade, now: datetime) -> Trade:
    """Let the stopped clock run again, when nothing keeps it stopped."""
    left = trade.paused_left_seconds
    if left is None or trade.refund is not None or trade.dispute is not None:
        return trade
    at = now + seconds(left)
    if trade.state is State.WAIT_SELLER_SHIP:
        return replace(trade, ship_by=at, paused_left_seconds=None)
    if trade.state is State.WAIT_BUYER_CONFIRM:
        return replace(trade, confirm_by=at, paused_left_seconds=None)
    return replace(trade, paused_left_seconds=None)


def start_clock(trade: Trade, now: datetime, term: int) -> Trade:
    """Begin the term of the trade's state; it stands still while a refund or dispute is open."""
    trade = replace(trade, ship_by=None, confirm_by=None, paused_left_seconds=term)
    return resume(trade, now)


def after(trade: Trade, now: datetime) -> Trade:
    """The trade after money has moved: ended when the pot is empty and was paid into."""
    if trade.state is State.WAIT_BUYER_PAY or trade.held_minor:
        return trade
    state = State.CLOSED if trade.refunded_minor == trade.paid_minor else State.FINISHED
    if state is trade.state:
        return trade
    return replace(
        trade,
        state=state,
        ended_at=trade.ended_at or now,
        ship_by=None,
        confirm_by=None,
        paused_left_seconds=None,
    )


def ended_events(before: Trade, trade: Trade) -> tuple[Event, ...]:
    """`trade.finished` or `trade.closed`, when this step ended the trade (or closed it later)."""
    if trade.state is before.state or trade.state not in ENDED:
        return ()
    verb = "trade.finished" if trade.state is State.FINISHED else "trade.closed"
    body = {"released_minor": trade.released_minor, "refunded_minor": trade.refunded_minor}
    return (Event(verb, trade.id, {**body, "fee_minor": trade.fee_minor}),)


def within(at: datetime, now: datetime, term: int) -> bool:
    """Whether `now` is still inside a term of `term` seconds that began at `at`."""
    return now - at <= timedelta(seconds=term)
