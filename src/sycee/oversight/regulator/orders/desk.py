"""What stands between a door and the verbs: a bounded wait for what is in flight.

An order waits for the postings that asked before it. They end by themselves within half a second a
statement; a client that stopped in the middle of one would hold it up for ten. So after
`PATIENCE_MS` whoever still holds the order up is ended by the server: it rolls back, and
nothing of it was acknowledged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sycee.core.policy import gates
from sycee.oversight.regulator.orders import issuing
from sycee.oversight.regulator.orders.issuing import Decide, Propose
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Answer, Call, perform_one

PATIENCE_MS = 600
TIMEOUT_MS = 5_000


def propose(database: Database, command: Propose, key: str | None = None) -> Answer:
    """`issuing.propose`, with what holds it up ended in time."""
    return _run(database, "order.propose", issuing.propose, command, key)


def approve(database: Database, command: Decide, key: str | None = None) -> Answer:
    """`issuing.approve`, likewise."""
    return _run(database, "order.approve", issuing.approve, command, key)


def _run(
    database: Database,
    verb: str,
    action: Callable[[Tx, Any], Any],
    command: Propose | Decide,
    key: str | None,
) -> Answer:
    def watched(tx: Tx, asked: Any) -> Any:
        with hurrying(database, tx):
            return action(tx, asked)

    call = Call(command.by, key, verb, command)
    return perform_one(database, call, watched, timeout_ms=TIMEOUT_MS)


@contextmanager
def hurrying(database: Database, tx: Tx) -> Iterator[None]:
    """While inside, end the transactions that keep `tx` waiting longer than is bearable."""
    pid, done = tx.conn.info.backend_pid, threading.Event()

    def watch() -> None:
        while not done.wait(timedelta(milliseconds=PATIENCE_MS).total_seconds()):
            with database.connection() as conn:
                gates.end_blockers(conn, pid)

    watcher = threading.Thread(target=watch, name="order-drain", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
