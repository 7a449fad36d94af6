"""SQL of envelopes, their links and roles: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.products.envelopes.model.envelope import Bounds, Envelope, State
from sycee.products.envelopes.model.shares import Kind
from sycee.runtime import arrays
from sycee.runtime.db import MAX, Place, Tx

COLUMNS = """e.id, e.sender, e.account, e.kind, e.currency, e.amount_minor, e.shares, e.cover,
    e.password, e.salt, e.named, e.commitment, e.seed, e.state, e.taken, e.claimed,
    e.claimed_minor, e.refunded_minor, e.returned, e.created_at, e.expires_at, e.ended_at,
    e.crew, e.newcomers, e.greeting, e.wrong"""


def bounds(tx: Tx) -> Bounds:
    """How large an envelope may be here."""
    row = tx.conn.execute(
        "SELECT shares_max, share_max_minor FROM envelopes.bounds WHERE name = 'here'"
    ).fetchone()
    assert row is not None, "the migration made it"
    return Bounds(*row)


def set_bounds(tx: Tx, found: Bounds) -> None:
    """Change how large an envelope may be from now on."""
    tx.conn.execute(
        "UPDATE envelopes.bounds SET shares_max = %s, share_max_minor = %s WHERE name = 'here'",
        (found.count_max, found.share_max_minor),
    )


def insert(tx: Tx, envelope: Envelope, link: bytes, shares: Sequence[int]) -> None:
    """Write a new envelope, its link's digest, its shares and its sender's role."""
    tx.conn.execute(
        """
        INSERT INTO envelopes.envelope (id, sender, account, kind, currency, amount_minor, shares,
            cover, password, salt, named, commitment, seed, state, taken, claimed, claimed_minor,
            refunded_minor, returned, created_at, expires_at, crew, newcomers, greeting)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0, '{}', %s, %s,
            %s, %s, %s)
        """,
        (
            *(envelope.id, envelope.sender, envelope.account, envelope.kind, envelope.currency),
            *(envelope.amount_minor, envelope.count, envelope.cover, envelope.password),
            *(envelope.salt, list(envelope.named), envelope.commitment, envelope.seed),
            *(envelope.state, envelope.created_at, envelope.expires_at),
            *(envelope.crew, envelope.newcomers, envelope.greeting),
        ),
    )
    tx.conn.execute(
        "INSERT INTO envelopes.link (digest, envelope) VALUES (%s, %s)", (link, envelope.id)
    )
    tx.conn.execute(
        """
        INSERT INTO envelopes.share (envelope, place, amount_minor)
        SELECT %s, s.place - 1, s.minor FROM unnest(%s) WITH ORDINALITY AS s (minor, place)
        """,
        (envelope.id, arrays.bigints(shares)),
    )
    tx.conn.execute(
        """
        INSERT INTO envelopes.role (party, envelope, side)
        VALUES (%(sender)s, %(id)s, 'sender')
        """,
        {"sender": envelope.sender, "id": envelope.id},
    )
    if envelope.named:
        tx.conn.execute(
            """
            INSERT INTO envelopes.role (party, envelope, side)
            SELECT party, %s, 'named' FROM unnest(%s::uuid[]) AS n (party)
            """,
            (envelope.id, list(envelope.named)),
        )


def linked(tx: Tx, digests: Sequence[bytes]) -> dict[bytes, tuple[UUID, UUID | None]]:
    """The envelopes of links by the digests of their tokens, and whose link it is, if one's own."""
    rows = tx.conn.execute(
        "SELECT digest, envelope, party FROM envelopes.link WHERE digest = ANY (%s)",
        (arrays.blobs(digests),),
    ).fetchall()
    return {bytes(row[0]): (row[1], row[2]) for row in rows}


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Envelope]:
    """Envelopes, locked in order of id until the transaction ends."""
    rows = tx.conn.execute(
        f"""
        UPDATE envelopes.envelope AS e SET state = e.state
        FROM unnest(%s) AS k (id) WHERE e.id = k.id
        RETURNING {COLUMNS}
        """,
        (arrays.uuids([id_.bytes for id_ in sorted(ids)]),),
    ).fetchall()
    return {row[0]: _envelope(row) for row in rows}


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Envelope]:
    """Envelopes as they stand; unknown ids are left out."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM envelopes.envelope AS e WHERE e.id = ANY (%s)",
        (list(ids),),
    ).fetchall()
    return {row[0]: _envelope(row) for row in rows}


def save(tx: Tx, envelopes: Sequence[Envelope]) -> None:
    """Write how envelopes stand after a batch; their rows are locked."""
    tx.conn.cursor().executemany(
        """
        UPDATE envelopes.envelope SET state = %s, taken = %s, claimed = %s, claimed_minor = %s,
            refunded_minor = %s, returned = %s, ended_at = %s
        WHERE id = %s
        """,
        [
            (
                *(each.state, each.taken, each.claimed, each.claimed_minor, each.refunded_minor),
                *(list(each.returned), each.ended_at, each.id),
            )
            for each in envelopes
        ],
    )


def add_wrong(tx: Tx, counts: dict[UUID, int]) -> None:
    """Count wrong passwords that envelopes heard from anyone; their rows are locked."""
    tx.conn.cursor().executemany(
        "UPDATE envelopes.envelope SET wrong = wrong + %s WHERE id = %s",
        [(count, id_) for id_, count in sorted(counts.items())],
    )


def link(tx: Tx, digest: bytes, envelope: UUID, party: UUID) -> None:
    """Keep a link that is one person's own."""
    tx.conn.execute(
        "INSERT INTO envelopes.link (digest, envelope, party) VALUES (%s, %s, %s)",
        (digest, envelope, party),
    )


