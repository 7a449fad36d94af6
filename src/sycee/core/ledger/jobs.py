"""The ledger's sweeps: holds whose time has come, and next month's partition."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger import holds, months
from sycee.core.ledger.model import Outcome
from sycee.kit.errors import Refusal
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.sweeps import whole


def register(jobs: Jobs) -> None:
    """Add the sweeps to the worker's registry."""
    jobs.deadlines("ledger.capture", holds.due_captures, _capture)
    jobs.deadlines("ledger.expire", holds.due_expiries, _expire)
    jobs.sweep("ledger.months", whole, _prepare, every_seconds=3_600)


def _capture(database: Database, hold: UUID) -> None:
    with database.transaction() as tx:
        _raise(holds.capture_due(tx, hold))


def _expire(database: Database, hold: UUID) -> None:
    with database.transaction() as tx:
        _raise(holds.expire_due(tx, hold))


def _prepare(database: Database, _: UUID) -> None:
    with database.transaction() as tx:  # postings wait meanwhile, so it must not take long
        months.prepare(tx)


def _raise(outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        raise outcome
