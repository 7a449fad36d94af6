"""Threads that callers share: each has turns, nobody has all, and who leaves leaves nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest

from sycee.runtime.http.pool import Pool
from sycee.runtime.http.problems import Busy, RateExceeded

ANN, BOB = uuid4(), uuid4()


class Desk:
    """Work that lasts until it is let go, and notes who was served, and how many at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.served: list[UUID] = []
        self.now = self.most = 0
        self._lock = threading.Lock()

    def work(self, who: UUID) -> UUID:
        with self._lock:
            self.served.append(who)
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(10)
        with self._lock:
            self.now -= 1
        return who


async def asked(pool: Pool, desk: Desk, who: Any, times: int) -> list[asyncio.Task[Any]]:
    """So many requests of a caller, each of which has come to its place."""
    tasks = [asyncio.ensure_future(pool.run(who, desk.work, who)) for _ in range(times)]
    await asyncio.sleep(0.05)
    return tasks


def play(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def test_a_caller_has_as_many_threads_as_one_may_and_another_has_the_next() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=3, each=2, waiting=10, name="test"), Desk()
        mine = await asked(pool, desk, ANN, 4)
        theirs = await asked(pool, desk, BOB, 1)
        assert desk.served == [ANN, ANN, BOB], "a thread is free, and it is not for Ann's third"
        assert pool.here == 5
        desk.go.set()
        assert await asyncio.gather(*mine, *theirs) == [*[ANN] * 4, BOB]
        pool.close()
        assert (desk.most, pool.here) == (3, 0)

    play(story())


def test_callers_take_turns_where_there_is_one_thread() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=1, each=1, waiting=10, name="test"), Desk()
        tasks = await asked(pool, desk, ANN, 3)
        tasks += await asked(pool, desk, BOB, 2)
        desk.go.set()
        await asyncio.gather(*tasks)
        pool.close()
        assert desk.served == [ANN, ANN, BOB, ANN, BOB]

    play(story())


def test_who_has_the_most_waiting_makes_room_and_is_told_so() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=1, each=1, waiting=2, name="test"), Desk()
        tasks = await asked(pool, desk, ANN, 3)  # one in hand, two wait
        with pytest.raises(RateExceeded) as refused:
            await pool.run(ANN, desk.work, ANN)
        assert refused.value.per == "party"
        theirs = await asked(pool, desk, BOB, 1)
        with pytest.raises(RateExceeded):
            await tasks.pop()
        with pytest.raises(Busy):  # each has one place: nobody has to go for a newcomer
            await pool.run(uuid4(), desk.work, ANN)
        desk.go.set()
        await asyncio.gather(*tasks, *theirs)
        assert await pool.run(ANN, desk.work, ANN) == ANN
        pool.close()
        assert desk.served == [ANN, ANN, BOB, ANN]

    play(story())


def test_who_is_no_party_is_told_that_the_house_is_busy() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=1, each=1, waiting=1, name="test"), Desk()
        tasks = await asked(pool, desk, "192.0.2.7", 2)
        with pytest.raises(Busy):
            await pool.run("192.0.2.7", desk.work, ANN)
        desk.go.set()
        await asyncio.gather(*tasks)
        pool.close()

    play(story())


@pytest.mark.parametrize(
    ("raised", "told"), [(ValueError, ValueError), (StopIteration, RuntimeError)]
)
def test_work_that_fails_frees_its_place(raised: type[Exception], told: type[Exception]) -> None:
    def fails() -> None:
        raise raised

    async def story() -> None:
        pool = Pool(threads=1, each=1, waiting=0, name="test")
        for _ in range(3):
            with pytest.raises(told):
                await asyncio.wait_for(pool.run(ANN, fails), 5)
        pool.close()

    play(story())


def test_who_leaves_gives_up_a_place_in_the_line_but_a_thread_only_when_it_is_done() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=1, each=1, waiting=5, name="test"), Desk()
        (working,) = await asked(pool, desk, ANN, 1)
        (waiting,) = await asked(pool, desk, BOB, 1)
        for left, here in ((waiting, 1), (working, 1)):
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
            assert pool.here == here
        (last,) = await asked(pool, desk, BOB, 1)
        assert desk.served == [ANN], "its thread still works"
        desk.go.set()
        assert await last == BOB
        assert desk.served == [ANN, BOB], "what nobody waited for was not begun"
        pool.close()

    play(story())


def test_an_end_turns_away_who_waits_and_finishes_what_is_in_hand() -> None:
    async def story() -> None:
        pool, desk = Pool(threads=1, each=1, waiting=5, name="test"), Desk()
        working, waiting = await asked(pool, desk, ANN, 2)
        threading.Timer(0.2, desk.go.set).start()
        pool.close()
        with pytest.raises(Busy):
            await waiting
        assert await working == ANN
        with pytest.raises(Busy):
            await pool.run(BOB, desk.work, BOB)

    play(story())
