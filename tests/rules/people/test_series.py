"""Schedules on values: which days a rule names, what it may say, and how it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.kit.errors import Invalid
from sycee.products.wallet.people.schedules import model
from sycee.products.wallet.people.schedules.model import ClosedDays, Every, Rule, Schedule, State

ADA, BEN = UUID(int=7), UUID(int=8)
TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def rule(every: Every = Every.MONTH, starts: str = "2026-03-01", **rest: Any) -> Rule:
    return Rule(every, date.fromisoformat(starts), **rest)


def same(on: date) -> date:
    return on


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (rule(Every.ONCE), ["2026-03-01", None]),
        (rule(Every.WEEK, times=3), ["2026-03-01", "2026-03-08", "2026-03-15", None]),
        (
            rule(starts="2027-11-30", times=4),
            ["2027-11-30", "2027-12-30", "2028-01-30", "2028-02-29", None],
        ),
        (rule(starts="2026-12-31", times=3), ["2026-12-31", "2027-01-31", "2027-02-28", None]),
        (
            rule(Every.MONTH_END, "2026-01-15", times=3),
            ["2026-01-31", "2026-02-28", "2026-03-31", None],
        ),
        (rule(ends_on=date(2026, 5, 1)), ["2026-03-01", "2026-04-01", "2026-05-01", None]),
        (rule(ends_on=date(2026, 4, 30)), ["2026-03-01", "2026-04-01", None]),
        (rule(times=1, ends_on=date(2026, 9, 1)), ["2026-03-01", None]),
    ],
)
def test_a_rule_names_its_days(said: Rule, days: list[str | None]) -> None:
    named = [model.day(said, place) for place in range(len(days))]
    assert named == [day and date.fromisoformat(day) for day in days]


def test_a_series_up_to_a_day_may_have_more_payments_than_are_counted() -> None:
    weekly = rule(Every.WEEK, ends_on=TODAY + timedelta(weeks=520))
    assert model.day(weekly, 520) == TODAY + timedelta(weeks=520)
    assert model.day(weekly, 521) is None


LAST = TODAY + timedelta(days=3_660)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (rule(times=1), None),
        (Rule(Every.MONTH, LAST, times=1), None),
        (rule(starts="2026-02-28", times=1), "starts_on"),
        (Rule(Every.MONTH, LAST + DAY, times=1), "starts_on"),
        (rule(Every.ONCE), None),
        (rule(Every.ONCE, times=1), None),
        (rule(Every.ONCE, times=2), "times"),
        (rule(Every.ONCE, ends_on=TODAY), "times"),
        (rule(), "times"),
        (rule(ends_on=TODAY), None),
        (rule(ends_on=LAST), None),
        (rule(ends_on=TODAY - DAY), "ends_on"),
        (rule(ends_on=LAST + DAY), "ends_on"),
        (rule(times=2, ends_on=LAST + DAY), "ends_on"),
    ],
    ids=str,
)
def test_a_series_begins_within_ten_years_and_has_an_end(said: Rule, field: str | None) -> None:
    if field is None:
        assert model.check(said, TODAY) is said
        return
    with pytest.raises(Invalid) as refused:
        model.check(said, TODAY)
    assert refused.value.field == field


def test_a_payer_signs_the_rule_in_lines_and_one_that_differs_does_not_stand() -> None:
    plain = rule(times=3)
    assert plain.terms == (
        "every month",
        "from 2026-03-01",
        "times 3",
        "until -",
        "closed-days keep",
    )
    moved = rule(ends_on=TODAY, closed_days=ClosedDays.NEXT)
    assert moved.terms[2:] == ("times -", "until 2026-03-01", "closed-days next")
    signed = model.authority(ADA, BEN, 100, "CNY", plain)
    series = schedule(plain, authority=signed)
    assert series.stands
    assert schedule(plain).stands
    others: list[dict[str, Any]] = [
        {"payer": BEN},
        {"payee": ADA},
        {"amount_minor": 101},
        {"currency": "EUR"},
        {"rule": moved},
    ]
    assert not any(msgspec.structs.replace(series, **other).stands for other in others)


def schedule(said: Rule, **changes: Any) -> Schedule:
    fields: dict[str, Any] = {
        "state": State.ACTIVE,
        "place": 0,
        "next_on": TODAY,
        "due_at": NOW,
        "attempt": 2,
        "last_code": None,
        "created_at": NOW,
        "ended_at": None,
        **changes,
    }
    return Schedule(UUID(int=1), ADA, BEN, 100, "CNY", said, **fields)


def test_the_next_day_is_due_at_nine_where_the_payer_is_and_after_the_last_it_ends() -> None:
    series = schedule(rule(times=2), state=State.PAUSED)
    later = model.at(series, 1, "Asia/Shanghai", NOW, lambda on: on + DAY)
    assert (later.place, later.next_on, later.attempt) == (1, date(2026, 4, 1), 0)
    assert later.due_at == datetime(2026, 4, 2, 1, tzinfo=UTC)
    assert (later.state, later.ended_at) == (State.PAUSED, None)
    over = model.at(later, 2, "Asia/Shanghai", NOW, same)
    assert (over.state, over.place, over.next_on, over.due_at) == (State.ENDED, 2, None, None)
    assert over.ended_at == NOW


@pytest.mark.parametrize(("state", "kept"), [(State.ACTIVE, None), (State.PAUSED, "no-money")])
def test_why_a_payment_was_refused_is_said_until_the_series_goes_on(
    state: State, kept: str | None
) -> None:
    refused = schedule(rule(times=2), state=state, last_code="no-money")
    later, over = (model.at(refused, place, "UTC", NOW, same) for place in (1, 2))
    assert (later.last_code, over.last_code) == (kept, kept)


@pytest.mark.parametrize(
    ("place", "today", "found"),
    [
        (0, "2026-03-01", 0),
        (0, "2026-03-02", 1),
        (0, "2026-04-01", 1),
        (2, "2026-03-01", 2),
        (0, "2026-05-02", 3),
        (7, "2026-03-01", 7),
    ],
)
def test_days_that_have_passed_are_passed_over(place: int, today: str, found: int) -> None:
    said, on = rule(times=3), date.fromisoformat(today)
    assert model.place_from(said, place, on, same) == found
    assert model.place_from(said, place, on + DAY, lambda each: each + DAY) == found
