"""A day that is none of business moves to one, by the calendar of the payer's jurisdiction."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sycee.products.wallet.people.schedules.calendars import closed, moved
from sycee.products.wallet.people.schedules.model import ClosedDays

NEXT, PREVIOUS, KEEP = ClosedDays.NEXT, ClosedDays.PREVIOUS, ClosedDays.KEEP


@pytest.mark.parametrize(
    ("on", "where", "after", "before"),
    [
        (date(2026, 10, 1), "CN", date(2026, 10, 8), date(2026, 9, 30)),  # the National Day week
        (date(2026, 10, 10), "CN", date(2026, 10, 10), date(2026, 10, 10)),  # a worked Saturday
        (date(2026, 4, 3), "DE", date(2026, 4, 7), date(2026, 4, 2)),  # Good Friday to Easter
        (date(2026, 11, 1), "DE-BY", date(2026, 11, 2), date(2026, 10, 30)),  # a Sunday
        (date(2026, 1, 6), "DE-BY", date(2026, 1, 7), date(2026, 1, 5)),  # Epiphany in Bavaria
        (date(2026, 1, 6), "DE", date(2026, 1, 6), date(2026, 1, 6)),  # and nowhere north of it
        (date(2026, 11, 13), "AE", date(2026, 11, 13), date(2026, 11, 13)),  # a Friday is worked
        (date(2026, 1, 6), "DE-XX", date(2026, 1, 6), date(2026, 1, 6)),  # in no part that is known
        (date(2026, 11, 28), "XK", date(2026, 11, 30), date(2026, 11, 27)),
        (date(2026, 11, 28), "ZZ", date(2026, 11, 30), date(2026, 11, 27)),  # a weekend alone
        (date(2026, 12, 25), "ZZ", date(2026, 12, 25), date(2026, 12, 25)),  # a Friday
    ],
)
def test_a_closed_day_moves_to_the_nearest_open_one(on: date, where: str, after, before):
    assert (moved(on, NEXT, where), moved(on, PREVIOUS, where)) == (after, before)
    assert moved(on, KEEP, where) == on


@pytest.mark.parametrize("where", ["CN", "DE", "US-CA", "IN", "JP", "XK"])
def test_wherever_a_day_moves_to_is_open_and_the_order_of_days_stays(where: str):
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 730, 3)]
    for choice in (NEXT, PREVIOUS):
        places = [moved(day, choice, where) for day in days]
        assert [closed(place, where) for place in places] == [None] * len(days)
        assert places == sorted(places)


def test_it_is_said_why_a_day_is_closed():
    assert closed(date(2026, 10, 1), "CN") == "National Day"
    assert closed(date(2026, 11, 28), "CN") == "weekend"
    assert closed(date(2026, 11, 26), "CN") is None
    sunday = date(2026, 11, 29)
    assert [closed(sunday - timedelta(days=n), "ZZ") for n in range(3)] == [
        *["weekend"] * 2,
        None,
    ]
