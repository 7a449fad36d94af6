"""What this door does later: reading the journal for notices, and sending them."""

from __future__ import annotations

from uuid import UUID

from sycee.doors.alipay import notices
from sycee.doors.alipay.keyring import open_keyring
from sycee.doors.alipay.rows import ATTEMPTS_MOST
from sycee.runtime import settings as installation
from sycee.runtime.db import Database
from sycee.runtime.jobs import Body, Jobs
from sycee.runtime.settings import Settings


def register(jobs: Jobs, settings: Settings | None = None) -> None:
    """Add this door's sweep and its job."""

    def send(database: Database, body: Body) -> None:
        chosen = settings or installation.load()
        private = chosen.webhooks_allow_private
        keyring = open_keyring(chosen.home, database.clock.now())
        notices.send(
            database,
            keyring,
            UUID(str(body["notice"])),
            private=chosen.demo if private is None else private,
            seconds=chosen.call_timeout_seconds,
        )

    jobs.sweep(notices.READER, notices.due, notices.collect)
    jobs.outside(
        notices.KIND,
        send,
        max_attempts=ATTEMPTS_MOST,
        lease_seconds=60,
        backoff=notices.ladder,
        apart=notices.APART,
        died=lambda tx, body: notices.give_up(tx, UUID(str(body["notice"]))),
    )
