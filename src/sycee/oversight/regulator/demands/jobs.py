"""The worker's part: when a gag ends, those whom a demand concerned are told."""

from __future__ import annotations

from uuid import UUID

from sycee.oversight.regulator.demands import actions, store
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs

EVERY_SECONDS = 5
TIMEOUT_MS = 10_000


def register(jobs: Jobs) -> None:
    """Add the sweep `demands.tell`."""

    def tell(database: Database, id_: UUID) -> None:
        with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            actions.tell(tx, id_)

    jobs.deadlines("demands.tell", store.untold, tell, every_seconds=EVERY_SECONDS)
