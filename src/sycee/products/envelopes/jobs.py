"""The deadline of envelopes, and the hourly look for circles in the ledger."""

from __future__ import annotations

from uuid import UUID

from sycee.products.envelopes import actions
from sycee.products.envelopes.actions import Due, circles
from sycee.products.envelopes.store import codes
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.perform import HOUSE, Call, perform_one
from sycee.runtime.retention import Rule
from sycee.runtime.sweeps import whole

LOOK_SECONDS = 3_600
LOOK_TIMEOUT_MS = 60_000
CODES = Rule(
    "envelopes.code", "Face-to-face codes, which open for minutes.", days=1, purge=codes.purge
)


def register(jobs: Jobs) -> None:
    """Add the sweeps to the worker's registry."""
    jobs.deadlines("envelopes.expire", store.due, _expire)
    jobs.sweep("envelopes.circles", whole, look, every_seconds=LOOK_SECONDS)
    jobs.keep(CODES)


def _expire(database: Database, envelope: UUID) -> None:
    perform_one(
        database, Call(HOUSE, None, "envelope.expire", Due(envelope)), actions.expire
    ).unwrap()


def look(database: Database, _: UUID) -> None:
    """Look for circles; it reads a week of the log, so it may take longer than a posting."""
    with database.transaction(timeout_ms=LOOK_TIMEOUT_MS) as tx:
        circles.look(tx)
