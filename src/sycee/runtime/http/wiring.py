"""What running routes share: the database, the lanes, the pool of threads, the keys and rates."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sycee.runtime.db import Database
from sycee.runtime.http.caller import Admit, Resolve
from sycee.runtime.http.guard import Guard
from sycee.runtime.http.pool import Pool
from sycee.runtime.http.problems import Busy, RateExceeded
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.requests import BODY_LIMIT_BYTES
from sycee.runtime.http.sessions import Sessions
from sycee.runtime.lanes import Lane
from sycee.runtime.lanes.lane import Carrier
from sycee.runtime.lanes.teller import Carriage, Teller
from sycee.runtime.lanes.thread import Thread
from sycee.runtime.lanes.wire import Setup, path_of, within_reach
from sycee.runtime.perform import Answer, Call, perform

KEY_RATE = Rate(per_second=2_000.0, burst=4_000)
"""Requests with one API key."""

STRANGER_RATE = Rate(per_second=20.0, burst=100)
"""Requests without a key, and first look-ups of a key, from one address."""

ADMISSION = "admission"
"""Whose work it is to find out who calls: nobody's yet, and a caller of its own."""

LANE_CONNECTIONS = 8
"""Connections, and transactions at once, of the lanes' process."""

SESSION_RATE = Rate(per_second=50.0, burst=200)
"""Requests of one session: a person's, on one device."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of everything one server process takes on."""

    threads: int = 8
    threads_each: int = 6  # for one caller
    waiting: int = 256
    slow_threads: int = 2  # for what takes long
    slow_each: int = 1
    slow_waiting: int = 64
    lane_batch: int = 500
    lane_queue: int = 4_000
    lanes: bool = True  # without them each hot call has a transaction of its own
    lane_process: bool = False  # whether lanes' transactions run in a process of their own
    body_bytes: int = BODY_LIMIT_BYTES
    key_rate: Rate = KEY_RATE
    stranger_rate: Rate = STRANGER_RATE
    session_rate: Rate = SESSION_RATE
    streams: int = 200
    streams_each: int = 32  # of one party: a shop has a till or two
    stream_seconds: float = 30.0  # then the client comes back, and is looked at again


class Wiring:
    """The shared parts of one server process. Made once, closed once.

    Without `admit` no session is known, and API keys are the only way in. `origin` is the one that
    sessions' requests come from.
    """

    def __init__(
        self,
        database: Database,
        resolve: Resolve,
        bounds: Bounds | None = None,
        *,
        admit: Admit | None = None,
        origin: str = "",
    ) -> None:
        self.database = database
        self.bounds = bounds = bounds or Bounds()
        self.pool = Pool(bounds.threads, bounds.threads_each, bounds.waiting, "http")
        self.slow = Pool(bounds.slow_threads, bounds.slow_each, bounds.slow_waiting, "slow")
        self.sessions = (
            Sessions(partial(self.pool.run, ADMISSION, admit), origin, database.clock)
            if admit
            else None
        )
        self.guard = Guard(
            partial(self.pool.run, ADMISSION, resolve),
            self.bounds.key_rate,
            self.bounds.stranger_rate,
            self.bounds.session_rate,
            self.sessions,
        )
        self.lanes: dict[str, Lane[Any]] = {}
        self._lanes_lock = threading.Lock()
        self._teller: Teller | None = None
        self._held = 0
        self.streaming: Counter[UUID] = Counter()

    def open(self, actions: Sequence[Callable[..., Any]] = ()) -> None:
        """Start the lanes' process where the bounds say so, with these actions loaded.

        Called on the event loop, before the first lane is made. Without it lanes are threads.
        """
        if self.bounds.lanes and self.bounds.lane_process:
            paths = sorted({path_of(action) for action in actions})
            self._teller = Teller(Setup(self.database.url, LANE_CONNECTIONS, paths))
            self._teller.start()

    async def submit(self, verb: str, action: Callable[..., Any], call: Call[Any]) -> Answer:
        """A hot call's answer, by its lane."""
        if self.bounds.lanes:
            return await self.lane(verb, action).submit(call)
        return (await self.pool.run(call.scope, _perform, self.database, action, [call]))[0]

    async def hold(self, pause_ms: int) -> None:
        """Let a call wait, holding nothing; raises `Busy` when as many wait as a lane takes."""
        if pause_ms <= 0:
            return
        if self._held >= self.bounds.lane_queue:
            raise Busy
        self._held += 1
        try:
            await asyncio.sleep(pause_ms / 1_000)
        finally:
            self._held -= 1

    def lane(self, verb: str, action: Callable[..., Sequence[Any]]) -> Lane[Any]:
        """The lane of a hot verb, made on first asking; every door of the process shares it."""
        found = self.lanes.get(verb)
        if found is None:
            with self._lanes_lock:
                found = self.lanes.get(verb) or self._made(verb, action)
        return found

    def _made(self, verb: str, action: Callable[..., Sequence[Any]]) -> Lane[Any]:
        lane = self.lanes[verb] = Lane(
            verb,
            self._carrier(action),
            batch_max=self.bounds.lane_batch,
            queue_max=self.bounds.lane_queue,
        )
        return lane

    def _carrier(self, action: Callable[..., Sequence[Any]]) -> Carrier:
        """The lanes' process, if there is one and it can find the action by its name."""
        if self._teller is not None and within_reach(action):
            return Carriage(self._teller, path_of(action))
        return Thread(partial(_perform, self.database, action))

    @property
    def lane_restarts(self) -> int:
        """How often the lanes' process was started again."""
        return self._teller.restarts if self._teller else 0

    def check_streams(self, party: UUID) -> None:
        """Whether one more stream may begin; raises `Busy`, and `RateExceeded` of the party."""
        if self.streaming.total() >= self.bounds.streams:
            raise Busy
        if self.streaming[party] >= self.bounds.streams_each:
            raise RateExceeded(per="party", retry_after_seconds=1)

    async def streamed(self, party: UUID, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """A stream's chunks; while they flow, it is one of its party's."""
        self.streaming[party] += 1
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            self.streaming[party] -= 1
            if not self.streaming[party]:
                del self.streaming[party]
            await chunks.aclose()

    def close(self) -> None:
        """Finish what is queued and stop; the database is its owner's to close."""
        for lane in self.lanes.values():
            lane.close()
        if self._teller is not None:
            self._teller.close()
        self.pool.close()
        self.slow.close()


def _perform(
    database: Database, action: Callable[..., Sequence[Any]], calls: Sequence[Call[Any]]
) -> list[Answer]:
    return perform(database, calls, action)
