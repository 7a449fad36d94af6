"""COPY in turns, straight over libpq: PostgreSQL stores one turn while the next is made.

A COPY stores nothing before it has a thousand rows, or its end. Where rows are made one after the
other, the first of them go out as a COPY of their own, whose answer is read when the next begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import errors, pq

from sycee.runtime.link import Link

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"


class Copying:
    """COPY … FROM STDIN (FORMAT binary), once or one after the other, on one connection.

    What PostgreSQL has against a turn is raised as psycopg would, when the next begins or at the
    end.
    """

    def __init__(self, conn: psycopg.Connection[Any], statement: LiteralString) -> None:
        self._pg, self._link = conn.pgconn, Link(conn.pgconn)
        self._statement = statement.encode()
        self._open = self._unanswered = False

    def write(self, rows: bytes) -> None:
        """Send rows, as the manual's page on COPY has them, without header and trailer."""
        if not self._open:
            self._begin()
        self._put(rows)

    def turn(self) -> None:
        """Let PostgreSQL store what was sent; nobody waits for it."""
        if self._open:
            self._put(TRAILER)
            self._close(None)
            self._unanswered = True

    def end(self) -> None:
        """Wait until all is stored."""
        self.turn()
        self._answered()

    def give_up(self) -> None:
        """Leave the turn in hand, of which nothing is stored; what came of others is not told."""
        if self._open:
            self._close(b"given up")
        while self._link.next() is not None:
            pass

    def _begin(self) -> None:
        self._answered()
        self._pg.send_query(self._statement)
        self._link.flush()
        result = self._link.next()
        assert result is not None, "each statement has an answer"
        if result.status != pq.ExecStatus.COPY_IN:
            raise errors.error_from_result(result, encoding="utf-8")
        self._open = True
        self._put(HEADER)

    def _answered(self) -> None:
        if not self._unanswered:
            return
        self._unanswered = False
        result = self._link.next()
        assert result is not None, "each turn has an answer"
        nothing = self._link.next()
        assert nothing is None, "one turn has one answer"
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise errors.error_from_result(result, encoding="utf-8")

    def _put(self, data: bytes) -> None:
        while not self._pg.put_copy_data(data):
            self._link.flush()
        self._pg.flush()  # what the server does not take now goes with the next

    def _close(self, error: bytes | None) -> None:
        self._open = False
        while not self._pg.put_copy_end(error):
            self._link.flush()
        self._link.flush()


@contextmanager
def copying(conn: psycopg.Connection[Any], statement: LiteralString) -> Iterator[Copying]:
    """A `Copying` whose rows are stored at the end of the block."""
    found = Copying(conn, statement)
    try:
        yield found
        found.end()
    except BaseException:
        with suppress(psycopg.Error):  # of a server that is gone, or of what is given up
            found.give_up()
        raise
