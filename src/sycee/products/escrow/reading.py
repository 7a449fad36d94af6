"""What a party may see of trades: its own, in full; a mediator sees those in dispute."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.escrow.model.trade import (
    Delivery,
    Dispute,
    Refund,
    RefundState,
    State,
    Trade,
)
from sycee.products.escrow.store import records, trades
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller


class LineView(msgspec.Struct, frozen=True):
    """Goods of one seller; `dropped` units were refunded before they were shipped."""

    seller: str
    title: str
    quantity: int
    unit_price_minor: int
    shipped: int
    dropped: int
    released: bool


class PayeeView(msgspec.Struct, frozen=True):
    """What one payee gets, in minor units; `seller` differs from `party` for a royalty."""

    party: str
    seller: str
    due_minor: int
    released_minor: int
    fee_minor: int
    refunded_minor: int
    left_minor: int


class MilestoneView(msgspec.Struct, frozen=True):
    """A part of the work: `open`, `submitted` or `approved`."""

    title: str
    amount_minor: int
    state: str


class RefundView(msgspec.Struct, frozen=True):
    """A refund; `respond_by` is the deadline of its state."""

    id: str
    seller: str
    amount_minor: int
    returns: bool
    reason: str
    state: RefundState
    respond_by: datetime | None
    opened_at: datetime
    ended_at: datetime | None
    request_ref: str | None
    carrier: str | None
    tracking_number: str | None


class DisputeView(msgspec.Struct, frozen=True):
    """A dispute; `ruled_at` is set once the mediator has ruled."""

    id: str
    opened_by: str
    reason: str
    opened_at: datetime
    evidence_by: datetime
    buyer_pieces: int
    seller_pieces: int
    ruled_at: datetime | None


class ShipmentView(msgspec.Struct, frozen=True):
    """A parcel; no items means all of the seller's that was left."""

    id: str
    seller: str
    items: list[tuple[int, int]]
    carrier: str | None
    tracking_number: str | None
    shipped_at: datetime


class EvidenceView(msgspec.Struct, frozen=True):
    """A piece of evidence: a text (no content type), or a file with its SHA-256 in hex."""

    id: str
    party: str
    content_type: str | None
    sha256: str | None
    size_bytes: int | None
    added_at: datetime


class RatingView(msgspec.Struct, frozen=True):
    """Stars from one party to another."""

    by: str
    of: str
    stars: int
    commented: bool
    rated_at: datetime


class TradeView(msgspec.Struct, frozen=True):
    """A trade as its parties see it. Sums in minor units of `currency`."""

    id: str
    state: State
    delivery: Delivery
    title: str
    category: str
    channel: str
    out_ref: str | None
    buyer: str | None
    sellers: list[str]
    currency: str
    lines: list[LineView]
    freight_minor: int
    total_minor: int
    fee_bps: int
    paid_minor: int
    held_minor: int
    released_minor: int
    fee_minor: int
    refunded_minor: int
    reclaimed_minor: int
    payees: list[PayeeView]
    milestones: list[MilestoneView]
    pay_by: datetime | None
    ship_by: datetime | None
    confirm_by: datetime | None
    paused_left_seconds: int | None
    extended: bool
    refund: RefundView | None
    dispute: DisputeView | None
    created_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    ended_at: datetime | None


class Dossier(msgspec.Struct, frozen=True):
    """Everything that hangs on a trade."""

    refunds: list[RefundView]
    shipments: list[ShipmentView]
    disputes: list[DisputeView]
    evidence: list[EvidenceView]
    ratings: list[RatingView]


class EventView(msgspec.Struct, frozen=True):
    """A step of a trade from the journal: ids and amounts."""

    at: datetime
    verb: str
    actor: str | None
    body: dict[str, Any]


def get(tx: Tx, id: UUID) -> Trade | None:
    """A trade as the rules see it, unlocked, for whoever has checked the right to see it."""
    found = trades.read(tx, [id])
    return found[0] if found else None


def by_out_ref(tx: Tx, seller: UUID, out_ref: str) -> Trade | None:
    """A seller's trade by the seller's own reference."""
    id = trades.by_out_ref(tx, seller, out_ref)
    return None if id is None else get(tx, id)


def refund_by_ref(tx: Tx, trade: UUID, request_ref: str) -> Refund | None:
    """The refund that `refund_now` made under this reference."""
    return records.refund_by_ref(tx, trade, request_ref)


def visible(tx: Tx, id: UUID, party: UUID, scopes: Set[str] = frozenset()) -> Trade:
    """A trade that this caller may see; `NotFound` otherwise.

    Buyer and sellers see their own, a mediator those that came to a dispute, the operator all.
    One that whoever comes may pay is seen by who knows its id: nobody pays what they cannot see.
    """
    trade = get(tx, id)
    if trade is not None and (
        party in trade.parties
        or (trade.buyer is None and trade.state is State.WAIT_BUYER_PAY)
        or "operator" in scopes
        or ("disputes:rule" in scopes and (trade.dispute or records.disputes(tx, id)))
    ):
        return trade
    raise NotFound(noun="trade", id=public("trd", id))


def heard(tx: Tx, id: UUID, caller: Caller) -> Trade:
    """A trade whose evidence this caller may read; `NotFound` otherwise.

    Whoever is ruled on may know what is said: buyer and sellers read all of it, and so does whoever
    may rule. The operator as such does not, nor a cashier, whose device takes no part in disputes,
    nor a mediator with a royalty, who may not rule.
    """
    trade = visible(tx, id, caller.party, caller.scopes)
    rules = "disputes:rule" in caller.scopes and caller.party not in trade.interested
    if rules or _takes_part(trade, caller):
        return trade
    raise NotFound(noun="trade", id=public("trd", id))


