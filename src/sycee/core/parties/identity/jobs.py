"""Identity's sweep: challenges, sessions and counters that are over are deleted after a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sycee.core.parties.identity import recoveryrows, sessionrows
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs

KEEP_CHALLENGES = timedelta(days=1)
KEEP_SESSIONS = timedelta(days=90)

_WHOLE = UUID(int=0)


def register(jobs: Jobs) -> None:
    """Add the sweep to the worker's registry."""
    jobs.sweep("identity.purge", _due, _purge, every_seconds=3_600)


def _due(tx: Tx, limit: int) -> list[UUID]:
    return [_WHOLE]


def _purge(database: Database, _: UUID) -> None:
    with database.transaction() as tx:
        sessionrows.purge_challenges(tx, tx.now - KEEP_CHALLENGES)
        sessionrows.purge(tx, tx.now - KEEP_SESSIONS)
        recoveryrows.purge(tx)
