"""Gestures, codes and circles: what is told by pure rules."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.products.envelopes.model import circles, code, gesture
from sycee.products.envelopes.model.circles import Gift

KEY, BOUND, ADA = b"k" * 32, b"an envelope", UUID(int=7)
NOW = 1_800_000_000_000
HAND = [(0, 10, 10), (90, 11, 12), (170, 11, 12), (420, 12, 13)]


def convinced(age: int = 600, trace: object = HAND, by: UUID = ADA, bound: bytes = BOUND) -> bool:
    text = gesture.challenge(KEY, BOUND, ADA, NOW - age)
    return gesture.convinces(KEY, bound, by, text, trace, NOW)  # type: ignore[arg-type]


def test_a_press_by_a_hand_convinces():
    assert convinced()


@pytest.mark.parametrize("age", [0, gesture.LEAST_MS - 1, gesture.STALE_MS + 1, -5])
def test_a_challenge_that_came_back_too_soon_or_too_late_does_not(age: int):
    assert not convinced(age)


def test_a_challenge_is_of_one_person_and_one_envelope():
    assert not convinced(by=UUID(int=8))
    assert not convinced(bound=b"another envelope")
    assert not gesture.convinces(b"x" * 32, BOUND, ADA, "1.2", HAND, NOW)
    for text in ("", ".", f"{NOW - 600}.", f"{NOW - 600}.00", "x.y", "9" * 40 + ".a"):
        assert not gesture.convinces(KEY, BOUND, ADA, text, HAND, NOW)


@pytest.mark.parametrize(
    "trace",
    [
        [],
        [(0, 0, 0), (500, 0, 0)],
        [(0, 0, 0), (10, 0, 0), (25, 0, 0)],
        [(0, 0, 0), (100, 0, 0), (200, 0, 0), (300, 0, 0)],
        [(0, 0, 0), (400, 0, 0), (100, 0, 0)],
        [(0, 0, 0), (90, 0, 0), (900, 0, 0)],
        [(-5, 0, 0), (90, 0, 0), (400, 0, 0)],
        [(n, 0, 0) for n in range(200)],
    ],
)
def test_a_trace_that_is_short_backward_ruled_or_longer_than_its_time_does_not(trace: object):
    assert not convinced(trace=trace)


def test_codes_are_longer_when_many_are_in_use_and_a_digest_needs_the_key():
    assert {len(code.drawn(0)) for _ in range(50)} == {6}
    assert len(code.drawn(code.CROWDED)) == 8
    assert code.digest(KEY, "123456") != code.digest(b"x" * 32, "123456")


people = st.integers(1, 6).map(lambda n: UUID(int=n))
gifts = st.lists(
    st.tuples(people, people, st.just("CNY"), st.sampled_from([90_000, 100_000, 300_000])),
    max_size=20,
    unique_by=lambda gift: (gift[0], gift[1]),
)


@given(gifts)
def test_every_circle_is_a_round_of_gifts_and_every_round_is_found_once(given_: list[Gift]):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    steps = {(a, b): minor for a, b, _, minor in given_ if minor >= circles.LEAST_MINOR and a != b}
    found = circles.find(given_, now, now)
    for each in found:
        around = [*pairwise(each.people), (each.people[-1], each.people[0])]
        assert min(steps[step] for step in around) == each.round_minor
        assert each.round_minor * 2 >= each.sent_minor
    assert len({each.people for each in found}) == len(found)
    pairs = {frozenset(pair) for pair in steps if (pair[1], pair[0]) in steps}
    even = {
        pair
        for pair in pairs
        for a, b in [sorted(pair)]
        if min(steps[a, b], steps[b, a]) * 2 >= max(steps[a, b], steps[b, a])
    }
    assert {frozenset(each.people) for each in found if len(each.people) == 2} == even
