"""SQL of the lists over all trades: the operator's and the mediator's."""

from __future__ import annotations

from uuid import UUID

from sycee.runtime.db import Tx


def all_ids(tx: Tx, state: str | None, before: UUID | None, limit: int) -> list[UUID]:
    """Ids of all trades, or of those in a state, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM escrow.trade
        WHERE (%s::text IS NULL OR state = %s) AND (%s::uuid IS NULL OR id < %s)
        ORDER BY id DESC LIMIT %s
        """,
        (state, state, before, before, limit),
    ).fetchall()
    return [row[0] for row in rows]


def disputed(tx: Tx, before: UUID | None, limit: int) -> list[UUID]:
    """Ids of the trades with an open dispute, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM escrow.trade
        WHERE dispute IS NOT NULL AND (%s::uuid IS NULL OR id < %s)
        ORDER BY id DESC LIMIT %s
        """,
        (before, before, limit),
    ).fetchall()
    return [row[0] for row in rows]
