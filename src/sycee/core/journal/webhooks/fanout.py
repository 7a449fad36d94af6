"""From the journal to deliveries: each row goes to the endpoints that its parties subscribed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.core.journal import read as journal
from sycee.core.journal.webhooks import rows, store
from sycee.core.journal.webhooks.delivery import defer
from sycee.core.journal.webhooks.model import Delivery, DeliveryState, Endpoint
from sycee.core.journal.webhooks.rows import Head
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx
from sycee.runtime.sweeps import WHOLE

BATCH = 500
MOST_BATCHES = 40
"""Of one pass, so that deliveries get their turn while a backlog is read."""


def due(tx: Tx, limit: int) -> Sequence[UUID]:
    """One pass, if the journal has settled rows beyond the reader's place."""
    return WHOLE if journal.since(tx, rows.read_reader(tx), 1) else ()


def fan_out(database: Database) -> int:
    """Read on from the stored place until the journal's settled end; how many rows were read."""
    total = 0
    for _ in range(MOST_BATCHES):
        with database.transaction() as tx:
            count = step(tx)
        total += count
        if count < BATCH:
            break
    return total


def step(tx: Tx) -> int:
    """One batch: deliveries, their jobs and the new place are written in one transaction."""
    count, found = rows.batch(tx, rows.lock_reader(tx), BATCH)
    if not found:
        return 0
    parties = {party for head in found for party in head.parties}
    deliveries = _deliveries(tx, found, store.active_endpoints(tx, sorted(parties)))
    if deliveries:
        rows.insert_deliveries(tx, deliveries)
        for delivery in deliveries:
            defer(tx, delivery, tx.now)
    rows.save_reader(tx, found[-1].cursor)
    return count


def _deliveries(tx: Tx, found: Sequence[Head], endpoints: Sequence[Endpoint]) -> list[Delivery]:
    of_party: dict[UUID, list[Endpoint]] = {}
    for endpoint in endpoints:
        of_party.setdefault(endpoint.party, []).append(endpoint)
    return [
        _delivery(tx, head, endpoint)
        for head in found
        for party in dict.fromkeys(head.parties)
        for endpoint in of_party.get(party, ())
        if journal.matches(head.verb, endpoint.events)
    ]


def _delivery(tx: Tx, head: Head, endpoint: Endpoint) -> Delivery:
    return Delivery(
        id=uuid7(),
        endpoint=endpoint.id,
        event=head.id,
        verb=head.verb,
        cursor=head.cursor,
        state=DeliveryState.WAITING,
        tries=0,
        attempts=0,
        next_at=tx.now,
        last_status=None,
        last_error=None,
        created_at=tx.now,
        ended_at=None,
    )
