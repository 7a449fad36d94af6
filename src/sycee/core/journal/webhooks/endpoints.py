"""What a party does with its webhook endpoints; each change is journalled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.journal.webhooks import rows, secrets, store
from sycee.core.journal.webhooks.delivery import defer
from sycee.core.journal.webhooks.model import (
    DELIVERY,
    ENDPOINT,
    MOST_ENDPOINTS,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    WebhookEndpointInactive,
    WebhookEndpointsFull,
    check_events,
)
from sycee.core.journal.webhooks.secrets import Sealer
from sycee.kit.errors import NotFound
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Tx

GRACE_SECONDS = 86_400
"""How long the old secret signs beside the new one, unless told otherwise."""

REPLAY_MOST = 500


class EndpointView(msgspec.Struct, frozen=True):
    """A webhook endpoint as its owner sees it; the secret is never shown again."""

    id: str
    url: str
    events: tuple[str, ...]
    state: EndpointState
    created_at: datetime
    changed_at: datetime


class EndpointSecret(msgspec.Struct, frozen=True):
    """An endpoint with its signing secret (`whsec_…`), shown this once."""

    endpoint: EndpointView
    secret: str

    def __repr__(self) -> str:
        return f"EndpointSecret({self.endpoint.id})"  # the secret stays out of logs


class Update(msgspec.Struct, frozen=True):
    """New values for an endpoint; None leaves as it is. `active` False pauses it."""

    party: UUID
    endpoint: UUID
    url: str | None = None
    events: tuple[str, ...] | None = None
    active: bool | None = None


class Remove(msgspec.Struct, frozen=True):
    """Delete an endpoint and its secrets."""

    party: UUID
    endpoint: UUID


class Removed(msgspec.Struct, frozen=True):
    """The endpoint that is gone."""

    id: str


class Replay(msgspec.Struct, frozen=True):
    """Send again: these deliveries, or, when there are none, all dead ones since a moment."""

    party: UUID
    endpoint: UUID
    deliveries: tuple[UUID, ...] = ()
    since: datetime | None = None


class Replayed(msgspec.Struct, frozen=True):
    """Ids of the deliveries that wait again; at most 500 at a time."""

    deliveries: tuple[str, ...]


def view(endpoint: Endpoint) -> EndpointView:
    """What its owner sees of an endpoint."""
    return EndpointView(
        public(ENDPOINT, endpoint.id),
        endpoint.url,
        endpoint.events,
        endpoint.state,
        endpoint.created_at,
        endpoint.changed_at,
    )


def create(tx: Tx, sealer: Sealer, party: UUID, url: str, events: Sequence[str]) -> EndpointSecret:
    """Add an endpoint (its `url` already checked); raises `Invalid`, `WebhookEndpointsFull`."""
    patterns = check_events(events)
    store.lock_party(tx, party)
    if len(store.endpoints_of(tx, party)) >= MOST_ENDPOINTS:
        raise WebhookEndpointsFull(most=MOST_ENDPOINTS)
    endpoint = Endpoint(uuid7(), party, url, patterns, EndpointState.ACTIVE, tx.now, tx.now)
    secret = secrets.make()
    store.insert_endpoint(tx, endpoint)
    store.insert_secret(tx, endpoint.id, sealer.seal(endpoint.id, secret))
    _note(tx, endpoint, "created")
    return EndpointSecret(view(endpoint), secrets.show(secret))


def update(tx: Tx, command: Update) -> EndpointView:
    """Change an endpoint; setting `active` also brings back one that answered 410."""
    endpoint = _own(tx, command.party, command.endpoint)
    state = endpoint.state
    if command.active is not None:
        state = EndpointState.ACTIVE if command.active else EndpointState.PAUSED
    changed = msgspec.structs.replace(
        endpoint,
        url=command.url or endpoint.url,
        events=endpoint.events
        if command.events is None
        else check_events(command.events, endpoint.events),
        state=state,
        changed_at=tx.now,
    )
    store.update_endpoint(tx, changed)
    _note(tx, changed, "changed")
    return view(changed)


def rotate(
    tx: Tx, sealer: Sealer, party: UUID, endpoint: UUID, grace_seconds: int = GRACE_SECONDS
) -> EndpointSecret:
    """Make a new secret; the last one signs beside it for `grace_seconds`, older ones stop now."""
    found = _own(tx, party, endpoint)
    secret = secrets.make()
    store.expire_secrets(tx, endpoint, tx.now + timedelta(seconds=grace_seconds))
    store.insert_secret(tx, endpoint, sealer.seal(endpoint, secret))
    _note(tx, found, "rotated")
    return EndpointSecret(view(found), secrets.show(secret))


def remove(tx: Tx, command: Remove) -> Removed:
    """Delete an endpoint; what was still on its way to it dies."""
    endpoint = _own(tx, command.party, command.endpoint)
    store.delete_endpoint(tx, endpoint.id)
    _note(tx, endpoint, "removed")
    return Removed(public(ENDPOINT, endpoint.id))


def forget(tx: Tx, party: UUID) -> None:
    """Delete all endpoints of a party: an address says whose it is, and nothing goes there now."""
    store.lock_party(tx, party)
    for endpoint in store.endpoints_of(tx, party):
        store.delete_endpoint(tx, endpoint.id)
        _note(tx, endpoint, "removed")


def replay(tx: Tx, command: Replay) -> Replayed:
    """Send deliveries again from the bottom of the ladder, with the ids they had."""
    endpoint = _own(tx, command.party, command.endpoint)
    if endpoint.state is not EndpointState.ACTIVE:
        raise WebhookEndpointInactive(public(ENDPOINT, endpoint.id), endpoint.state)
    wanted = list(command.deliveries)[:REPLAY_MOST]
    if not wanted:
        since = command.since or endpoint.created_at
        wanted = rows.dead_since(tx, endpoint.id, since, REPLAY_MOST)
    revived = rows.revive(tx, endpoint.id, wanted)
    for delivery in revived:
        defer(tx, delivery, tx.now)
    return Replayed(tuple(public(DELIVERY, one.id) for one in sorted(revived, key=lambda x: x.id)))


def read(tx: Tx, party: UUID, endpoint: UUID) -> Endpoint:
    """A party's own endpoint, without a lock; raises `NotFound`."""
    return _mine(store.read_endpoint(tx, endpoint), party, endpoint)


