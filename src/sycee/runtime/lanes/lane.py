"""A lane: callers on one side, batches on the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from sycee.runtime.lanes.split import Outcome
from sycee.runtime.lanes.tally import Tally
from sycee.runtime.lanes.waiting import LaneClosed, LaneFull, Waiting
from sycee.runtime.line import Line
from sycee.runtime.perform import Answer, Call

C = TypeVar("C")


class Carrier(Protocol):
    """What runs a lane's batches: a thread of this process, or another process."""

    def start(self, lane: Lane[C]) -> None:
        """Serve this lane: call its `take` for a batch, and its `settle` with what came of it."""

    def wake(self) -> None:
        """A call came; may be said by any thread."""

    def close(self) -> None:
        """Run what waits and come to an end. The lane takes no more calls."""


class Lane(Generic[C]):
    """One verb's lane: a bounded line of calls, and a carrier that runs them batch by batch.

    `batch_max` calls go in one transaction; `queue_max` may wait; one more gets `LaneFull`.
    """

    def __init__(
        self,
        name: str,
        carrier: Carrier,
        *,
        batch_max: int = 256,
        queue_max: int = 4_096,
    ) -> None:
        self.name = name
        self.batch_max = batch_max
        self.tally = Tally()
        self._lock = threading.Lock()
        self._line: Line[Waiting[C]] = Line(queue_max)
        self._closed = False
        self._carrier = carrier
        carrier.start(self)

    @property
    def depth(self) -> int:
        """How many calls wait now."""
        return len(self._line)

    async def submit(self, call: Call[C]) -> Answer:
        """Queue a call from the event loop and await its answer.

        A caller who is cancelled while its call waits takes it away; one cancelled while its
        transaction runs is answered by its key when it comes back.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        waiting = Waiting(call, future, loop)
        self._put(waiting)
        try:
            return await future
        except BaseException:  # cancelled, or closed by whoever ran it
            with self._lock:
                self._line.drop(waiting)
            raise

    def call(self, call: Call[C], wait_seconds: float | None = 30.0) -> Answer:
        """`submit` for a caller that blocks: the terminal, the worker, a test.

        Never on the event loop, which it would stop.
        """
        future: Future[Answer] = Future()
        waiting = Waiting(call, future, None)
        self._put(waiting)
        try:
            return future.result(wait_seconds)
        except TimeoutError:
            with self._lock:
                self._line.drop(waiting)
            raise

    def close(self) -> None:
        """Take no more calls and finish those that wait."""
        with self._lock:
            self._closed = True
        self._carrier.close()

    def _put(self, waiting: Waiting[C]) -> None:
        with self._lock:
            if self._closed:
                raise LaneClosed(self.name)
            gone = self._line.add(waiting)
        if gone is not None:
            self.tally.turned_away += 1
            if gone is waiting:
                raise LaneFull(self.name)
            hand_out([gone], [LaneFull(self.name)])
        self._carrier.wake()

    def take(self) -> list[Waiting[C]]:
        """The next batch, for the carrier; empty when nobody waits."""
        with self._lock:
            batch = self._line.take(self.batch_max)
        if batch:
            self.tally.began(batch)
        return batch

    def settle(
        self, batch: Sequence[Waiting[C]], outcomes: Sequence[Outcome], splits: int = 0
    ) -> None:
        """Hand out what came of a batch."""
        self.tally.ended(batch, outcomes, splits)
        hand_out(batch, outcomes)


def hand_out(batch: Sequence[Waiting[C]], outcomes: Sequence[Outcome]) -> None:
    """Tell each caller: one wake-up of each event loop for all of its callers."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Waiting[C], Outcome]]] = {}
    for waiting, outcome in zip(batch, outcomes, strict=True):
        if waiting.loop is None:
            _resolve(waiting, outcome)
        else:
            by_loop.setdefault(waiting.loop, []).append((waiting, outcome))
    for loop, rows in by_loop.items():
        # A closed loop has no callers left to tell; their keys hold the answers.
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve_all, rows)


def _resolve_all(rows: Sequence[tuple[Waiting[C], Outcome]]) -> None:
    for waiting, outcome in rows:
        _resolve(waiting, outcome)


def _resolve(waiting: Waiting[C], outcome: Outcome) -> None:
    if waiting.future.done():
        return
    if isinstance(outcome, Exception):
        waiting.future.set_exception(outcome)
    else:
        waiting.future.set_result(outcome)
