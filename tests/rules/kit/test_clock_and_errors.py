"""Time as a value, and refusals as values."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.kit.clock import ManualClock, SystemClock, from_micros, micros
from sycee.kit.errors import Invalid, Kind, NotFound, Refusal


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact_both_ways(moment: datetime) -> None:
    assert from_micros(micros(moment)) == moment


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_manual_clock_stands_still_and_only_moves_forward() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.advance(timedelta(days=1)) == datetime(2026, 1, 2, tzinfo=UTC)
    assert clock.advance(timedelta(0)) == clock.now() == datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(datetime(2026, 1, 1))


def test_a_refusal_tells_its_code_kind_title_and_facts() -> None:
    refusal = Invalid(field="amount_minor", rule="must be positive")
    assert (refusal.code, refusal.kind) == ("invalid-field", Kind.INVALID)
    assert refusal.title == "A field breaks its rule."
    assert refusal.facts() == {"field": "amount_minor", "rule": "must be positive"}
    assert str(refusal) == "invalid-field(field='amount_minor', rule='must be positive')"


def test_a_refusal_without_facts_is_its_code_alone() -> None:
    assert Refusal().facts() == {}
    assert str(Refusal()) == "refused"
    assert Refusal().title == "The request was refused."


def test_equal_refusals_are_equal_and_hash_alike() -> None:
    assert NotFound("trade", "x") == NotFound("trade", "x")
    assert len({NotFound("trade", "x"), NotFound("trade", "x")}) == 1


def test_a_refusal_passes_through_a_context_manager() -> None:
    @contextmanager
    def room():
        yield

    with pytest.raises(NotFound), room():
        raise NotFound("trade", "x")


def test_two_refusals_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="taken"):

        @dataclass(unsafe_hash=True)
        class Another(Refusal):
            """A second class under a code that exists."""

            code = "not-found"

    assert Refusal.registry["not-found"] is NotFound
