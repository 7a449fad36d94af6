"""Who waits in a lane: fair between scopes, bounded, and nobody stays who has left."""

from __future__ import annotations

from concurrent.futures import Future
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sycee.runtime.lanes.waiting import Waiting
from sycee.runtime.line import Line
from sycee.runtime.perform import Call


def waiting(scope: int, n: int = 0) -> Waiting[int]:
    return Waiting(Call(UUID(int=scope), str(n), "test", n), Future(), None)


def told(batch: list[Waiting[int]]) -> list[tuple[int, int]]:
    return [(each.call.scope.int, each.call.command) for each in batch]


def test_a_caller_with_thousands_of_calls_delays_another_by_one_place():
    line: Line[Waiting[int]] = Line(4_000)
    for n in range(3_999):
        line.add(waiting(1, n))
    line.add(waiting(2))
    assert told(line.take(3)) == [(1, 0), (2, 0), (1, 1)]


def test_a_turn_passes_over_who_is_barred_and_comes_back():
    line: Line[Waiting[int]] = Line(9)
    for scope, n in ((1, 0), (1, 1), (2, 0), (3, 0), (3, 1)):
        line.add(waiting(scope, n))
    found = [line.next(barred) for barred in (nobody, (2).__eq__, nobody, nobody, nobody, nobody)]
    assert told([each for each in found if each]) == [(1, 0), (3, 0), (2, 0), (1, 1), (3, 1)]
    assert found[-1] is None
    assert len(line) == 0


def nobody(_: object) -> bool:
    return False


def test_a_full_line_turns_away_the_newest_call_of_who_has_the_most():
    line: Line[Waiting[int]] = Line(4)
    calls = [waiting(1, n) for n in range(4)]
    assert [line.add(call) for call in calls] == [None] * 4
    assert line.add(waiting(2)) is calls[3]
    assert line.add(waiting(3)) is calls[2]
    equal = waiting(4)
    assert line.add(waiting(2, 1)) is not None, "as many as the longest queue is no claim"
    assert line.add(equal) is calls[1]
    assert line.add(last := waiting(5)) is last, "all have one: the newcomer goes"
    assert told(line.take(9)) == [(1, 0), (2, 0), (3, 0), (4, 0)]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("next"), st.integers(1, 4)),
        st.tuples(st.just("drop"), st.integers(0, 30)),
    ),
    max_size=60,
)


@given(steps)
def test_nobody_is_lost_doubled_or_kept_after_leaving(plan: list[tuple[str, int]]):
    """Against a model that keeps a list for each scope and searches all of it."""
    line: Line[Waiting[int]] = Line(8)
    model: dict[int, list[Waiting[int]]] = {}
    everyone: list[Waiting[int]] = []
    for n, (what, number) in enumerate(plan):
        if what == "add":
            new = waiting(number, n)
            everyone.append(new)
            gone = line.add(new)
            mine = model.setdefault(number, [])
            full = sum(map(len, model.values())) >= 8
            longest = max(map(len, model.values()))
            if gone is not new:
                mine.append(new)
            if gone is None:
                assert not full
            elif gone is new:
                assert full
                assert len(mine) + 1 >= longest
            else:
                assert full
                theirs = model[gone.call.scope.int]
                assert len(theirs) == longest > len(mine) - 1
                assert theirs.pop() is gone
        elif what == "take":
            before = sum(map(len, model.values()))
            batch = line.take(number)
            assert len(batch) == min(number, before)
            for each in batch:
                assert model[each.call.scope.int].pop(0) is each
        elif what == "next":  # with that scope barred
            first = line.next(number.__eq__)
            if first is None:
                assert not any(rest for scope, rest in model.items() if scope != number)
            else:
                assert first.scope != number
                assert model[first.call.scope.int].pop(0) is first
        elif number < len(everyone):
            leaver = everyone[number]
            rest = model[leaver.call.scope.int]
            assert line.drop(leaver) == (leaver in rest)
            if leaver in rest:
                rest.remove(leaver)
        assert len(line) == sum(map(len, model.values()))
