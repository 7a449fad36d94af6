"""SQL of circles that were found: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.products.envelopes.model.circles import Circle
from sycee.runtime.db import MAX, Tx


def insert(tx: Tx, circles: Sequence[Circle]) -> list[UUID]:
    """Keep circles; the ids of those that are new, as the same find of a day is one row."""
    fresh: list[UUID] = []
    for circle in circles:
        kept = tx.conn.execute(
            """
            INSERT INTO envelopes.circle (id, people, currency, round_minor, sent_minor, since_at,
                found_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE
                SET round_minor = excluded.round_minor, sent_minor = excluded.sent_minor
                WHERE circle.round_minor < excluded.round_minor
            RETURNING found_at = %s
            """,
            (
                *(circle.id, list(circle.people), circle.currency, circle.round_minor),
                *(circle.sent_minor, circle.since_at, circle.found_at, circle.found_at),
            ),
        ).fetchone()
        if kept is not None and kept[0]:
            fresh.append(circle.id)
    return fresh


def page(tx: Tx, before: UUID | None, limit: int) -> list[Circle]:
    """Circles, the latest first; `before` is the last one that was seen."""
    rows = tx.conn.execute(
        """
        SELECT id, people, currency, round_minor, sent_minor, since_at, found_at, seen_by, seen_at
        FROM envelopes.circle
        WHERE (found_at, id) < (coalesce((
            SELECT found_at FROM envelopes.circle WHERE id = %(before)s), 'infinity'), %(before)s)
        ORDER BY found_at DESC, id DESC LIMIT %(limit)s
        """,
        {"before": before or MAX, "limit": limit},
    ).fetchall()
    return [Circle(row[0], tuple(row[1]), *row[2:]) for row in rows]


def see(tx: Tx, id_: UUID, by: UUID) -> bool:
    """Note who has looked into a circle; False when there is none of that id."""
    seen = tx.conn.execute(
        """
        UPDATE envelopes.circle SET seen_by = coalesce(seen_by, %s), seen_at = coalesce(seen_at, %s)
        WHERE id = %s
        """,
        (by, tx.now, id_),
    )
    return seen.rowcount == 1
