"""The noise: what it costs, that it is there, and that it is fair."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sycee.oversight.transparency.counts import model, noise


@pytest.mark.parametrize("bound", [1, 20])
@pytest.mark.parametrize("milli", [10, 100, 500])
def test_a_person_costs_no_more_than_was_said(bound: int, milli: int) -> None:
    made = noise.mechanism(bound, milli)
    assert made.map(bound) == pytest.approx(milli / 1_000)
    assert made.map(2 * bound) == pytest.approx(2 * milli / 1_000), "no less noise than it seems"


def test_answers_are_whole_scattered_and_true_on_average() -> None:
    """400 draws of scale 10: the mean's error passes 5 (seven times its own) in 1e-11 of runs."""
    drawn = [count for _ in range(20) for count in noise.release([1_000] * 20, 1, 100)]
    assert all(isinstance(each, int) for each in drawn)
    assert len(set(drawn)) > 10
    assert abs(sum(drawn) / len(drawn) - 1_000) < 5


def test_nineteen_of_twenty_answers_lie_within_the_margin() -> None:
    margin = noise.margin(1, 100)
    drawn = [count for _ in range(50) for count in noise.release([0] * 20, 1, 100)]
    inside = sum(abs(each) <= margin for each in drawn)
    assert inside > 0.9 * len(drawn)  # 0.95 is expected; 0.9 is seven deviations off
    assert 20 < margin < 45


def test_a_quarter_is_named_after_its_months() -> None:
    days = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 9, 12)]
    assert [model.quarter_of(day)[-2:] for day in days] == ["Q1", "Q1", "Q2", "Q3", "Q4"]
