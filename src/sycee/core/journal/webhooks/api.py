"""Routes of webhook endpoints and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.journal.webhooks import endpoints, outlet, rows
from sycee.core.journal.webhooks.address import check_url
from sycee.core.journal.webhooks.endpoints import EndpointSecret, EndpointView
from sycee.core.journal.webhooks.model import (
    DELIVERY,
    EVENT,
    Attempt,
    Delivery,
    DeliveryState,
    WebhookEndpointInactive,
    WebhookEndpointsFull,
)
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body, public_id

DeliveryId = Annotated[str, public_id(DELIVERY)]
Url = Annotated[
    str,
    msgspec.Meta(min_length=8, max_length=500, description="https, to a public address."),
]
Patterns = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=100)]],
    msgspec.Meta(min_length=1, max_length=50, description="`trade.paid`, `trade.*` or `*`."),
]


class EndpointBody(Body, frozen=True):
    """An endpoint to be: where to send events, and which."""

    url: Url
    events: Patterns


class ChangeBody(Body, frozen=True):
    """New values; what is left out stays. `active` false pauses the endpoint."""

    url: Url | None = None
    events: Patterns | None = None
    active: bool | None = None


class RotateBody(Body, frozen=True):
    """How long the old secret signs beside the new one: 0 s to 30 days."""

    grace_seconds: Annotated[int, msgspec.Meta(ge=0, le=2_592_000)] = endpoints.GRACE_SECONDS


class ReplayBody(Body, frozen=True):
    """What to send again: these deliveries, or else all dead ones since a moment (or ever)."""

    deliveries: Annotated[list[DeliveryId], msgspec.Meta(max_length=500)] = msgspec.field(
        default_factory=list
    )
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class DeliveryView(msgspec.Struct, frozen=True):
    """One event on its way to an endpoint, and how the last attempt went."""

    id: str
    event: str
    type: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


class DeliveryLog(msgspec.Struct, frozen=True):
    """A delivery with every attempt made at it, oldest first."""

    delivery: DeliveryView
    log: list[Attempt]


def _view(one: Delivery) -> DeliveryView:
    return DeliveryView(
        public(DELIVERY, one.id),
        public(EVENT, one.event),
        one.verb,
        one.state,
        one.attempts,
        one.next_at,
        one.last_status,
        one.last_error,
        one.created_at,
        one.ended_at,
    )


def _checked(url: str) -> str:
    return check_url(url, allow_private=outlet.current().caller.allow_private)


@direct(
    "/v1/webhook-endpoints",
    scope="webhooks:write",
    gives=EndpointSecret,
    refuses=(Invalid, WebhookEndpointsFull),
    status=201,
)
def create_endpoint(database: Database, body: EndpointBody, *, caller: Caller) -> EndpointSecret:
    """Add a webhook endpoint.

    The answer shows its signing secret this once. Calls follow the Standard Webhooks scheme.
    """
    url = _checked(body.url)
    with database.transaction() as tx:
        return endpoints.create(tx, outlet.current().sealer, caller.party, url, body.events)


@read("/v1/webhook-endpoints", scope="webhooks:read", gives=list[EndpointView])
def list_endpoints(tx: Tx, *, caller: Caller) -> list[EndpointView]:
    """List one's own webhook endpoints, oldest first; there are at most ten."""
    return endpoints.of(tx, caller.party)


@read(
    "/v1/webhook-endpoints/{endpoint:whe}",
    scope="webhooks:read",
    gives=EndpointView,
    refuses=(NotFound,),
)
def read_endpoint(tx: Tx, *, caller: Caller, endpoint: UUID) -> EndpointView:
    """Read a webhook endpoint."""
    return endpoints.view(endpoints.read(tx, caller.party, endpoint))


@write(
    "/v1/webhook-endpoints/{endpoint:whe}",
    "webhook-endpoint.update",
    endpoints.update,
    scope="webhooks:write",
    gives=EndpointView,
    refuses=(Invalid, NotFound),
    method="PATCH",
)
def update_endpoint(body: ChangeBody, *, caller: Caller, endpoint: UUID) -> endpoints.Update:
    """Change a webhook endpoint's address or events, pause it or set it active again."""
    return endpoints.Update(
        party=caller.party,
        endpoint=endpoint,
        url=None if body.url is None else _checked(body.url),
        events=None if body.events is None else tuple(body.events),
        active=body.active,
    )


@write(
    "/v1/webhook-endpoints/{endpoint:whe}",
    "webhook-endpoint.remove",
    endpoints.remove,
    scope="webhooks:write",
    gives=endpoints.Removed,
    refuses=(NotFound,),
    method="DELETE",
)
def remove_endpoint(*, caller: Caller, endpoint: UUID) -> endpoints.Remove:
    """Delete a webhook endpoint and its secrets; what is on its way to it is dropped."""
    return endpoints.Remove(party=caller.party, endpoint=endpoint)


@direct(
    "/v1/webhook-endpoints/{endpoint:whe}/rotate",
    scope="webhooks:write",
    gives=EndpointSecret,
    refuses=(NotFound,),
)
def rotate_secret(
    database: Database, body: RotateBody, *, caller: Caller, endpoint: UUID
) -> EndpointSecret:
    """Make a new signing secret, shown this once.

    The last one signs beside it for `grace_seconds`, so that receivers can change over.
    """
    sealer = outlet.current().sealer
    with database.transaction() as tx:
        return endpoints.rotate(tx, sealer, caller.party, endpoint, body.grace_seconds)


@read(
    "/v1/webhook-endpoints/{endpoint:whe}/deliveries",
    scope="webhooks:read",
    gives=Listing[DeliveryView],
    refuses=(NotFound, Invalid),
)
def list_deliveries(
    tx: Tx, *, caller: Caller, endpoint: UUID, page: Page, state: DeliveryState | None = None
) -> Listing[DeliveryView]:
    """List the deliveries to an endpoint, newest first; `state=dead` are the dead letters."""
    before = page.after_id(DELIVERY)
    found = endpoints.deliveries(tx, caller.party, endpoint, state, before, page.fetch)
    return page.of([_view(one) for one in found], key=lambda one: one.id)


@read(
    "/v1/webhook-endpoints/{endpoint:whe}/deliveries/{delivery:whd}",
    scope="webhooks:read",
    gives=DeliveryLog,
    refuses=(NotFound,),
)
def read_delivery(tx: Tx, *, caller: Caller, endpoint: UUID, delivery: UUID) -> DeliveryLog:
    """Read a delivery with the log of its attempts."""
    found = endpoints.delivery(tx, caller.party, endpoint, delivery)
    return DeliveryLog(_view(found), rows.attempts(tx, delivery))


@write(
    "/v1/webhook-endpoints/{endpoint:whe}/replay",
    "webhook-endpoint.replay",
    endpoints.replay,
    scope="webhooks:write",
    gives=endpoints.Replayed,
    refuses=(NotFound, WebhookEndpointInactive, Invalid),
)
def replay(body: ReplayBody, *, caller: Caller, endpoint: UUID) -> endpoints.Replay:
    """Send deliveries again: those named, or else the dead ones since a moment; at most 500."""
    return endpoints.Replay(
        party=caller.party,
        endpoint=endpoint,
        deliveries=tuple(
            parse(DELIVERY, one, f"deliveries[{place}]")
            for place, one in enumerate(body.deliveries)
        ),
        since=body.since,
    )


routes = [
    create_endpoint,
    list_endpoints,
    read_endpoint,
    update_endpoint,
    remove_endpoint,
    rotate_secret,
    list_deliveries,
    read_delivery,
    replay,
]
