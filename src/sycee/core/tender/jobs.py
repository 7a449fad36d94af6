"""Tender's sweep: mandates that expired unspent are deleted after a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sycee.core.tender import mandates
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs

KEEP = timedelta(days=7)
"""How long an unused mandate is still known as expired rather than unknown."""

_WHOLE = UUID(int=0)


def register(jobs: Jobs) -> None:
    """Add the sweep to the worker's registry."""
    jobs.sweep("tender.purge", _due, _purge, every_seconds=3_600)


def _due(tx: Tx, limit: int) -> list[UUID]:
    return [_WHOLE]


def _purge(database: Database, _: UUID) -> None:
    with database.transaction() as tx:
        mandates.purge(tx, tx.now - KEEP)
