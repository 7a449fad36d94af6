"""Business days: the weekends and holidays of a jurisdiction, and where a day moves to from one.

The days are those of the library `holidays`: public ones, and of banks where it knows them, with
the weekend days that are worked in their place (China's). Of a place that it does not know,
Saturday and Sunday are closed.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sycee.products.wallet.people.schedules.model import ClosedDays

WEEKEND = "weekend"
_SEARCH_DAYS = 31
_BANK, _PUBLIC = "bank", "public"


def closed(on: date, jurisdiction: str) -> str | None:
    """Why a day is none of business somewhere: a holiday's name, or `weekend`; else None."""
    year = _year(jurisdiction, on.year)
    if year is None:
        return WEEKEND if on.weekday() >= 5 else None
    if on in year:
        return str(year[on])
    return None if year.is_working_day(on) else WEEKEND


def moved(on: date, closed_days: ClosedDays, jurisdiction: str) -> date:
    """The day itself, or the nearest day of business after or before it, as is wanted."""
    if closed_days is ClosedDays.KEEP:
        return on
    step = timedelta(days=1 if closed_days is ClosedDays.NEXT else -1)
    found = on
    for _ in range(_SEARCH_DAYS):
        if closed(found, jurisdiction) is None:
            return found
        found += step
    return on


@lru_cache(maxsize=256)
def _year(jurisdiction: str, year: int) -> Any:
    """A year's days of a jurisdiction (ISO 3166-1, or with a part of a country ISO 3166-2)."""
    import holidays

    country, _, part = jurisdiction.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        return None
    usual = holidays.country_holidays(country, years=year)
    return holidays.country_holidays(
        country,
        subdiv=part if part in known[country] else None,
        years=year,
        expand=False,
        language="en_US",
        categories=[each for each in (_BANK, _PUBLIC) if each in usual.supported_categories],
    )
