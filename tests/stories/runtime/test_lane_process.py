"""Lanes whose transactions run in a process of their own, and what happens when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import OperationalError
from tests.stories.runtime import deeds
from tests.stories.runtime.deeds import Do

from sycee.runtime.db import Database
from sycee.runtime.http.wiring import Bounds, Wiring
from sycee.runtime.lanes.wire import CallFailed
from sycee.runtime.perform import Answer, Call, StoredRefusal

ALICE, BOB = UUID(int=1), UUID(int=2)
MOMENT = datetime(2026, 2, 17, 8, 30, 0, 123456, UTC)


@pytest.fixture
def database(database: Database) -> Database:
    with database.connection() as conn:
        conn.execute(deeds.TABLE)
    return database


def running(database: Database, story: Callable[[Wiring], Coroutine[Any, Any, None]]) -> Wiring:
    """Play a story on a wiring whose lanes have a process, and close it."""

    async def play() -> Wiring:
        bounds = Bounds(lane_process=True, lane_batch=100)
        wiring = Wiring(database, lambda _: pytest.fail("nobody calls"), bounds)
        wiring.open([deeds.act])
        try:
            await asyncio.wait_for(story(wiring), 60)
        finally:
            wiring.close()
        return wiring

    return asyncio.run(play())


def do(n: int, *, key: str | None = "", who: UUID = ALICE, **more: Any) -> Call[Do]:
    return Call(who, f"k{n}" if key == "" else key, "test.do", Do(n, who, **more))


async def all_of(wiring: Wiring, calls: Sequence[Call[Do]]) -> list[Answer | BaseException]:
    lane = wiring.lane("test.do", deeds.act)
    return await asyncio.gather(*(lane.submit(call) for call in calls), return_exceptions=True)


def written(database: Database) -> list[int]:
    with database.connection() as conn:
        return [row[0] for row in conn.execute("SELECT n FROM public.deeds ORDER BY n").fetchall()]


def test_a_call_is_answered_from_another_process_as_from_a_replay(database: Database) -> None:
    async def story(wiring: Wiring) -> None:
        [first] = await all_of(wiring, [do(1, at=MOMENT)])
        assert isinstance(first, Answer)
        assert first.result["n"] == 1
        assert first.result["pid"] != os.getpid()
        assert not first.replayed
        [again] = await all_of(wiring, [do(1, at=MOMENT)])
        assert isinstance(again, Answer)
        assert (again.body, again.replayed) == (first.body, True)
        [refused] = await all_of(wiring, [do(1_001)])
        assert isinstance(refused, Answer)
        assert isinstance(refused.refusal, StoredRefusal)
        assert (refused.refusal.code, refused.refusal.facts()) == (
            "test-too-many-deeds",
            {"n": 1_001},
        )
        lane = wiring.lane("test.do", deeds.act)
        blocking = await asyncio.to_thread(lane.call, do(2))
        assert blocking.result["n"] == 2

    running(database, story)
    with database.connection() as conn:
        row = conn.execute("SELECT at FROM public.deeds WHERE n = 1").fetchone()
    assert row == (MOMENT,)
    assert written(database) == [1, 2]


def test_a_raising_command_in_a_batch_costs_only_itself(database: Database) -> None:
    async def story(wiring: Wiring) -> None:
        calls = [do(n, how="raise" if n == 5 else "") for n in range(10)]
        answers = await all_of(wiring, calls)
        assert isinstance(answers[5], CallFailed)
        assert str(answers[5]) == "RuntimeError"
        others = [answer for n, answer in enumerate(answers) if n != 5]
        assert all(isinstance(answer, Answer) and not answer.refusal for answer in others)
        tally = wiring.lane("test.do", deeds.act).tally
        assert (tally.failed, tally.in_flight) == (1, 0)
        assert tally.splits >= 3

    running(database, story)
    assert written(database) == [n for n in range(10) if n != 5]


def test_killed_amid_a_batch_every_call_is_answered_and_done_once(
    database: Database, tmp_path: Path
) -> None:
    async def story(wiring: Wiring) -> None:
        mark = str(tmp_path / "died")
        calls = [do(n, how="die-once" if n == 7 else "", mark=mark) for n in range(50)]
        answers = await all_of(wiring, calls)
        assert [a.result["n"] for a in answers if isinstance(a, Answer)] == list(range(50))
        assert wiring.lane_restarts == 1

    running(database, story)
    assert written(database) == list(range(50))


def test_a_command_that_kills_the_process_costs_only_itself(database: Database) -> None:
    async def story(wiring: Wiring) -> None:
        calls = [do(0), do(1, how="kill"), do(2), do(9, key=None)]
        answers = await all_of(wiring, calls)
        assert isinstance(answers[1], OperationalError)
        assert isinstance(answers[3], OperationalError), "without a key nothing is sent twice"
        rest = [answers[n] for n in (0, 2)]
        assert [a.result["n"] for a in rest if isinstance(a, Answer)] == [0, 2]

    running(database, story)
    assert written(database) == [0, 2]


def test_what_is_in_flight_at_the_end_is_finished_and_answered(database: Database) -> None:
    waiting: list[asyncio.Task[Answer]] = []

    async def story(wiring: Wiring) -> None:
        lane = wiring.lane("test.do", deeds.act)
        waiting.append(asyncio.create_task(lane.submit(do(1, how="slow"))))
        await asyncio.sleep(0.1)
        waiting.append(asyncio.create_task(lane.submit(do(2))))
        await asyncio.sleep(0)

    async def play() -> None:
        bounds = Bounds(lane_process=True)
        wiring = Wiring(database, lambda _: pytest.fail("nobody calls"), bounds)
        wiring.open()
        await story(wiring)
        wiring.close()
        answers = await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert [answer.result["n"] for answer in answers] == [1, 2]

    asyncio.run(play())
    assert written(database) == [1, 2]


def test_the_process_ends_with_its_server_even_when_that_is_killed(database: Database) -> None:
    read, write = os.pipe()
    server = os.fork()
    if server == 0:
        _serve_until_killed(database.url, write)
    os.close(write)
    with os.fdopen(read) as line:
        pid = int(line.readline())
    os.kill(server, signal.SIGKILL)
    os.waitpid(server, 0)
    asyncio.run(_until(partial(_gone, pid)))


def _serve_until_killed(url: str, write: int) -> None:
    async def serve() -> None:
        wiring = Wiring(Database(url, size=1), lambda _: pytest.fail("nobody calls"),
                        Bounds(lane_process=True))  # fmt: skip
        wiring.open([deeds.act])
        answer = await wiring.lane("test.do", deeds.act).submit(do(1))
        os.write(write, b"%d\n" % answer.result["pid"])
        await asyncio.sleep(60)

    asyncio.run(serve())
    os._exit(1)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


async def _until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
