"""Deadlines of people's payments: requests, dated payments, gifts; each sweep calls a verb."""

from __future__ import annotations

from uuid import UUID

from sycee.products.wallet.people.gifts import actions as gifts
from sycee.products.wallet.people.gifts import store as giftrows
from sycee.products.wallet.people.requests import actions as requests
from sycee.products.wallet.people.requests import store as requestrows
from sycee.products.wallet.people.schedules import actions as schedules
from sycee.products.wallet.people.schedules import store as schedulerows
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs


def register(jobs: Jobs) -> None:
    """Add the sweeps to the worker's registry."""
    jobs.deadlines("people.expire-requests", requestrows.due, expire_request, every_seconds=10)
    jobs.deadlines("people.run-schedules", schedulerows.due, run_schedule, every_seconds=10)
    jobs.deadlines("people.expire-gifts", giftrows.due, expire_gift, every_seconds=10)


def expire_request(database: Database, request: UUID) -> None:
    """End a request whose time is over."""
    with database.transaction() as tx:
        requests.expire(tx, request)


def run_schedule(database: Database, schedule: UUID) -> None:
    """Make a payment that is due."""
    with database.transaction() as tx:
        schedules.run(tx, schedule)


def expire_gift(database: Database, gift: UUID) -> None:
    """Send back a gift that nobody opened in time."""
    with database.transaction() as tx:
        gifts.expire(tx, gift)
