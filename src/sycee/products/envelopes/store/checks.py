"""SQL of what the doctor asks of envelopes."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sycee.runtime.db import NIL, Tx


def pots(tx: Tx, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
    """Envelopes in order of id: id, currency, and what is left in each by its own row."""
    rows = tx.conn.execute(
        """
        SELECT id, currency, amount_minor - claimed_minor - refunded_minor
        FROM envelopes.envelope WHERE id > %s ORDER BY id LIMIT %s
        """,
        (after or NIL, limit),
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def moved(tx: Tx) -> Iterator[tuple[UUID, int, int, int]]:
    """Every envelope in order of id: id, amount, what was claimed, and what went back."""
    with tx.conn.cursor(name="moved") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, amount_minor, claimed_minor, refunded_minor FROM envelopes.envelope
            ORDER BY id
            """
        )
        yield from cursor


def homes(tx: Tx) -> list[tuple[UUID, UUID, UUID, str]]:
    """(id, the sender's account, sender, currency) of the open envelopes."""
    return tx.conn.execute(
        "SELECT id, account, sender, currency FROM envelopes.envelope WHERE state = 'open'"
    ).fetchall()


def known(tx: Tx, ids: list[UUID]) -> set[UUID]:
    """Those of some ids that are envelopes."""
    rows = tx.conn.execute("SELECT id FROM envelopes.envelope WHERE id = ANY(%s)", (ids,))
    return {row[0] for row in rows}


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