def own(tx: Tx, id: UUID, caller: Caller) -> Trade:
    """A trade of this caller's own; `NotFound` otherwise, and for a cashier, as in `heard`."""
    trade = visible(tx, id, caller.party, caller.scopes)
    if _takes_part(trade, caller):
        return trade
    raise NotFound(noun="trade", id=public("trd", id))


def _takes_part(trade: Trade, caller: Caller) -> bool:
    by_hand = caller.session is None or "trades:write" in caller.scopes
    return caller.party in trade.parties and by_hand


def find(tx: Tx, id: UUID, party: UUID, scopes: Set[str] = frozenset()) -> TradeView:
    """`visible`, as a view."""
    return view(visible(tx, id, party, scopes))


def dossier(tx: Tx, id: UUID, party: UUID, scopes: Set[str] = frozenset()) -> Dossier:
    """Refunds, shipments, disputes, evidence and ratings of a trade."""
    visible(tx, id, party, scopes)
    return Dossier(
        refunds=[refund_view(refund) for refund in records.refunds(tx, id)],
        shipments=[
            ShipmentView(
                public("shp", s.id),
                public("par", s.seller),
                list(s.items),
                s.carrier,
                s.tracking_number,
                s.shipped_at,
            )
            for s in records.shipments(tx, id)
        ],
        disputes=[dispute_view(dispute) for dispute in records.disputes(tx, id)],
        evidence=[
            EvidenceView(
                public("evd", e.id),
                public("par", e.party),
                e.content_type,
                e.sha256.hex() if e.sha256 else None,
                e.size_bytes,
                e.added_at,
            )
            for e in records.evidence(tx, id)
        ],
        ratings=[
            RatingView(
                public("par", r.rater), public("par", r.rated), r.stars, r.commented, r.rated_at
            )
            for r in records.ratings(tx, id)
        ],
    )


def timeline(tx: Tx, id: UUID, party: UUID, scopes: Set[str] = frozenset()) -> list[EventView]:
    """What happened to a trade, oldest first, from the journal; at most 1,000 steps."""
    visible(tx, id, party, scopes)
    return [
        EventView(
            at=row.at,
            verb=row.verb,
            actor=None if row.actor is None else public("par", row.actor),
            body=row.body,
        )
        for row in journal.about(tx, id, limit=1_000)
    ]


def view(trade: Trade) -> TradeView:
    """A trade with public ids."""
    return TradeView(
        id=trade.public,
        state=trade.state,
        delivery=trade.delivery,
        title=trade.title,
        category=trade.category,
        channel=trade.channel,
        out_ref=trade.out_ref,
        buyer=None if trade.buyer is None else public("par", trade.buyer),
        sellers=[public("par", seller) for seller in trade.sellers],
        currency=trade.currency,
        lines=[
            LineView(
                seller=public("par", line.seller),
                title=line.title,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                shipped=line.shipped,
                dropped=line.dropped,
                released=line.released,
            )
            for line in trade.lines
        ],
        freight_minor=trade.freight_minor,
        total_minor=trade.total_minor,
        fee_bps=trade.fee_bps,
        paid_minor=trade.paid_minor,
        held_minor=trade.held_minor,
        released_minor=trade.released_minor,
        fee_minor=trade.fee_minor,
        refunded_minor=trade.refunded_minor,
        reclaimed_minor=trade.reclaimed_minor,
        payees=[
            PayeeView(
                party=public("par", share.party),
                seller=public("par", share.seller),
                due_minor=share.due_minor,
                released_minor=share.released_minor,
                fee_minor=share.fee_minor,
                refunded_minor=share.refunded_minor + share.reclaimed_minor,
                left_minor=share.left_minor if trade.paid_minor else 0,
            )
            for share in trade.shares
        ],
        milestones=[MilestoneView(m.title, m.amount_minor, m.state) for m in trade.milestones],
        pay_by=trade.pay_by,
        ship_by=trade.ship_by,
        confirm_by=trade.confirm_by,
        paused_left_seconds=trade.paused_left_seconds,
        extended=trade.extended,
        refund=None if trade.refund is None else refund_view(trade.refund),
        dispute=None if trade.dispute is None else dispute_view(trade.dispute),
        created_at=trade.created_at,
        paid_at=trade.paid_at,
        shipped_at=trade.shipped_at,
        ended_at=trade.ended_at,
    )


def refund_view(refund: Refund) -> RefundView:
    """A refund with public ids."""
    return RefundView(
        id=public("rfd", refund.id),
        seller=public("par", refund.seller),
        amount_minor=refund.amount_minor,
        returns=refund.returns,
        reason=refund.reason,
        state=refund.state,
        respond_by=refund.respond_by,
        opened_at=refund.opened_at,
        ended_at=refund.ended_at,
        request_ref=refund.request_ref,
        carrier=refund.carrier,
        tracking_number=refund.tracking_number,
    )


def dispute_view(dispute: Dispute) -> DisputeView:
    """A dispute with public ids."""
    return DisputeView(
        id=public("dsp", dispute.id),
        opened_by=public("par", dispute.opened_by),
        reason=dispute.reason,
        opened_at=dispute.opened_at,
        evidence_by=dispute.evidence_by,
        buyer_pieces=dispute.buyer_pieces,
        seller_pieces=dispute.seller_pieces,
        ruled_at=dispute.ruled_at,
    )
