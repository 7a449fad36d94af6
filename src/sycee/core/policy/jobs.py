"""Policy's deadline: a dated gate is activated under its exclusive lock when its time has come."""

from __future__ import annotations

from uuid import UUID

from sycee.core.policy import gates
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs

DRAIN_MS = 5_000
"""How long an activation may wait for postings in flight; they end within half a second."""


def register(jobs: Jobs) -> None:
    """Add the sweep to the worker's registry."""
    jobs.sweep("policy.gates", gates.due, _activate)


def _activate(database: Database, gate: UUID) -> None:
    with database.transaction(timeout_ms=DRAIN_MS) as tx:
        gates.activate(tx, gate)