def of(tx: Tx, party: UUID) -> list[EndpointView]:
    """A party's endpoints, oldest first."""
    return [view(endpoint) for endpoint in store.endpoints_of(tx, party)]


def deliveries(
    tx: Tx,
    party: UUID,
    endpoint: UUID,
    state: DeliveryState | None,
    before: UUID | None,
    limit: int,
) -> list[Delivery]:
    """Deliveries to a party's own endpoint, newest first."""
    read(tx, party, endpoint)
    return rows.of_endpoint(tx, endpoint, state, before, limit)


def delivery(tx: Tx, party: UUID, endpoint: UUID, delivery: UUID) -> Delivery:
    """One delivery to a party's own endpoint; raises `NotFound`."""
    read(tx, party, endpoint)
    found = rows.read(tx, delivery)
    if found is None or found.endpoint != endpoint:
        raise NotFound(noun="webhook-delivery", id=public(DELIVERY, delivery))
    return found


def _own(tx: Tx, party: UUID, endpoint: UUID) -> Endpoint:
    return _mine(store.lock_endpoint(tx, endpoint), party, endpoint)


def _mine(found: Endpoint | None, party: UUID, endpoint: UUID) -> Endpoint:
    if found is None or found.party != party:
        raise NotFound(noun="webhook-endpoint", id=public(ENDPOINT, endpoint))
    return found


def _note(tx: Tx, endpoint: Endpoint, what: str) -> None:
    body = {"endpoint": public(ENDPOINT, endpoint.id), "state": str(endpoint.state)}
    verb = f"webhook-endpoint.{what}"
    append(tx, [Entry(endpoint.party, verb, endpoint.id, (endpoint.party,), "setup", body)])
