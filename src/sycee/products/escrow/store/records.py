"""What hangs on a trade: refunds, shipments, disputes, evidence, ratings, splits; and terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import Dispute, Refund
from sycee.products.escrow.store.trades import refund_of
from sycee.runtime.db import Place, Tx


class Category(NamedTuple):
    """What a category of goods is traded under."""

    terms: Terms
    fee_bps: int


class Shipment(msgspec.Struct, frozen=True):
    """One parcel: `items` are (line's index, quantity); none meant all that was left."""

    id: UUID
    seller: UUID
    items: tuple[tuple[int, int], ...]
    carrier: str | None
    tracking_number: str | None
    shipped_at: datetime


class Evidence(msgspec.Struct, frozen=True):
    """A piece of evidence without its content: a sealed text, or a file by its SHA-256."""

    id: UUID
    dispute: UUID
    party: UUID
    content_type: str | None
    sha256: bytes | None
    size_bytes: int | None
    added_at: datetime


class Rating(msgspec.Struct, frozen=True):
    """Stars from one party to another; `commented` when there is a sealed comment."""

    rater: UUID
    rated: UUID
    stars: int
    commented: bool
    rated_at: datetime


def save_refund(tx: Tx, trade: UUID, refund: Refund) -> None:
    """Write a refund, new or changed."""
    tx.conn.execute(
        """
        INSERT INTO escrow.refund (
            trade, id, seller, amount_minor, returns, reason, state, respond_by, opened_at,
            ended_at, request_ref, carrier, tracking_number
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (trade, id) DO UPDATE SET
            amount_minor = EXCLUDED.amount_minor, returns = EXCLUDED.returns,
            reason = EXCLUDED.reason, state = EXCLUDED.state, respond_by = EXCLUDED.respond_by,
            ended_at = EXCLUDED.ended_at, carrier = EXCLUDED.carrier,
            tracking_number = EXCLUDED.tracking_number
        """,
        (
            *(trade, refund.id, refund.seller, refund.amount_minor, refund.returns),
            *(refund.reason, refund.state, refund.respond_by, refund.opened_at, refund.ended_at),
            *(refund.request_ref, refund.carrier, refund.tracking_number),
        ),
    )


def refund_by_ref(tx: Tx, trade: UUID, request_ref: str) -> Refund | None:
    """The refund of a trade that was made under this request reference."""
    row = tx.conn.execute(
        """
        SELECT trade, id, seller, amount_minor, returns, reason, state, respond_by, opened_at,
               ended_at, request_ref, carrier, tracking_number
        FROM escrow.refund WHERE trade = %s AND request_ref = %s
        """,
        (trade, request_ref),
    ).fetchone()
    return None if row is None else refund_of(row)


def refunds(tx: Tx, trade: UUID) -> list[Refund]:
    """All refunds of a trade, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT trade, id, seller, amount_minor, returns, reason, state, respond_by, opened_at,
               ended_at, request_ref, carrier, tracking_number
        FROM escrow.refund WHERE trade = %s ORDER BY opened_at, id
        """,
        (trade,),
    ).fetchall()
    return [refund_of(row) for row in rows]


def due_refunds(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Trades whose open refund waits for a word that is overdue, by that time and id."""
    return tx.conn.execute(
        """
        SELECT respond_by, trade FROM escrow.refund
        WHERE respond_by <= %s AND (respond_by, trade) > (%s, %s)
        ORDER BY respond_by, trade LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def save_dispute(tx: Tx, trade: UUID, dispute: Dispute) -> None:
    """Write a dispute, new or changed."""
    tx.conn.execute(
        """
        INSERT INTO escrow.dispute (
            trade, id, opened_by, reason, opened_at, evidence_by, buyer_pieces, seller_pieces,
            ruled_at, ruled_by
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (trade, id) DO UPDATE SET
            buyer_pieces = EXCLUDED.buyer_pieces, seller_pieces = EXCLUDED.seller_pieces,
            ruled_at = EXCLUDED.ruled_at, ruled_by = EXCLUDED.ruled_by
        """,
        (trade, *msgspec.structs.astuple(dispute)),
    )


def disputes(tx: Tx, trade: UUID) -> list[Dispute]:
    """All disputes of a trade, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, opened_by, reason, opened_at, evidence_by, buyer_pieces, seller_pieces,
               ruled_at, ruled_by
        FROM escrow.dispute WHERE trade = %s ORDER BY opened_at, id
        """,
        (trade,),
    ).fetchall()
    return [Dispute(*row) for row in rows]


