"""When they quarrel: a dispute, evidence from both sides, and a ruling that empties the pot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.kit.money import MAX_MINOR
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.payment import check_text
from sycee.products.escrow.model.refunds import REASON_MAX
from sycee.products.escrow.model.terms import seconds
from sycee.products.escrow.model.trade import (
    HELD,
    Actor,
    Decision,
    Dispute,
    Event,
    RefundState,
    Side,
    Trade,
    after,
    ended_events,
    need_peace,
    need_side,
    need_state,
    pause,
)

PIECES_MAX = 10
TEXT_MAX = 4_000
FILE_MAX_BYTES = 5 * 1024 * 1024
FILE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain"})


def open_dispute(
    trade: Trade, by: Actor, now: datetime, *, dispute: UUID, reason: str = "other"
) -> Decision:
    """Either side calls the mediator while money is held; every clock of the trade stands still."""
    need_side(trade, by, "open-dispute", Side.BUYER, Side.SELLER)
    need_state(trade, "open-dispute", *HELD)
    need_peace(trade)
    check_text(reason, "reason", REASON_MAX)
    assert by.party is not None
    opened = Dispute(
        id=dispute,
        opened_by=by.party,
        reason=reason,
        opened_at=now,
        evidence_by=now + seconds(trade.terms.evidence_seconds),
    )
    refund = None if trade.refund is None else replace(trade.refund, respond_by=None)
    quarrel = replace(pause(trade, now), dispute=opened, refund=refund)
    event = Event("dispute.opened", dispute, {"held_minor": trade.held_minor})
    return Decision(quarrel, (), (event,), refund=refund, dispute=opened)


def add_evidence(trade: Trade, by: Actor, now: datetime, *, piece: UUID) -> Decision:
    """A text or a file for the mediator; at most ten of each side, by `evidence_by`."""
    side = need_side(trade, by, "add-evidence", Side.BUYER, Side.SELLER)
    dispute = trade.dispute
    if dispute is None:
        raise refusals.DisputeMissing(trade=trade.public)
    if now > dispute.evidence_by:
        raise refusals.DeadlinePassed(trade=trade.public, deadline="evidence_by")
    count = dispute.buyer_pieces if side is Side.BUYER else dispute.seller_pieces
    if count >= PIECES_MAX:
        raise refusals.EvidenceFull(trade=trade.public, limit=PIECES_MAX)
    if side is Side.BUYER:
        dispute = replace(dispute, buyer_pieces=count + 1)
    else:
        dispute = replace(dispute, seller_pieces=count + 1)
    event = Event("dispute.evidence-added", dispute.id, {"evidence": piece, "side": side.value})
    return Decision(replace(trade, dispute=dispute), (), (event,), dispute=dispute)


def check_evidence(text: str | None, content_type: str | None, content: bytes | None) -> None:
    """Raise `Invalid` unless it is a text, or a file of an allowed type, within its size."""
    if (text is None) == (content is None):
        raise Invalid(field="evidence", rule="must be either a text or a file")
    if text is not None:
        check_text(text, "text", TEXT_MAX)
        return
    if content_type not in FILE_TYPES:
        raise Invalid(field="content_type", rule=f"must be one of {', '.join(sorted(FILE_TYPES))}")
    if content is None or not 1 <= len(content) <= FILE_MAX_BYTES:
        raise Invalid(field="content", rule=f"must have from 1 to {FILE_MAX_BYTES} bytes")


def rule(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    to_buyer_minor: int,
    to_payees: Sequence[tuple[UUID, int]],
    fee_minor: int = 0,
) -> Decision:
    """The mediator gives all that is held to buyer, payees and platform; the trade ends.

    Nobody does so who is one of them, by a royalty alone either.
    """
    if by.mediator and by.party in trade.interested:
        raise refusals.MediatorIsParty(trade=trade.public)
    need_side(trade, by, "rule", Side.MEDIATOR)
    need_state(trade, "rule", *HELD)
    dispute = trade.dispute
    if dispute is None:
        raise refusals.DisputeMissing(trade=trade.public)
    amounts = [to_buyer_minor, fee_minor, *(amount for _, amount in to_payees)]
    if not all(0 <= amount <= MAX_MINOR for amount in amounts):
        raise Invalid(field="amount_minor", rule="must be a whole number from 0 to 2^53")
    dispute = replace(dispute, ruled_at=now, ruled_by=by.party)
    refund = trade.refund
    if refund is not None:
        state = RefundState.SUCCESS if to_buyer_minor else RefundState.CLOSED
        refund = replace(
            refund, state=state, amount_minor=to_buyer_minor or refund.amount_minor, ended_at=now
        )
    ended, moves = parts.rule(trade, to_buyer_minor, to_payees, fee_minor)
    ended = after(replace(ended, dispute=None, refund=None), now)
    body = {
        "to_buyer_minor": to_buyer_minor,
        "to_payees_minor": sum(amount for _, amount in to_payees),
        "fee_minor": fee_minor,
    }
    events = (Event("dispute.ruled", dispute.id, body), *ended_events(trade, ended))
    return Decision(ended, moves, events, refund=refund, dispute=dispute)
