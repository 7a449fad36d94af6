"""What the worker does for parties: finish erasures that a crash left between the two clusters."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties import vault
from sycee.core.parties.keyring import Keyring
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs

ERASURE_SECONDS = 60
"""How often unfinished erasures are looked for."""


def register(jobs: Jobs, keys: Keyring) -> None:
    """Add the sweep `parties.finish-erasures`."""

    def finish(database: Database, subject: UUID) -> None:
        vault.finish_erasure(database, keys, subject)

    jobs.sweep(
        "parties.finish-erasures", vault.pending_erasures, finish, every_seconds=ERASURE_SECONDS
    )
