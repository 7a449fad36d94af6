"""The morning's total: published once a day, and its chunks kept for some weeks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.core.ledger import liabilities as ledger
from sycee.core.parties.keyring import Keyring
from sycee.oversight.transparency.liabilities import actions, desk, store
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.retention import Rule
from sycee.runtime.sweeps import WHOLE

EVERY_SECONDS = 60

KEPT = Rule(
    "transparency.liability_chunk",
    "Trees over balances, for proofs that a balance is in a day's total; the totals stay.",
    days=35,
    least_days=2,
    purge=store.purge,
)


def register(jobs: Jobs, keyring: Keyring) -> None:
    """Add the daily total to the worker's registry."""

    def publish(database: Database, _: UUID) -> None:
        actions.publish(database, keyring.house_key(desk.KEY))

    jobs.sweep("liabilities.publish", _due, publish, every_seconds=EVERY_SECONDS)
    jobs.keep(KEPT)


def _due(tx: Tx, limit: int) -> Sequence[UUID]:
    """Whether a currency has no total of today."""
    return WHOLE if ledger.lacks(tx, store.epochs(tx, actions.epoch_of(tx.now))) else ()
