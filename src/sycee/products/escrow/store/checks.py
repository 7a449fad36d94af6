"""SQL of what the doctor asks of escrow."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sycee.runtime.db import NIL, Tx


def known(tx: Tx, ids: list[UUID]) -> set[UUID]:
    """Those of some ids that are trades."""
    rows = tx.conn.execute("SELECT id FROM escrow.trade WHERE id = ANY(%s)", (ids,))
    return {row[0] for row in rows}


def moved(tx: Tx) -> Iterator[tuple[UUID, int, int, int, int]]:
    """(id, paid, refunded, taken back, charged) of every trade, by id."""
    with tx.conn.cursor(name="moved") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, paid_minor, refunded_minor, reclaimed_minor, fee_minor FROM escrow.trade
            ORDER BY id
            """
        )
        yield from cursor


def homes(tx: Tx) -> list[tuple[UUID, UUID, UUID, str]]:
    """(id, the buyer's account, buyer, currency) of the trades that hold money."""
    return tx.conn.execute(
        "SELECT id, buyer_account, buyer, currency FROM escrow.trade WHERE held_minor > 0"
    ).fetchall()


def pots(tx: Tx, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
    """(id, currency, what it holds) of every trade, by id."""
    return tx.conn.execute(
        """
        SELECT id, currency, held_minor FROM escrow.trade
        WHERE id > %s ORDER BY id LIMIT %s
        """,
        (after or NIL, limit),
    ).fetchall()
