"""The daily run: once a day for each currency, by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.core.ledger import liabilities as ledger
from sycee.oversight.regulator.safeguarding import actions, store
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.sweeps import WHOLE

EVERY_SECONDS = 60


def register(jobs: Jobs, lines: actions.Lines) -> None:
    """Add the daily run; `lines` reads the bank's statement."""

    def reconcile(database: Database, _: UUID) -> None:
        actions.reconcile(database, lines)

    jobs.sweep("safeguarding.reconcile", _due, reconcile, every_seconds=EVERY_SECONDS)


def _due(tx: Tx, limit: int) -> Sequence[UUID]:
    return WHOLE if ledger.lacks(tx, store.done(tx, tx.now.date())) else ()
