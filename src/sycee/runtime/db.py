"""PostgreSQL: a pool of connections, and the transaction that everything else receives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString, cast
from uuid import UUID

import psycopg
from psycopg import InterfaceError, OperationalError, errors
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from sycee.kit.clock import Clock, SystemClock, micros
from sycee.kit.ids import uuid7
from sycee.runtime.pipeline import Connection, Pipeline

# libpq names this zone to the server as it connects: moments are read in UTC, and so shown and cut
# to days, whatever zone a PostgreSQL that is not ours was given.
os.environ["PGTZ"] = "UTC"

Place = tuple[datetime, UUID]
"""A deadline and whose it is: where one stands in a list of rows by deadline and id."""

NIL, MAX = UUID(int=0), UUID(int=2**128 - 1)
"""Before and behind every id (RFC 9562 §5.9, §5.10): where a list begins that has no cursor yet.

Never `%s IS NULL OR id < %s`: once a statement is prepared, its plan may not know which of both it
is, and then reads the list from its beginning for each page.
"""

STATEMENT_TIMEOUT_MS = 500
"""No statement of a write may run longer, so that nobody holds a hot row for long."""

# Writes find their rows by index, in the order of the array they are joined to. Pinned, so that a
# plan made while a table was small is not kept after it has grown, and locks keep their order.
_OFF = ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")
_PINS = "; ".join(f"SET LOCAL enable_{way} = off" for way in _OFF)

_PIPELINED: LiteralString = """
    SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true),
           set_config('idle_in_transaction_session_timeout', '10s', true),
           set_config('plan_cache_mode', 'force_generic_plan', true),
""" + ", ".join(f"set_config('enable_{way}', 'off', true)" for way in _OFF)

# One message each: cheaper than a pipeline of prepared statements.
_BEGIN = {
    "write": (
        "BEGIN; SET LOCAL statement_timeout = {ms}; SET LOCAL lock_timeout = {ms};"
        " SET LOCAL idle_in_transaction_session_timeout = '10s'; " + _PINS
    ),
    "read": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {ms}",
}


_OWN_FAULT = (errors.QueryCanceled, errors.LockNotAvailable, errors.TransactionRollback)
"""What psycopg counts as operational, and is about one statement: out of time, or of luck."""


NO_DATABASE = (OperationalError, InterfaceError, PoolTimeout, PoolClosed)
"""What a door cannot answer for: what became of the question is not known."""


def away(error: Exception) -> bool:
    """Whether an error says that the database is away, and not that one statement failed."""
    return isinstance(error, (OperationalError, PoolTimeout)) and not isinstance(error, _OWN_FAULT)


@dataclass(slots=True)
class Tx:
    """One open transaction: its connection, and the one reading of the clock its rules may use."""

    conn: psycopg.Connection[tuple[Any, ...]]
    now: datetime
    clock: Clock
    pipelined: bool = False  # no COPY, and an error may show at a later statement

    @property
    def now_ms(self) -> int:
        """`now` as whole milliseconds since 1970."""
        return micros(self.now) // 1_000

    def new_id(self) -> UUID:
        """A version 7 UUID of the transaction's own time."""
        return uuid7(self.now_ms)


class Database:
    """A pool on one PostgreSQL database. Connections are autocommit; transactions are explicit.

    `url` is a libpq connection string; `size` the most connections held at once. Nothing relies on
    session state, so a transaction pooler may stand between.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, size: int = 16) -> None:
        self.url = url
        self.clock: Clock = clock or SystemClock()
        self._pool = ConnectionPool(
            url,
            connection_class=Connection,
            min_size=1,
            max_size=size,
            timeout=10.0,
            max_waiting=1_000,
            kwargs={"autocommit": True},
            open=True,
        )

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit mode, given back at the end."""
        # Not `pool.connection()`: that commits once more, for nothing, when it is given back.
        conn = self._pool.getconn()
        try:
            yield conn
        finally:
            self._pool.putconn(conn)

    @contextmanager
    def transaction(self, *, timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Iterator[Tx]:
        """A READ COMMITTED write transaction: committed at the end, rolled back on an exception."""
        with self.connection() as conn, begin(conn, self.clock, timeout_ms=timeout_ms) as tx:
            yield tx

    @contextmanager
    def pipeline(self, *, timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Iterator[Tx]:
        """A write transaction whose statements travel together until an answer is read.

        Saves most round trips of a batch, and as many waits for the interpreter's lock. An error
        shows at a later statement than its own, so nothing may be mended inside: whoever meets one
        runs the whole again by `transaction`.
        """
        with self.connection() as conn:
            line = Pipeline(conn)
            try:
                line.execute("BEGIN")
                line.execute(_PIPELINED, (str(timeout_ms), str(timeout_ms)))
                yield Tx(cast(Any, line), self.clock.now(), self.clock, pipelined=True)
                line.commit()
            except Exception:
                try:
                    line.roll_back()
                except Exception:
                    conn.close()  # it is gone, or in no state to go on with
                raise
            except BaseException:  # interrupted, who knows where
                conn.close()
                raise

    @contextmanager
    def read(self, *, timeout_ms: int = 5_000) -> Iterator[Tx]:
        """A read-only snapshot (REPEATABLE READ): every query in it sees the same instant."""
        with (
            self.connection() as conn,
            begin(conn, self.clock, mode="read", timeout_ms=timeout_ms) as tx,
        ):
            yield tx


@contextmanager
def begin(
    conn: psycopg.Connection[tuple[Any, ...]],
    clock: Clock,
    *,
    mode: Literal["write", "read"] = "write",
    timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> Iterator[Tx]:
    """Open a transaction on an autocommit connection; COMMIT at the end, ROLLBACK on an error."""
    conn.execute(cast(LiteralString, _BEGIN[mode].format(ms=int(timeout_ms))))
    try:
        yield Tx(conn, clock.now(), clock)
    except BaseException:
        if not conn.closed:
            conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def allow(tx: Tx, ms: int) -> None:
    """Let the statements that follow take longer: for a rare act whose locks nobody waits for."""
    tx.conn.execute("SELECT set_config('statement_timeout', %s, true)", (str(ms),))
