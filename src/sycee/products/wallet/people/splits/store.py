"""SQL of `people.split`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.products.wallet.people.splits.model import Rule, Split, State
from sycee.runtime.db import MAX, Tx

COLUMNS = "id, owner, total_minor, own_minor, currency, rule, memo, state, created_at, ended_at"


def _row(row: Sequence[Any]) -> Split:
    typed: tuple[Any, ...] = (*row[:5], Rule(row[5]), row[6], State(row[7]), *row[8:])
    return Split(*typed)


def insert(tx: Tx, row: Split) -> None:
    """Keep a new split."""
    tx.conn.execute(
        """
        INSERT INTO people.split (id, owner, total_minor, own_minor, currency, rule, memo, state,
            created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            row.id,
            row.owner,
            row.total_minor,
            row.own_minor,
            row.currency,
            str(row.rule),
            row.memo,
            str(row.state),
            row.created_at,
        ),
    )


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Split]:
    """Splits by id, locked in order of id until the end."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.split WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        (sorted(set(ids)),),
    ).fetchall()
    return {row[0]: _row(row) for row in rows}


def read(tx: Tx, id_: UUID) -> Split | None:
    """One split."""
    row = tx.conn.execute(f"SELECT {COLUMNS} FROM people.split WHERE id = %s", (id_,)).fetchone()
    return _row(row) if row else None


def page(tx: Tx, owner: UUID, before: UUID | None, limit: int) -> list[Split]:
    """Someone's splits, newest first."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.split
        WHERE owner = %(owner)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"owner": owner, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def end(tx: Tx, ids: Sequence[UUID], state: State) -> None:
    """Note that splits ended."""
    tx.conn.execute(
        "UPDATE people.split SET state = %s, ended_at = %s WHERE id = ANY(%s)",
        (str(state), tx.now, list(ids)),
    )
