"""When the demo town celebrates by itself: a calendar. Pure.

On the eve of the Chinese New Year from eight in the evening to midnight, in Shanghai; and, so that
nobody has to wait for that, for a little while each hour.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
EVES = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-02-16 2027-02-05 2028-01-25 2029-02-12 2030-02-02 2031-01-22 2032-02-10 2033-01-30"
        " 2034-02-18 2035-02-07 2036-01-27 2037-02-14 2038-02-03 2039-01-23 2040-02-11"
    ).split()
)
"""The days before the lunar year begins, as the calendar of the Purple Mountain Observatory
(GB/T 33661-2017) has them."""

EIGHT = 20
MINUTE = 8
LASTS = timedelta(minutes=2)


def evening(now: datetime) -> tuple[datetime, datetime]:
    """When the evening that is on begins and ends, or else the next one."""
    here = now.astimezone(ZONE).replace(second=0, microsecond=0)
    if here.date() in EVES and here.hour >= EIGHT:
        begins = here.replace(hour=EIGHT, minute=0)
        return begins, begins + timedelta(hours=24 - EIGHT)
    begins = here.replace(minute=MINUTE)
    if now >= begins + LASTS:
        begins += timedelta(hours=1)
        if begins.date() in EVES and begins.hour == EIGHT:
            return evening(begins.replace(minute=0))
    return begins, begins + LASTS
