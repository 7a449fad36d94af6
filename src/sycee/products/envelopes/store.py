"""SQL of `envelopes.*`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.products.envelopes.model.envelope import Bounds, Envelope, State
from sycee.products.envelopes.model.shares import Kind
from sycee.runtime import arrays
from sycee.runtime.db import Tx


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
            refunded_minor, returned, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0, '{}', %s, %s)
        """,
        (
            *(envelope.id, envelope.sender, envelope.account, envelope.kind, envelope.currency),
            *(envelope.amount_minor, envelope.count, envelope.cover, envelope.password),
            *(envelope.salt, list(envelope.named), envelope.commitment, envelope.seed),
            *(envelope.state, envelope.created_at, envelope.expires_at),
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
        "INSERT INTO envelopes.role (party, envelope, side) VALUES (%s, %s, 'sender')",
        (envelope.sender, envelope.id),
    )


def linked(tx: Tx, digests: Sequence[bytes]) -> dict[bytes, UUID]:
    """The envelopes of links, by the digests of their tokens."""
    rows = tx.conn.execute(
        "SELECT digest, envelope FROM envelopes.link WHERE digest = ANY (%s)",
        (arrays.blobs(digests),),
    ).fetchall()
    return {bytes(row[0]): row[1] for row in rows}


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Envelope]:
    """Envelopes, locked in order of id until the transaction ends."""
    rows = tx.conn.execute(
        """
        UPDATE envelopes.envelope AS e SET state = e.state
        FROM unnest(%s) AS k (id) WHERE e.id = k.id
        RETURNING e.id, e.sender, e.account, e.kind, e.currency, e.amount_minor, e.shares, e.cover,
            e.password, e.salt, e.named, e.commitment, e.seed, e.state, e.taken, e.claimed,
            e.claimed_minor, e.refunded_minor, e.returned, e.created_at, e.expires_at, e.ended_at
        """,
        (arrays.uuids([id_.bytes for id_ in sorted(ids)]),),
    ).fetchall()
    return {row[0]: _envelope(row) for row in rows}


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Envelope]:
    """Envelopes as they stand; unknown ids are left out."""
    rows = tx.conn.execute(
        """
        SELECT id, sender, account, kind, currency, amount_minor, shares, cover, password, salt,
            named, commitment, seed, state, taken, claimed, claimed_minor, refunded_minor, returned,
            created_at, expires_at, ended_at
        FROM envelopes.envelope WHERE id = ANY (%s)
        """,
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


def amounts(tx: Tx, places: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], int]:
    """What lies in shares, by envelope and place."""
    rows = tx.conn.execute(
        """
        SELECT s.envelope, s.place, s.amount_minor
        FROM unnest(%s, %s) AS k (envelope, place)
        JOIN envelopes.share AS s ON s.envelope = k.envelope AND s.place = k.place
        """,
        (
            arrays.uuids([envelope.bytes for envelope, _ in places]),
            arrays.bigints([place for _, place in places]),
        ),
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def claims(tx: Tx, asked: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], tuple[Any, ...]]:
    """What parties have taken from envelopes: place, amount, transfer, when."""
    rows = tx.conn.execute(
        """
        SELECT c.envelope, c.party, c.place, c.amount_minor, c.transfer, c.claimed_at
        FROM unnest(%s, %s) AS k (envelope, party)
        JOIN envelopes.claim AS c ON c.envelope = k.envelope AND c.party = k.party
        """,
        (
            arrays.uuids([envelope.bytes for envelope, _ in asked]),
            arrays.uuids([party.bytes for _, party in asked]),
        ),
    ).fetchall()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def claimed(tx: Tx, envelope: UUID) -> list[tuple[UUID, int, int, datetime]]:
    """Everyone who has taken from an envelope: party, place, amount, when; in order of place."""
    rows = tx.conn.execute(
        """
        SELECT party, place, amount_minor, claimed_at FROM envelopes.claim
        WHERE envelope = %s ORDER BY claimed_at, place
        """,
        (envelope,),
    ).fetchall()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def insert_claims(tx: Tx, taken: Sequence[tuple[UUID, UUID, int, int, UUID, datetime]]) -> None:
    """Write claims (envelope, party, place, amount, transfer, when) and the takers' roles."""
    columns = list(zip(*taken, strict=True))
    envelopes = arrays.uuids([each.bytes for each in columns[0]])
    parties = arrays.uuids([each.bytes for each in columns[1]])
    tx.conn.execute(
        """
        INSERT INTO envelopes.claim (envelope, party, place, amount_minor, transfer, claimed_at)
        SELECT * FROM unnest(%s, %s, %s, %s, %s, %s)
        """,
        (
            envelopes,
            parties,
            arrays.bigints(columns[2]),
            arrays.bigints(columns[3]),
            arrays.uuids([each.bytes for each in columns[4]]),
            arrays.times(columns[5]),
        ),
    )
    tx.conn.execute(
        """
        INSERT INTO envelopes.role (party, envelope, side)
        SELECT party, envelope, 'taker' FROM unnest(%s, %s) AS t (party, envelope)
        """,
        (parties, envelopes),
    )


