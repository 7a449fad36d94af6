"""Gestures, codes and circles: what is told by pure rules."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import RFC_4122, UUID

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
    mac = gesture.challenge(KEY, BOUND, ADA, NOW - 600).partition(".")[2]
    assert gesture.convinces(KEY, BOUND, ADA, f"{NOW - 600}.{mac}", HAND, NOW)
    assert len(mac) == 32
    assert not gesture.convinces(KEY, BOUND, ADA, f"{NOW - 601}.{mac}", HAND, NOW)
    for text in ("²." + mac, "٣." + mac, f"-{NOW - 600}.{mac}", f"0{NOW - 600}{mac}"):
        assert not gesture.convinces(KEY, BOUND, ADA, text, HAND, NOW)
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
        [(5 * n + n % 2, 0, 0) for n in range(121)],
        [(0, 0, 0), (90, 0, 0), (601, 0, 0)],
        [(0, 0, 0), (90, 0, 0), (199, 0, 0)],
        [(900, 0, 0), (990, 0, 0), (1_099, 0, 0)],
        [(0, 0, 0), (300, 0, 0), (299, 0, 0)],
        [(-1, 0, 0), (90, 0, 0), (400, 0, 0)],
    ],
)
def test_a_trace_that_is_short_backward_ruled_or_longer_than_its_time_does_not(trace: object):
    assert not convinced(trace=trace)


@pytest.mark.parametrize(
    ("age", "trace"),
    [
        (gesture.LEAST_MS, [*HAND[:3], (400, 0, 0)]),
        (gesture.STALE_MS, HAND),
        (600, [(0, 0, 0), (90, 0, 0), (200, 0, 0)]),
        (600, [(0, 0, 0), (90, 0, 0), (600, 0, 0)]),
        (600, [(0, 0, 0), (300, 0, 0), (300, 5, 5)]),
        (600, [(4 * n + n % 2, 0, 0) for n in range(120)]),
        (600, [(0, 0, 0), (100, 0, 0), (200, 0, 0), (301, 0, 0)]),
        (600, [(300, 0, 0), (390, 0, 0), (800, 0, 0)]),
    ],
)
def test_a_press_at_the_edge_of_what_a_hand_does_convinces(age: int, trace: object):
    assert convinced(age, trace)


def test_codes_are_longer_when_many_are_in_use_and_a_digest_needs_the_key():
    assert {len(code.drawn(0)) for _ in range(50)} == {6}
    assert len(code.drawn(code.CROWDED - 1)) == 6
    assert len(code.drawn(code.CROWDED)) == 8
    drawn = {code.drawn(0) for _ in range(400)}
    assert len(drawn) > 390  # of a million: as good as no two alike
    assert {each[0] for each in drawn} == set("0123456789")
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


SINCE, FOUND = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)


def ring(*names: int, minors: list[int], currency: str = "CNY") -> list[Gift]:
    """Each gives to the next, the last to the first."""
    ids = [UUID(int=n) for n in names]
    around = zip(ids, [*ids[1:], ids[0]], minors, strict=True)
    return [(giver, taker, currency, minor) for giver, taker, minor in around]


def rounds(gifts: list[Gift]) -> list[tuple[list[int], int, int]]:
    found = circles.find(gifts, SINCE, FOUND)
    return [([each.int for each in c.people], c.round_minor, c.sent_minor) for c in found]


@pytest.mark.parametrize(
    ("gifts", "found"),
    [
        (ring(1, 2, minors=[100_000, 200_000]), [([1, 2], 100_000, 200_000)]),
        (ring(1, 2, minors=[100_000, 200_001]), []),
        (ring(1, 2, minors=[99_999, 99_999]), []),
        (ring(1, minors=[500_000]), []),
        (ring(3, 1, 2, minors=[300_000, 200_000, 250_000]), [([1, 2, 3], 200_000, 300_000)]),
        (ring(5, 4, 3, 2, 1, minors=[100_000] * 5), [([1, 5, 4, 3, 2], 100_000, 100_000)]),
        (ring(1, 2, 3, 4, 5, 6, minors=[100_000] * 6), []),
        (
            ring(1, 2, minors=[150_000] * 2) + ring(3, 4, minors=[300_000] * 2),
            [([3, 4], 300_000, 300_000), ([1, 2], 150_000, 150_000)],
        ),
        (
            ring(1, 2, minors=[150_000] * 2, currency="EUR")[:1]
            + ring(1, 2, minors=[150_000] * 2)[1:],
            [],
        ),
        (
            ring(1, 2, minors=[150_000] * 2) + ring(2, 3, minors=[150_000] * 2),
            [([1, 2], 150_000, 150_000), ([2, 3], 150_000, 150_000)],
        ),
    ],
)
def test_a_circle_is_named_once_from_its_smallest_id_with_what_went_round(
    gifts: list[Gift], found: list[tuple[list[int], int, int]]
):
    # Where the rounds are equal, their order is that of ids, which are hashes.
    assert sorted(rounds(gifts)) == sorted(found)
    if len({minor for _, minor, _ in found}) == len(found):
        assert rounds(gifts) == found


def test_a_circle_has_one_id_for_its_people_day_and_currency():
    gifts = ring(1, 2, minors=[100_000] * 2)
    (one,) = circles.find(gifts, SINCE, FOUND)
    (same,) = circles.find(gifts, SINCE, FOUND.replace(hour=23))
    (later,) = circles.find(gifts, SINCE, FOUND.replace(day=9))
    (other,) = circles.find(ring(1, 3, minors=[100_000] * 2), SINCE, FOUND)
    (euros,) = circles.find(ring(1, 2, minors=[100_000] * 2, currency="EUR"), SINCE, FOUND)
    assert same.id == one.id
    assert len({one.id, later.id, other.id, euros.id}) == 4
    assert {each.id.version for each in (one, later, other, euros)} == {8}
    assert {each.id.variant for each in (one, later, other, euros)} == {RFC_4122}
    assert (one.since_at, one.found_at, one.currency) == (SINCE, FOUND, "CNY")


def test_no_more_circles_are_found_than_somebody_can_look_at():
    pairs = [ring(2 * n, 2 * n + 1, minors=[100_000 + n] * 2) for n in range(1, 300)]
    found = rounds([gift for pair in pairs for gift in pair])
    assert [minor for _, minor, _ in found] == [100_299 - n for n in range(200)]
