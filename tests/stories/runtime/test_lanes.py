"""Lanes: what arrives while a transaction is in flight travels in the next one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import msgspec
import pytest
from psycopg import errors as pg

from sycee.runtime.lanes import Lane, LaneClosed, LaneFull, Thread
from sycee.runtime.perform import Answer, Call

SCOPE = UUID(int=1)


class Say(msgspec.Struct, frozen=True):
    n: int


class Recorder:
    """A batch runner that notes each batch and can be held up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.poison: set[int] = set()
        self.error: Exception = RuntimeError("poison")

    def __call__(self, calls: Sequence[Call[Say]]) -> list[Answer]:
        numbers = [call.command.n for call in calls]
        self.batches.append(numbers)
        self.gate.wait(60)
        if self.poison & set(numbers):
            raise self.error
        return [Answer(n, str(n).encode()) for n in numbers]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def lane(recorder: Recorder) -> Iterator[Lane[Say]]:
    lane = Lane("test", Thread(recorder), batch_max=100, queue_max=200)
    yield lane
    recorder.gate.set()
    lane.close()


def say(n: int, scope: UUID = SCOPE) -> Call[Say]:
    return Call(scope, str(n), "test.say", Say(n))


def until(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.001)


def test_a_lone_call_is_a_batch_of_one(lane: Lane[Say], recorder: Recorder) -> None:
    assert lane.call(say(1)).result == 1
    assert recorder.batches == [[1]]


def test_calls_that_arrive_in_flight_travel_together(lane: Lane[Say], recorder: Recorder) -> None:
    recorder.gate.clear()

    async def crowd() -> list[Answer]:
        tasks = [asyncio.create_task(lane.submit(say(0)))]
        await asyncio.sleep(0)
        await asyncio.to_thread(until, lambda: recorder.batches == [[0]])
        tasks += [asyncio.create_task(lane.submit(say(n))) for n in range(1, 151)]
        await asyncio.sleep(0)
        recorder.gate.set()
        return await asyncio.gather(*tasks)

    answers = asyncio.run(crowd())
    assert [answer.result for answer in answers] == list(range(151))
    assert recorder.batches == [[0], list(range(1, 101)), list(range(101, 151))]


def test_a_poisoned_command_costs_only_itself(lane: Lane[Say], recorder: Recorder) -> None:
    recorder.gate.clear()
    recorder.poison = {13}
    with ThreadPoolExecutor(31) as pool:
        first = pool.submit(lane.call, say(0))
        until(lambda: recorder.batches == [[0]])
        rest = {n: pool.submit(lane.call, say(n)) for n in range(1, 31)}
        until(lambda: lane.depth == 30)
        recorder.gate.set()
        assert first.result(20).result == 0
        for n, future in rest.items():
            if n == 13:
                assert isinstance(future.exception(20), RuntimeError)
            else:
                assert future.result(20).result == n


def test_a_lost_server_fails_the_batch_without_splitting(
    lane: Lane[Say], recorder: Recorder
) -> None:
    recorder.poison = {1}
    recorder.error = pg.AdminShutdown("the server stops")
    with pytest.raises(pg.AdminShutdown):
        lane.call(say(1))
    assert recorder.batches == [[1]]


def test_a_full_lane_refuses_instead_of_growing(lane: Lane[Say], recorder: Recorder) -> None:
    recorder.gate.clear()

    async def crowd() -> None:
        tasks = [asyncio.create_task(lane.submit(say(0)))]
        await asyncio.sleep(0)
        await asyncio.to_thread(until, lambda: recorder.batches == [[0]])
        tasks += [asyncio.create_task(lane.submit(say(n))) for n in range(1, 201)]
        await asyncio.sleep(0)
        with pytest.raises(LaneFull) as full:
            await lane.submit(say(999))
        assert full.value.retry_after_seconds == 1
        recorder.gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(crowd())


def test_a_callers_flood_neither_starves_nor_shuts_out_another(recorder: Recorder) -> None:
    lane = Lane("flooded", Thread(recorder), batch_max=100, queue_max=4_000)
    recorder.gate.clear()

    async def crowd() -> None:
        first = asyncio.create_task(lane.submit(say(0)))
        await asyncio.sleep(0)
        await asyncio.to_thread(until, lambda: recorder.batches == [[0]])
        flood = [asyncio.create_task(lane.submit(say(n))) for n in range(1, 4_001)]
        await asyncio.sleep(0)
        assert lane.depth == 4_000
        other = asyncio.create_task(lane.submit(say(9_999, UUID(int=2))))
        await asyncio.sleep(0)
        assert lane.depth == 4_000
        recorder.gate.set()
        assert (await other).result == 9_999
        ends = await asyncio.gather(first, *flood, return_exceptions=True)
        assert isinstance(ends[4_000], LaneFull), "the newest of who had the most made room"
        assert all(isinstance(end, Answer) for end in ends[:4_000])

    asyncio.run(crowd())
    assert recorder.batches[1] == [1, 9_999, *range(2, 100)]
    assert lane.tally.turned_away == 1
    lane.close()


def test_a_cancelled_caller_leaves_no_ghost(lane: Lane[Say], recorder: Recorder) -> None:
    recorder.gate.clear()

    async def crowd() -> None:
        first = asyncio.create_task(lane.submit(say(0)))
        await asyncio.sleep(0)
        await asyncio.to_thread(until, lambda: recorder.batches == [[0]])
        ghost = asyncio.create_task(lane.submit(say(1)))
        other = asyncio.create_task(lane.submit(say(2)))
        await asyncio.sleep(0)
        ghost.cancel()
        await asyncio.sleep(0)
        assert lane.depth == 1
        recorder.gate.set()
        await asyncio.gather(first, other)

    asyncio.run(crowd())
    assert recorder.batches == [[0], [2]]


def test_a_closed_lane_finishes_its_queue_and_takes_no_more(recorder: Recorder) -> None:
    lane = Lane("closing", Thread(recorder))
    recorder.gate.clear()
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(lane.call, say(n)) for n in range(3)]
        until(lambda: lane.depth + sum(map(len, recorder.batches)) == 3)
        closing = pool.submit(lane.close)
        recorder.gate.set()
        assert sorted(future.result(20).result for future in futures) == [0, 1, 2]
        closing.result(20)
    with pytest.raises(LaneClosed):
        lane.call(say(9))
