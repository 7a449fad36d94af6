"""Endpoints, deliveries and the ladder of retries. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal.model import Cursor, Row
from sycee.core.journal.verbs import PATTERNS
from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public

ENDPOINT = "whe"
DELIVERY = "whd"
EVENT = "evt"

MOST_ENDPOINTS = 10
MOST_PATTERNS = 50
UNKNOWN = "must be an event, all of one noun such as trade.*, or * (see the reference's events)"

LADDER_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Wait before each retry: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h (Standard Webhooks,
"Deliverability and reliability"); after the last one a delivery is dead until it is replayed."""

JITTER = 0.2
LONGEST_WAIT = timedelta(hours=24)


class EndpointState(StrEnum):
    """Whether events go to an endpoint; `gone` = it answered 410."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class DeliveryState(StrEnum):
    """Where a delivery stands; `dead` ones can be replayed."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Endpoint(msgspec.Struct, frozen=True):
    """Where a party wants its events, and which: patterns such as `trade.*` or `*`."""

    id: UUID
    party: UUID
    url: str
    events: tuple[str, ...]
    state: EndpointState
    created_at: datetime
    changed_at: datetime


class Delivery(msgspec.Struct, frozen=True):
    """One event on its way to one endpoint."""

    id: UUID
    endpoint: UUID
    event: UUID
    verb: str
    cursor: Cursor
    state: DeliveryState
    tries: int
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """What came of one call: a status or the name of an error; never the answer's body."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


class Outcome(msgspec.Struct, frozen=True):
    """What the far end did: `status` and the wait it asked for, or `error`."""

    status: int | None
    error: str | None
    duration_ms: int
    retry_after_seconds: int | None = None

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(unsafe_hash=True)
class WebhookEndpointsFull(Refusal):
    """The party has as many webhook endpoints as it may have.

    `most` is the number. Delete one, or subscribe an existing one to more events.
    """

    code = "webhook-endpoints-full"
    kind = Kind.LIMIT
    most: int


@dataclass(unsafe_hash=True)
class WebhookEndpointInactive(Refusal):
    """The webhook endpoint is paused or gone.

    Nothing is sent to it or replayed before it is set active again.
    """

    code = "webhook-endpoint-inactive"
    kind = Kind.CONFLICT
    endpoint: str
    state: str


def check_events(events: Sequence[str], kept: Sequence[str] = ()) -> tuple[str, ...]:
    """The patterns themselves, sorted and without doubles; raises `Invalid`.

    A pattern that matches no verb there is would wait for ever, so it is refused, unless it is one
    of those that the endpoint has already (`kept`).
    """
    if not 1 <= len(events) <= MOST_PATTERNS:
        raise Invalid(field="events", rule=f"must have 1 to {MOST_PATTERNS} patterns")
    for place, pattern in enumerate(events):
        if pattern not in PATTERNS and pattern not in kept:
            raise Invalid(field=f"events[{place}]", rule=UNKNOWN)
    return tuple(sorted(set(events)))


def payload(row: Row) -> bytes:
    """The body of an event: the same bytes at every attempt and every replay."""
    return msgspec.json.encode(event(row), order="sorted")


def event(row: Row) -> dict[str, Any]:
    """An event as its parties see it: `id`, `type`, `timestamp`, `subject` and `data`."""
    return {
        "id": public(EVENT, row.id),
        "type": row.verb,
        "timestamp": row.at.astimezone(UTC),
        "subject": row.subject,
        "data": row.body,
    }


def wait(tries: int, retry_after_seconds: int | None = None) -> timedelta | None:
    """How long to wait after failure number `tries` (from 1), ± 20 %; None = give up.

    A longer wait that the far end asked for (`Retry-After`) is honoured up to a day.
    """
    if tries > len(LADDER_SECONDS):
        return None
    step = LADDER_SECONDS[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    asked = min(timedelta(seconds=retry_after_seconds or 0), LONGEST_WAIT)
    return max(timedelta(seconds=step), asked)
