"""Delivering one event to one endpoint: read, call with no transaction open, record.

At least once: a worker that dies between the call and its record calls again, with the same
`webhook-id`, by which a receiver knows a double.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sycee.core.journal import read as journal
from sycee.core.journal.webhooks import rows, secrets, store
from sycee.core.journal.webhooks.model import (
    EVENT,
    Delivery,
    DeliveryState,
    EndpointState,
    Outcome,
    payload,
    wait,
)
from sycee.core.journal.webhooks.outlet import Outlet
from sycee.kit.ids import public
from sycee.runtime import jobs
from sycee.runtime.db import Database, Tx

KIND = "webhooks.deliver"
GONE = 410
APART = "endpoint"
"""Where a job names its endpoint, which is called by one delivery at a time."""


def defer(tx: Tx, delivery: Delivery, run_at: datetime) -> None:
    """Write the job of a delivery's next attempt; one that waits already is enough."""
    number = delivery.attempts + 1
    body = {"delivery": str(delivery.id), "attempt": number, APART: str(delivery.endpoint)}
    jobs.defer(tx, KIND, body, run_at=run_at, key=f"{delivery.id}:{number}")


def deliver(database: Database, outlet: Outlet, body: dict[str, Any]) -> None:
    """One attempt at a delivery; a retry is a new job, written with the attempt's record."""
    with database.transaction() as tx:
        found = _prepare(tx, outlet, UUID(body["delivery"]), int(body["attempt"]))
    if found is None:
        return
    delivery, url, headers, content = found
    outcome = outlet.caller.post(url, headers, content)
    with database.transaction() as tx:
        _record(tx, delivery, outcome)


def _prepare(
    tx: Tx, outlet: Outlet, delivery_id: UUID, attempt: int
) -> tuple[Delivery, str, dict[str, str], bytes] | None:
    """What to send, or None when there is nothing to do (any more)."""
    delivery = rows.read(tx, delivery_id)
    if (
        delivery is None
        or delivery.state is not DeliveryState.WAITING
        or delivery.attempts + 1 != attempt
    ):
        return None
    endpoint = store.read_endpoint(tx, delivery.endpoint)
    row = journal.one(tx, delivery.cursor)
    if row is None:
        rows.end(tx, delivery_id, "event-removed")
        return None
    if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
        rows.end(tx, delivery_id, f"endpoint-{endpoint.state if endpoint else 'removed'}")
        return None
    sealed = store.live_secrets(tx, endpoint.id)
    opened = [outlet.sealer.open(endpoint.id, one) for one in sealed]
    content, now = payload(row), tx.now.astimezone(UTC)
    headers = secrets.headers(opened, public(EVENT, row.id), now, content)
    return delivery, endpoint.url, headers, content


def _record(tx: Tx, delivery: Delivery, outcome: Outcome) -> None:
    if outcome.ok:
        rows.record(tx, delivery, outcome, DeliveryState.DELIVERED, None)
        return
    pause = wait(delivery.tries + 1, outcome.retry_after_seconds)
    if outcome.status == GONE or pause is None:
        rows.record(tx, delivery, outcome, DeliveryState.DEAD, None)
        if outcome.status == GONE:
            store.set_gone(tx, delivery.endpoint)
        return
    next_at = tx.now + pause
    if rows.record(tx, delivery, outcome, DeliveryState.WAITING, next_at):
        after = rows.read(tx, delivery.id)
        if after is not None:
            defer(tx, after, next_at)
