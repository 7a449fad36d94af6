"""Policy's deadline: a dated gate is activated under its exclusive lock when its time has come.

And its retention: use of windows that are long over is forgotten.
"""

from __future__ import annotations

from uuid import UUID

from sycee.core.policy import gates, usagerows
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.retention import Rule

DRAIN_MS = 5_000
"""How long an activation may wait for postings in flight; they end within half a second."""


KEPT = Rule(
    "policy.usage",
    "What parties have used of limits in windows that are over; lifetimes stay for good.",
    days=800,
    least_days=400,
    purge=usagerows.purge,
)


def register(jobs: Jobs) -> None:
    """Add the sweep to the worker's registry."""
    jobs.sweep("policy.gates", gates.due, _activate)
    jobs.keep(KEPT)


def _activate(database: Database, gate: UUID) -> None:
    with database.transaction(timeout_ms=DRAIN_MS) as tx:
        gates.activate(tx, gate)
