"""SQL of shares, claims and wrong passwords: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.runtime import arrays
from sycee.runtime.db import Tx


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


def since(tx: Tx, envelope: UUID, moment: datetime, limit: int) -> list[tuple[UUID, int, datetime]]:
    """Who took how much from an envelope after a moment, and when, the earliest first."""
    rows = tx.conn.execute(
        """
        SELECT party, amount_minor, claimed_at FROM envelopes.claim
        WHERE envelope = %s AND claimed_at > %s ORDER BY claimed_at LIMIT %s
        """,
        (envelope, moment, limit),
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]