def due(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Open envelopes whose time is over."""
    return tx.conn.execute(
        """
        SELECT expires_at, id FROM envelopes.envelope
        WHERE state = 'open' AND expires_at <= %s AND (expires_at, id) > (%s, %s)
        ORDER BY expires_at, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def emptied_since(
    tx: Tx, moment: datetime, after: UUID, limit: int
) -> list[tuple[bytes, UUID, datetime]]:
    """Links of envelopes that were emptied after a moment and id: digest, envelope, when."""
    rows = tx.conn.execute(
        """
        SELECT l.digest, e.id, e.ended_at FROM envelopes.envelope AS e
        JOIN envelopes.link AS l ON l.envelope = e.id
        WHERE e.ended_at >= %s AND (e.ended_at, e.id) > (%s, %s) AND e.state = 'empty'
        ORDER BY e.ended_at, e.id LIMIT %s
        """,
        (moment, moment, after, limit),
    ).fetchall()
    return [(bytes(row[0]), row[1], row[2]) for row in rows]


def open_of(tx: Tx, sender: UUID, limit: int = 50) -> list[UUID]:
    """A sender's envelopes that still hold money, newest first."""
    rows = tx.conn.execute(
        """
        SELECT e.id FROM envelopes.role AS r JOIN envelopes.envelope AS e ON e.id = r.envelope
        WHERE r.party = %s AND r.side = 'sender' AND e.state = 'open'
        ORDER BY e.id DESC LIMIT %s
        """,
        (sender, limit),
    ).fetchall()
    return [row[0] for row in rows]


def of_party(tx: Tx, party: UUID, side: str, before: UUID | None, limit: int) -> list[UUID]:
    """Envelopes that a party sent or took from, newest first."""
    rows = tx.conn.execute(
        """
        SELECT envelope FROM envelopes.role
        WHERE party = %s AND side = %s AND envelope < %s
        ORDER BY envelope DESC LIMIT %s
        """,
        (party, side, before or MAX, limit),
    ).fetchall()
    return [row[0] for row in rows]


def _envelope(row: Sequence[Any]) -> Envelope:
    typed: tuple[Any, ...] = (
        *row[:3],
        Kind(row[3]),
        *row[4:8],
        None if row[8] is None else bytes(row[8]),
        bytes(row[9]),
        tuple(row[10]),
        bytes(row[11]),
        bytes(row[12]),
        State(row[13]),
        *row[14:18],
        tuple(row[18]),
        *row[19:],
    )
    return Envelope(*typed)
