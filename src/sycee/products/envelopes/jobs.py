"""The deadline of envelopes: a sweep gives back what is left of those whose time is over."""

from __future__ import annotations

from uuid import UUID

from sycee.products.envelopes import actions, store
from sycee.products.envelopes.actions import Due
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs
from sycee.runtime.perform import Call, perform_one

HOUSE = UUID(int=0)


def register(jobs: Jobs) -> None:
    """Add the sweep to the worker's registry."""
    jobs.sweep("envelopes.expire", store.due, _expire)


def _expire(database: Database, envelope: UUID) -> None:
    perform_one(
        database, Call(HOUSE, None, "envelope.expire", Due(envelope)), actions.expire
    ).unwrap()
