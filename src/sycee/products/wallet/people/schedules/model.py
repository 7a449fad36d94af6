"""When a schedule's payments fall due, and what becomes of one that was refused. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.products.wallet.approvals.model import bound

NOUN = "sch"
AT = time(9)
"""When on its day a payment is made, where the payer is."""

TIMES_MAX = 120
YEARS_MAX = 10
OPEN_MAX = 50
"""The most schedules that one payer may have going."""

TRIES = 3
UNSIGNED = "series-differs"
"""Why a series stopped that is not the one that its payer signed."""

RETRY_AFTER = timedelta(hours=4)
"""A refused payment is tried again after this long, `TRIES` times in all; then all is paused."""


class Every(StrEnum):
    """How often. `month-end` is the last day of each month."""

    ONCE = "once"
    WEEK = "week"
    MONTH = "month"
    MONTH_END = "month-end"


class ClosedDays(StrEnum):
    """What becomes of a day that is a weekend or a holiday where the payer is.

    `keep`: it is paid all the same; `next` and `previous`: on the nearest day of business.
    """

    KEEP = "keep"
    NEXT = "next"
    PREVIOUS = "previous"


class State(StrEnum):
    """Active; paused, by its owner or by a payment that failed; ended for good."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class RunState(StrEnum):
    """What became of one payment."""

    PAID = "paid"
    FAILED = "failed"
    SKIPPED = "skipped"


Times = Annotated[int, msgspec.Meta(ge=1, le=TIMES_MAX)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which days: from `starts_on`, `times` often or up to `ends_on`, both included."""

    every: Every
    starts_on: date
    times: Times | None = None
    ends_on: date | None = None
    closed_days: ClosedDays | msgspec.UnsetType = msgspec.UNSET

    @property
    def closed(self) -> ClosedDays:
        """What becomes of a day that is none of business."""
        return ClosedDays.KEEP if self.closed_days is msgspec.UNSET else self.closed_days

    @property
    def terms(self) -> tuple[str, ...]:
        """The rule in lines, as its payer signs them."""
        return (
            f"every {self.every}",
            f"from {self.starts_on}",
            f"times {self.times or '-'}",
            f"until {self.ends_on or '-'}",
            f"closed-days {self.closed}",
        )


class Schedule(msgspec.Struct, frozen=True):
    """A schedule as stored. `place` counts its days from 0; `due_at` is the next try."""

    id: UUID
    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    rule: Rule
    state: State
    place: int
    next_on: date | None
    due_at: datetime | None
    attempt: int
    last_code: str | None
    created_at: datetime
    ended_at: datetime | None
    mandate: UUID | None = None
    authority: UUID | None = None

    @property
    def public(self) -> str:
        return public(NOUN, self.id)

    @property
    def stands(self) -> bool:
        """Whether a series is still the one that was signed; one that was not signed is."""
        signed = authority(self.payer, self.payee, self.amount_minor, self.currency, self.rule)
        return self.authority in (None, signed)


class Run(msgspec.Struct, frozen=True):
    """What became of a schedule's day."""

    place: int
    run_on: date
    state: RunState
    code: str | None
    transfer: UUID | None
    ended_at: datetime


@dataclass(unsafe_hash=True)
class ScheduleStateDiffers(Refusal):
    """The schedule is in another state.

    `state` is the one that it is in: an ended one can only be looked at, one that is paused must be
    resumed before a day of it is skipped, and only a paused one can be resumed.
    """

    code = "schedule-state-differs"
    kind = Kind.CONFLICT
    schedule: str
    state: str


@dataclass(unsafe_hash=True)
class SchedulesTooMany(Refusal):
    """There are as many schedules going as one may have.

    Cancel one that you no longer need.
    """

    code = "schedules-too-many"
    kind = Kind.LIMIT
    limit: int


def authority(payer: UUID, payee: UUID, amount_minor: int, currency: str, rule: Rule) -> UUID:
    """What stands for a series in the mandate of its approval: change anything, and it differs."""
    return bound("series", str(payer), str(payee), str(amount_minor), currency, *rule.terms)


def check(rule: Rule, today: date) -> Rule:
    """`rule` itself; raises `Invalid` for one that begins too early or never ends."""
    if not today <= rule.starts_on <= _years_on(today):
        raise Invalid("starts_on", f"must be a day from today on, within {YEARS_MAX} years")
    if rule.every is Every.ONCE:
        if rule.times not in (None, 1) or rule.ends_on is not None:
            raise Invalid("times", "must be left out of a payment that is made once")
    elif rule.times is None and rule.ends_on is None:
        raise Invalid("times", "times or ends_on must be given: a series has an end")
    if rule.ends_on is not None and not rule.starts_on <= rule.ends_on <= _years_on(today):
        raise Invalid("ends_on", f"must be a day from starts_on on, within {YEARS_MAX} years")
    return rule


def _years_on(today: date) -> date:
    return today + timedelta(days=366 * YEARS_MAX)


def day(rule: Rule, place: int) -> date | None:
    """The day of a place, counted from 0; None once the series is over.

    A month without the day has its last one instead: what begins on the 31st falls on 30 April.
    """
    if place >= (1 if rule.every is Every.ONCE else rule.times or TIMES_MAX * YEARS_MAX):
        return None
    first = rule.starts_on
    if rule.every is Every.WEEK:
        found = first + timedelta(weeks=place)
    else:
        months = first.year * 12 + first.month - 1 + place
        year, month = months // 12, months % 12 + 1
        length = calendar.monthrange(year, month)[1]
        wanted = length if rule.every is Every.MONTH_END else min(first.day, length)
        found = date(year, month, wanted)
    return None if rule.ends_on is not None and found > rule.ends_on else found


def due(on: date, zone: str) -> datetime:
    """When the payment of a day is made."""
    return datetime.combine(on, AT, ZoneInfo(zone))


def at(
    schedule: Schedule, place: int, zone: str, now: datetime, paid_on: Callable[[date], date]
) -> Schedule:
    """The schedule with its next day at a place; ended where there is none.

    `paid_on` says when a day is paid: itself, or the day of business that it moves to. Why a try
    was refused is said of that day alone, and of one that paused the schedule until it goes on.
    """
    on = day(schedule.rule, place)
    over = on is None
    return msgspec.structs.replace(
        schedule,
        state=State.ENDED if over else schedule.state,
        place=place,
        next_on=on,
        due_at=None if on is None else due(paid_on(on), zone),
        attempt=0,
        last_code=schedule.last_code if schedule.state is State.PAUSED else None,
        ended_at=now if over else None,
    )


def place_from(rule: Rule, place: int, today: date, paid_on: Callable[[date], date]) -> int:
    """The first place from `place` on whose day has not passed, or where the series is over."""
    while (on := day(rule, place)) is not None and paid_on(on) < today:
        place += 1
    return place
