"""The office's part of the worker: dated orders begin, and the file of orders is kept."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sycee.oversight.regulator.orders import beginning, desk, restored, store
from sycee.runtime import settings as installation
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.sweeps import WHOLE

EVERY_SECONDS = 1


def begin(database: Database, order: UUID) -> None:
    """Draw the line between before and after a dated order, whoever holds it up."""
    with (
        database.transaction(timeout_ms=desk.TIMEOUT_MS) as tx,
        desk.hurrying(database, tx),
    ):
        beginning.begin(tx, order)


def register(jobs: Jobs, home: Path | None = None) -> None:
    """Add the export to the worker's registry."""
    where = home or installation.load().home
    reader = restored.Reader(where)

    def due(tx: Tx, limit: int) -> Sequence[UUID]:
        steps, head = store.head(tx)
        stale = reader.stands() != (steps, base64.b64encode(head).decode())
        return WHOLE if stale and steps and not restored.closed(tx) else ()

    def write(database: Database, _: UUID) -> None:
        restored.write(database, where)

    jobs.sweep("orders.begin", store.beginning, begin, every_seconds=EVERY_SECONDS)
    jobs.sweep("orders.export", due, write, every_seconds=EVERY_SECONDS)
