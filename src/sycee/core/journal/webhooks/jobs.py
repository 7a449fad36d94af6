"""The worker's part: a sweep that fans events out, and the jobs that deliver them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sycee.core.journal.webhooks import fanout, outlet, rows
from sycee.core.journal.webhooks.delivery import APART, KIND, deliver
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.retention import Rule

EVERY_SECONDS = 0.5
LEASE_SECONDS = 60

KEPT = Rule(
    "webhooks.delivery",
    "What was delivered to whose endpoint, with each attempt; the events are in the journal.",
    days=90,
    least_days=7,
    purge=rows.purge,
)


def register(jobs: Jobs) -> None:
    """Add the fan-out and the deliveries to the worker's registry.

    A failed call is not a failed job: the next attempt is a job of its own on the ladder. The job's
    own retries are for what should not happen, such as the database being away.
    """
    jobs.sweep("webhooks.fan-out", fanout.due, _fan_out, every_seconds=EVERY_SECONDS)
    jobs.outside(KIND, _deliver, lease_seconds=LEASE_SECONDS, apart=APART)
    jobs.keep(KEPT)


def _fan_out(database: Database, _: UUID) -> None:
    fanout.fan_out(database)


def _deliver(database: Database, body: dict[str, Any]) -> None:
    deliver(database, outlet.current(), body)