def insert_evidence(tx: Tx, trade: UUID, piece: Evidence, sealed: bytes) -> None:
    """Keep a sealed text or a sealed file."""
    text, file = (sealed, None) if piece.content_type is None else (None, sealed)
    tx.conn.execute(
        """
        INSERT INTO escrow.evidence (
            trade, id, dispute, party, sealed, content_type, sha256, content, size_bytes, added_at
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(trade, piece.id, piece.dispute, piece.party, text, piece.content_type),
            *(piece.sha256, file, piece.size_bytes, piece.added_at),
        ),
    )


def evidence(tx: Tx, trade: UUID) -> list[Evidence]:
    """What was put in, without the contents; oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, dispute, party, content_type, sha256,
               coalesce(size_bytes, octet_length(content)), added_at
        FROM escrow.evidence WHERE trade = %s ORDER BY added_at, id
        """,
        (trade,),
    ).fetchall()
    return [Evidence(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece of evidence as it is kept: sealed, unless it is a `bare` file."""

    party: UUID
    content_type: str | None
    sealed: bytes
    bare: bool


def evidence_content(tx: Tx, trade: UUID, id: UUID) -> Kept | None:
    """One piece of evidence with its content."""
    row = tx.conn.execute(
        """
        SELECT party, content_type, coalesce(sealed, content),
               content IS NOT NULL AND size_bytes IS NULL
        FROM escrow.evidence WHERE trade = %s AND id = %s
        """,
        (trade, id),
    ).fetchone()
    return None if row is None else Kept(row[0], row[1], bytes(row[2]), row[3])


def insert_shipment(tx: Tx, trade: UUID, shipment: Shipment) -> None:
    """Keep a parcel and its tracking number."""
    tx.conn.execute(
        """
        INSERT INTO escrow.shipment (
            trade, id, seller, items, carrier, tracking_number, shipped_at
        ) VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(trade, shipment.id, shipment.seller, Jsonb(shipment.items), shipment.carrier),
            *(shipment.tracking_number, shipment.shipped_at),
        ),
    )


def shipments(tx: Tx, trade: UUID) -> list[Shipment]:
    """The parcels of a trade, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, seller, items, carrier, tracking_number, shipped_at
        FROM escrow.shipment WHERE trade = %s ORDER BY shipped_at, id
        """,
        (trade,),
    ).fetchall()
    return [Shipment(r[0], r[1], tuple((i, q) for i, q in r[2]), *r[3:]) for r in rows]


def insert_rating(
    tx: Tx, trade: UUID, rater: UUID, rated: UUID, stars: int, sealed: bytes | None, at: datetime
) -> None:
    """Keep a rating; its comment is sealed with the rater's key."""
    tx.conn.execute(
        """
        INSERT INTO escrow.rating (trade, rater, rated, stars, sealed, rated_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (trade, rater, rated, stars, sealed, at),
    )


def ratings(tx: Tx, trade: UUID) -> list[Rating]:
    """The ratings of a trade, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT rater, rated, stars, sealed IS NOT NULL, rated_at
        FROM escrow.rating WHERE trade = %s ORDER BY rated_at, rater
        """,
        (trade,),
    ).fetchall()
    return [Rating(*row) for row in rows]


def rating_comment(tx: Tx, trade: UUID, rater: UUID, rated: UUID) -> bytes | None:
    """What was written with a rating, sealed with the rater's key."""
    row = tx.conn.execute(
        """
        SELECT sealed FROM escrow.rating
        WHERE trade = %s AND rater = %s AND rated = %s AND sealed IS NOT NULL
        """,
        (trade, rater, rated),
    ).fetchone()
    return None if row is None else bytes(row[0])


def split_by_ref(
    tx: Tx, trade: UUID, request_ref: str
) -> tuple[UUID, tuple[tuple[UUID, int], ...]] | None:
    """(seller, payees) of the split made under this reference."""
    row = tx.conn.execute(
        "SELECT seller, payees FROM escrow.split WHERE trade = %s AND request_ref = %s",
        (trade, request_ref),
    ).fetchone()
    if row is None:
        return None
    return row[0], tuple((UUID(party), amount) for party, amount in row[1])


def insert_split(
    tx: Tx,
    trade: UUID,
    request_ref: str,
    seller: UUID,
    payees: Sequence[tuple[UUID, int]],
    at: datetime,
) -> None:
    """Keep a split under its reference."""
    tx.conn.execute(
        """
        INSERT INTO escrow.split (trade, request_ref, seller, payees, amount_minor, made_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (
            *(trade, request_ref, seller),
            Jsonb([[str(party), amount] for party, amount in payees]),
            *(sum(amount for _, amount in payees), at),
        ),
    )


def category(tx: Tx, name: str) -> Category | None:
    """The configured terms of a category, if any."""
    row = tx.conn.execute(
        "SELECT terms, fee_bps FROM escrow.terms WHERE category = %s", (name,)
    ).fetchone()
    return None if row is None else Category(msgspec.convert(row[0], Terms), row[1])


def categories(tx: Tx) -> dict[str, Category]:
    """The configured categories by name; there are as many as the operator has made."""
    rows = tx.conn.execute(
        "SELECT category, terms, fee_bps FROM escrow.terms ORDER BY category LIMIT 1000"
    ).fetchall()
    return {name: Category(msgspec.convert(terms, Terms), bps) for name, terms, bps in rows}


def save_category(tx: Tx, name: str, terms: Terms, fee_bps: int, at: datetime) -> None:
    """Configure a category; trades that exist keep what they were made under."""
    tx.conn.execute(
        """
        INSERT INTO escrow.terms (category, fee_bps, terms, changed_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (category) DO UPDATE SET
            fee_bps = EXCLUDED.fee_bps, terms = EXCLUDED.terms, changed_at = EXCLUDED.changed_at
        """,
        (name, fee_bps, Jsonb(msgspec.to_builtins(terms)), at),
    )
