"""libpq's end of a connection: what is written goes out as it can, and what comes is waited for."""

from __future__ import annotations

import select

import psycopg
from psycopg import pq

ANSWER_SECONDS = 60.0
"""A server that says nothing for so long is given up; its own timeouts are shorter."""

_IN, _OUT = select.POLLIN, select.POLLOUT


class Link:
    """A connection's socket, for who speaks to libpq and not by psycopg."""

    def __init__(self, pg: pq.abc.PGconn) -> None:
        self._pg = pg
        self._poll = select.poll()
        self._poll.register(pg.socket, _IN)

    def flush(self) -> None:
        """Send all that was written."""
        while self._pg.flush():
            self._wait(_IN | _OUT)
            self._pg.consume_input()  # or a server that cannot answer would not read on

    def next(self) -> pq.abc.PGresult | None:
        """The next result; None behind the last of a statement."""
        pg = self._pg
        while pg.is_busy():
            self._wait(_IN)
            pg.consume_input()
        return pg.get_result()

    def _wait(self, for_: int) -> None:
        if for_ != _IN:
            self._poll.modify(self._pg.socket, for_)
        ready = self._poll.poll(ANSWER_SECONDS * 1_000)
        if for_ != _IN:
            self._poll.modify(self._pg.socket, _IN)
        if not ready:
            raise psycopg.OperationalError("the server does not answer")
