"""What the worker does for parties: finish erasures that a crash left between the two clusters."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sycee.core.parties import erased, forgetting
from sycee.core.parties.keyring import Keyring
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.sweeps import whole

ERASURE_SECONDS = 60
"""How often unfinished erasures are looked for."""


def register(jobs: Jobs, keys: Keyring, home: Path | None = None) -> None:
    """Add the sweep `parties.finish-erasures`, and with a home folder the one of its list."""

    def finish(database: Database, subject: UUID) -> None:
        forgetting.finish_erasure(database, keys, subject)

    jobs.sweep(
        "parties.finish-erasures",
        forgetting.pending_erasures,
        finish,
        every_seconds=ERASURE_SECONDS,
    )
    if home is not None:
        jobs.sweep(
            "parties.list-erasures",
            whole,
            lambda database, _: erased.write(database, home),
            every_seconds=ERASURE_SECONDS,
        )