def tries(tx: Tx, asked: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """How many wrong passwords parties have said to envelopes."""
    rows = tx.conn.execute(
        """
        SELECT a.envelope, a.party, a.tries FROM unnest(%s, %s) AS k (envelope, party)
        JOIN envelopes.attempt AS a ON a.envelope = k.envelope AND a.party = k.party
        """,
        (
            arrays.uuids([envelope.bytes for envelope, _ in asked]),
            arrays.uuids([party.bytes for _, party in asked]),
        ),
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def add_tries(tx: Tx, wrong: dict[tuple[UUID, UUID], int]) -> None:
    """Count wrong passwords; the envelopes' rows are locked."""
    tx.conn.cursor().executemany(
        """
        INSERT INTO envelopes.attempt AS a (envelope, party, tries) VALUES (%s, %s, %s)
        ON CONFLICT (envelope, party) DO UPDATE SET tries = a.tries + excluded.tries
        """,
        [(envelope, party, count) for (envelope, party), count in sorted(wrong.items())],
    )


def due(tx: Tx, limit: int) -> list[UUID]:
    """Open envelopes whose time is over."""
    rows = tx.conn.execute(
        """
        SELECT id FROM envelopes.envelope WHERE state = 'open' AND expires_at <= %s
        ORDER BY expires_at LIMIT %s
        """,
        (tx.now, limit),
    ).fetchall()
    return [row[0] for row in rows]


def emptied_since(
    tx: Tx, moment: datetime, after: UUID, limit: int
) -> list[tuple[bytes, UUID, datetime]]:
    """Links of envelopes that were emptied after a moment and id: digest, envelope, when."""
    rows = tx.conn.execute(
        """
        SELECT l.digest, e.id, e.ended_at FROM envelopes.envelope AS e
        JOIN envelopes.link AS l ON l.envelope = e.id
        WHERE (e.ended_at, e.id) > (%s, %s) AND e.state = 'empty'
        ORDER BY e.ended_at, e.id LIMIT %s
        """,
        (moment, after, limit),
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
        WHERE party = %s AND side = %s AND (%s::uuid IS NULL OR envelope < %s)
        ORDER BY envelope DESC LIMIT %s
        """,
        (party, side, before, before, limit),
    ).fetchall()
    return [row[0] for row in rows]


def pots(tx: Tx, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
    """Envelopes in order of id: id, currency, and what is left in each by its own row."""
    rows = tx.conn.execute(
        """
        SELECT id, currency, amount_minor - claimed_minor - refunded_minor
        FROM envelopes.envelope WHERE %s::uuid IS NULL OR id > %s ORDER BY id LIMIT %s
        """,
        (after, after, limit),
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def uneven(tx: Tx, limit: int) -> list[tuple[UUID, int, int]]:
    """Envelopes whose shares or claims do not sum to what the envelope says."""
    rows = tx.conn.execute(
        """
        SELECT e.id, e.amount_minor + e.claimed_minor, s.total + coalesce(c.total, 0)
        FROM envelopes.envelope AS e
        JOIN LATERAL (SELECT sum(amount_minor)::bigint AS total FROM envelopes.share
                      WHERE envelope = e.id) AS s ON true
        LEFT JOIN LATERAL (SELECT sum(amount_minor)::bigint AS total FROM envelopes.claim
                           WHERE envelope = e.id) AS c ON true
        WHERE s.total <> e.amount_minor OR coalesce(c.total, 0) <> e.claimed_minor LIMIT %s
        """,
        (limit,),
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


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
