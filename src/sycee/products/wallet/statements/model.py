"""Periods, formats and their limits; refusals. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from sycee.kit.errors import Invalid, Kind, Refusal

DAYS_MAX = 366
"""The longest period of one statement."""


class Format(StrEnum):
    """What a statement can be taken away as."""

    CSV = "csv"
    CAMT = "camt.053.001.08"
    PDF = "pdf"


ROWS_MAX: dict[Format, int] = {Format.CSV: 10_000, Format.CAMT: 10_000, Format.PDF: 2_000}
"""The most lines of one file; who has more takes a shorter period."""


class Period(msgspec.Struct, frozen=True):
    """Whole days where the party is, the last one included, as the times they begin and end at."""

    from_on: date
    to_on: date
    zone: str
    since: datetime
    until: datetime


@dataclass(unsafe_hash=True)
class StatementTooLong(Refusal):
    """The period has more lines than one file may hold.

    `limit` is the most that a file of this format holds. Take a shorter period, or another format.
    """

    code = "statement-too-long"
    kind = Kind.LIMIT
    format: str
    limit: int


def period(from_on: date | None, to_on: date | None, now: datetime, zone: str) -> Period:
    """The days asked for; without them from the first of this month up to today.

    Raises `Invalid` for days out of order and for more than `DAYS_MAX` of them.
    """
    place = ZoneInfo(zone)
    last = to_on or now.astimezone(place).date()
    first = from_on or last.replace(day=1)
    if last < first:
        raise Invalid(field="to_on", rule="must not be before from_on")
    if (last - first).days >= DAYS_MAX:
        raise Invalid(field="from_on", rule=f"must be at most {DAYS_MAX} days before to_on")
    if not 1970 <= first.year <= last.year <= 9000:
        raise Invalid(field="from_on", rule="must be a day from 1970 on")
    return Period(
        from_on=first,
        to_on=last,
        zone=zone,
        since=datetime.combine(first, time(), place),
        until=datetime.combine(last + timedelta(days=1), time(), place),
    )
