"""The office's part of the worker: the file of orders beside the database is kept up to date."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

from sycee.oversight.regulator.orders import restored, store
from sycee.runtime import settings as installation
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs

EVERY_SECONDS = 1
_FILE = UUID(int=0)


def register(jobs: Jobs, home: Path | None = None) -> None:
    """Add the export to the worker's registry."""
    where = home or installation.load().home
    reader = restored.Reader(where)

    def due(tx: Tx, limit: int) -> list[UUID]:
        steps, head = store.head(tx)
        stale = reader.stands() != (steps, base64.b64encode(head).decode())
        return [_FILE] if stale and steps and not restored.closed(tx) else []

    def write(database: Database, _: UUID) -> None:
        restored.write(database, where)

    jobs.sweep("orders.export", due, write, every_seconds=EVERY_SECONDS)
