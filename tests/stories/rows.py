"""How many rows a query reads, as PostgreSQL counts them: the same on any machine."""

from __future__ import annotations

from collections.abc import Callable

from sycee.runtime.db import Database, Tx


def rows_read(
    database: Database, schema: str, read: Callable[[Tx], object], *, write: bool = False
) -> tuple[int, int]:
    """How many rows a reading took from a schema's tables as a whole, and by an index.

    With `write` in a write's transaction, where plans are pinned.
    """

    def counted(tx: Tx) -> tuple[int, int]:
        row = tx.conn.execute(
            """
            SELECT sum(seq_tup_read)::bigint, sum(coalesce(idx_tup_fetch, 0))::bigint
            FROM pg_stat_user_tables WHERE schemaname = %s
            """,
            (schema,),
        ).fetchone()
        assert row is not None
        return row

    with database.read() as tx:
        before = counted(tx)
    with database.transaction() if write else database.read(timeout_ms=10_000) as tx:
        read(tx)
        tx.conn.execute("SELECT pg_stat_force_next_flush()")
    with database.read() as tx:
        after = counted(tx)
    return after[0] - before[0], after[1] - before[1]


def quiet(database: Database, schema: str) -> None:
    """Wait until nobody else reads: the last words of closed connections come a little later."""
    for _ in range(50):
        if rows_read(database, schema, lambda tx: tx.conn.execute("SELECT 1")) == (0, 0):
            return
    raise AssertionError("somebody else reads")
