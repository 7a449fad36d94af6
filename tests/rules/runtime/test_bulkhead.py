"""What takes long waits behind a bulkhead: callers take turns, and nobody has all of it."""

from __future__ import annotations

import asyncio
import threading
from uuid import UUID, uuid4

import pytest

from sycee.runtime.http.bulkhead import Bulkhead
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


async def asked(bulkhead: Bulkhead, desk: Desk, who: UUID, times: int) -> list[asyncio.Task[UUID]]:
    """So many requests of a caller, each of which has come to its place."""
    tasks = [asyncio.ensure_future(bulkhead.run(who, desk.work, who)) for _ in range(times)]
    await asyncio.sleep(0.05)
    return tasks


def test_one_callers_requests_come_one_after_the_other_and_another_gets_a_turn() -> None:
    async def play() -> None:
        bulkhead, desk = Bulkhead(threads=2, waiting=10, each=5), Desk()
        mine = await asked(bulkhead, desk, ANN, 4)
        theirs = await asked(bulkhead, desk, BOB, 1)
        assert desk.served == [ANN, BOB], "a thread is free, and it is not for Ann's second"
        desk.go.set()
        assert await asyncio.gather(*mine, *theirs) == [*[ANN] * 4, BOB]
        bulkhead.close()
        assert desk.most == 2

    asyncio.run(play())


def test_callers_take_turns_where_there_is_one_thread() -> None:
    async def play() -> None:
        bulkhead, desk = Bulkhead(threads=1, waiting=10, each=5), Desk()
        tasks = await asked(bulkhead, desk, ANN, 3)
        tasks += await asked(bulkhead, desk, BOB, 2)
        desk.go.set()
        await asyncio.gather(*tasks)
        bulkhead.close()
        assert desk.served == [ANN, BOB, ANN, BOB, ANN]

    asyncio.run(play())


def test_too_much_of_one_and_too_much_of_all_are_refused_and_forgotten() -> None:
    async def play() -> None:
        bulkhead, desk = Bulkhead(threads=1, waiting=2, each=2), Desk()
        tasks = await asked(bulkhead, desk, ANN, 2)
        with pytest.raises(RateExceeded) as refused:
            await bulkhead.run(ANN, desk.work, ANN)
        assert refused.value.per == "party"
        tasks += await asked(bulkhead, desk, BOB, 1)
        with pytest.raises(Busy):
            await bulkhead.run(uuid4(), desk.work, BOB)
        desk.go.set()
        await asyncio.gather(*tasks)
        assert await bulkhead.run(ANN, desk.work, ANN) == ANN
        assert bulkhead._turns == {}, "nobody is kept who has left"
        bulkhead.close()

    asyncio.run(play())


def test_work_that_fails_frees_its_place() -> None:
    def fails() -> None:
        raise ValueError

    async def play() -> None:
        bulkhead = Bulkhead(threads=1, waiting=0, each=1)
        for _ in range(3):
            with pytest.raises(ValueError):
                await bulkhead.run(ANN, fails)
        bulkhead.close()

    asyncio.run(play())
