"""A request to be paid: its states, its bounds, and what may be done when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, Kind, NotFound, Refusal
from sycee.kit.ids import public

NOUN = "req"
EXPIRES = timedelta(days=30)
EXPIRES_MAX = timedelta(days=366)
OPEN_MAX = 500
"""How many open requests one asker may have."""

OPEN_TO_ONE_MAX = 5
"""How many open requests one asker may have to one person."""

REMINDERS_MAX = 3
REMIND_EVERY = timedelta(hours=24)


class State(StrEnum):
    """Where a request stands; only an open one can be paid, and each is paid once."""

    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PayRequest(msgspec.Struct, frozen=True):
    """A request as stored. Without a payer it is a link, paid by whoever has its token."""

    id: UUID
    payee: UUID
    payer: UUID | None
    amount_minor: int | None
    currency: str
    token: str | None
    split: UUID | None
    memo: bool
    state: State
    transfer: UUID | None
    paid_by: UUID | None
    paid_minor: int | None
    reminders: int
    reminded_at: datetime | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def public(self) -> str:
        return public(NOUN, self.id)


@dataclass(unsafe_hash=True)
class RequestNotOpen(Refusal):
    """The request is no longer open.

    `state` says what became of it: paid, declined (also by closing the payer's account), cancelled
    (also by closing the asker's) or expired. Nothing was moved.
    """

    code = "request-not-open"
    kind = Kind.CONFLICT
    request: str
    state: str


@dataclass(unsafe_hash=True)
class RequestAmountDiffers(Refusal):
    """The request asks for another amount.

    `amount_minor` is what it asks for. Pay it without an amount, or with exactly this one.
    """

    code = "request-amount-differs"
    kind = Kind.CONFLICT
    request: str
    amount_minor: int


@dataclass(unsafe_hash=True)
class RequestRefused(Refusal):
    """This party takes no requests from you.

    Ask in another way; a payment link can be sent to anyone.
    """

    code = "request-refused"
    kind = Kind.FORBIDDEN
    payer: str


@dataclass(unsafe_hash=True)
class RequestsTooMany(Refusal):
    """There are too many open requests.

    `limit` is how many may be open, to one person or of all. Cancel some, or wait for answers.
    """

    code = "requests-too-many"
    kind = Kind.LIMIT
    limit: int


@dataclass(unsafe_hash=True)
class ReminderTooSoon(Refusal):
    """The payer was reminded a short while ago, or often enough.

    A request is reminded of three times, a day apart. `next_at` is null when no time is left.
    """

    code = "request-reminder-too-soon"
    kind = Kind.CONFLICT
    next_at: datetime | None


def expiry(now: datetime, wanted: datetime | None) -> datetime:
    """When a request expires; `Invalid` for a time that is past or more than a year away."""
    if wanted is None:
        return now + EXPIRES
    if wanted.tzinfo is None or not now < wanted <= now + EXPIRES_MAX:
        raise Invalid(field="expires_at", rule="must be a time with a zone within the next year")
    return wanted


def standing(row: PayRequest, now: datetime) -> State:
    """A request's state at a moment: one past its time is expired before the sweep says so."""
    return State.EXPIRED if row.state is State.OPEN and row.expires_at <= now else row.state


def check_open(row: PayRequest, now: datetime) -> Refusal | None:
    """Why nothing can be done with a request any more."""
    state = standing(row, now)
    if state is State.OPEN:
        return None
    return RequestNotOpen(request=row.public, state=str(state))


def check_payment(
    row: PayRequest | None, by: UUID, token: str | None, wanted_minor: int | None, now: datetime
) -> int | Refusal:
    """The amount that `by` pays on a request, or why it may not."""
    if row is None or (row.token != token if row.payer is None else row.payer != by):
        return NotFound(noun="request", id="" if row is None or token else row.public)
    refusal = check_open(row, now)
    if refusal is not None:
        return refusal
    if row.amount_minor is None:
        if wanted_minor is None:
            return Invalid(field="amount_minor", rule="must be given: the request leaves it open")
        return wanted_minor
    if wanted_minor is not None and wanted_minor != row.amount_minor:
        return RequestAmountDiffers(request=row.public, amount_minor=row.amount_minor)
    return row.amount_minor


def check_reminder(row: PayRequest, now: datetime) -> Refusal | None:
    """Why the payer may not be reminded now."""
    refusal = check_open(row, now)
    if refusal is not None:
        return refusal
    if row.payer is None or row.reminders >= REMINDERS_MAX:
        return ReminderTooSoon(next_at=None)
    next_at = (row.reminded_at or row.created_at) + REMIND_EVERY
    return ReminderTooSoon(next_at=next_at) if now < next_at else None
