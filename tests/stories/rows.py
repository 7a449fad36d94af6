"""Many rows of the past, and how many of them a query reads: the same on any machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import LiteralString

from sycee.runtime.db import Database, Tx

MANY = 20_000
"""Rows of the past: enough that reading them all is no planner's choice."""


def fill(url: str, *statements: tuple[LiteralString, Sequence[object] | dict[str, object]]) -> None:
    """Run statements, by a connection that is closed: an open one may count later what it read."""
    database = Database(url, size=1)
    try:
        with database.transaction(timeout_ms=60_000) as tx:
            for statement, given in statements:
                tx.conn.execute(statement, given)
        with database.connection() as conn:
            conn.execute("ANALYZE")
    finally:
        database.close()


def _counted(database: Database, schema: str) -> tuple[int, int]:
    with database.read() as tx:
        row = tx.conn.execute(
            """
            SELECT sum(seq_tup_read)::bigint, sum(coalesce(idx_tup_fetch, 0))::bigint
            FROM pg_stat_user_tables WHERE schemaname = %s
            """,
            (schema,),
        ).fetchone()
    assert row is not None
    return row


def rows_read(
    database: Database, schema: str, read: Callable[[Tx], object], *, write: bool = False
) -> tuple[int, int]:
    """How many rows a reading took from a schema's tables as a whole, and by an index.

    With `write` in a write's transaction, where plans are pinned.
    """
    before = _counted(database, schema)
    with database.transaction() if write else database.read(timeout_ms=10_000) as tx:
        read(tx)
        tx.conn.execute("SELECT pg_stat_force_next_flush()")
    after = _counted(database, schema)
    return after[0] - before[0], after[1] - before[1]


def rows_taken(database: Database, schema: str, work: Callable[[], object]) -> int:
    """How many rows some work took, in transactions of its own; `database` has one connection."""
    before = _counted(database, schema)
    work()
    with database.connection() as conn:
        conn.execute("SELECT pg_stat_force_next_flush()")
    return sum(_counted(database, schema)) - sum(before)


def quiet(database: Database, schema: str) -> None:
    """Wait until nobody else reads: the last words of closed connections come a little later."""
    for _ in range(50):
        if rows_read(database, schema, lambda tx: tx.conn.execute("SELECT 1")) == (0, 0):
            return
    raise AssertionError("somebody else reads")
