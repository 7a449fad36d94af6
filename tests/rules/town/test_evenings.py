"""The demo town's calendar: the lunar New Year's Eve, and a little while each hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from sycee.doors.http.evenings import EVES, LASTS, ZONE, evening


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "begins", "ends"),
    [
        ("2026-11-26T12:00:00", "2026-11-26T12:08:00", "2026-11-26T12:10:00"),
        ("2026-11-26T12:08:00", "2026-11-26T12:08:00", "2026-11-26T12:10:00"),
        ("2026-11-26T12:09:59", "2026-11-26T12:08:00", "2026-11-26T12:10:00"),
        ("2026-11-26T12:10:00", "2026-11-26T13:08:00", "2026-11-26T13:10:00"),
        ("2026-11-26T23:30:00", "2026-11-27T00:08:00", "2026-11-27T00:10:00"),
        ("2027-02-05T19:09:00", "2027-02-05T19:08:00", "2027-02-05T19:10:00"),
        ("2027-02-05T19:10:00", "2027-02-05T20:00:00", "2027-02-06T00:00:00"),
        ("2027-02-05T20:00:00", "2027-02-05T20:00:00", "2027-02-06T00:00:00"),
        ("2027-02-05T23:59:59", "2027-02-05T20:00:00", "2027-02-06T00:00:00"),
        ("2027-02-06T00:00:00", "2027-02-06T00:08:00", "2027-02-06T00:10:00"),
    ],
)
def test_an_evening_is_at_its_time(now: str, begins: str, ends: str):
    assert evening(at(now)) == (at(begins), at(ends))
    assert evening(at(now).astimezone(UTC)) == (at(begins), at(ends))


def test_there_is_always_an_evening_on_or_ahead_within_the_hour():
    for start in (at("2027-02-05T00:00:00"), at("2028-02-29T00:00:00")):
        for minute in range(26 * 60):
            now = start + timedelta(minutes=minute, seconds=30)
            begins, ends = evening(now)
            assert now < ends
            assert begins - now < timedelta(hours=1)
            assert ends - begins >= LASTS


def test_the_eves_are_those_of_new_moons():
    """Two eves are 12 or 13 lunations apart, of 29.53 days each, and fall between late January and
    late February."""
    days = sorted(EVES)
    for one, next_ in pairwise(days):
        assert (next_ - one).days in (353, 354, 355, 383, 384, 385)
    assert all((1, 20) <= (each.month, each.day) <= (2, 20) for each in days)
