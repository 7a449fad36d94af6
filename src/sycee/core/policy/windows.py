"""Windows: over what a limit adds up, and when it begins anew where the party is. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Window(StrEnum):
    """Over what a limit adds up. `single` is one request alone; in order of precedence.

    `part` is a part of a request, such as a share of an envelope: the amount bounds the mean of a
    part, the count how many there are. `balance` bounds what the party's wallet may hold, not what
    it pays: the ledger sees to it.
    """

    SINGLE = "single"
    PART = "part"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    LIFETIME = "lifetime"
    BALANCE = "balance"


def window_on(window: Window, now: datetime, zone: str) -> date:
    """The first day of the window that `now` falls in, by the calendar of `zone`.

    Raises KeyError (`ZoneInfoNotFoundError`) for a zone that IANA does not list.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if window is Window.DAY:
        return today
    if window is Window.MONTH:
        return today.replace(day=1)
    if window is Window.YEAR:
        return today.replace(month=1, day=1)
    return date.min


def resets_at(window: Window, now: datetime, zone: str) -> datetime | None:
    """When the window that `now` falls in ends: a midnight where the party is; None = never."""
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    if window is Window.DAY:
        following = today + timedelta(days=1)
    elif window is Window.MONTH:
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    elif window is Window.YEAR:
        following = today.replace(year=today.year + 1, month=1, day=1)
    else:
        return None
    return datetime.combine(following, time(), place)


ALONE = frozenset({Window.SINGLE, Window.PART})
"""Windows over which nothing adds up."""
