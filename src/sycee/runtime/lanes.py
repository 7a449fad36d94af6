"""Lanes: calls that arrive while a transaction is in flight travel together in the next one.

There is no timer and no added latency when idle: a lone call is a batch of one that starts at once.
Under load one transaction, one fsync and one lock per account serve hundreds of calls.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from psycopg import OperationalError
from psycopg import errors as pg

from sycee.runtime.perform import Answer, Call

C = TypeVar("C")
Run = Callable[[Sequence[Call[C]]], list[Answer]]

_log = logging.getLogger(__name__)


class LaneFull(Exception):
    """The queue is as long as it may get; try again after `retry_after_seconds`."""

    def __init__(self, lane: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"lane {lane} is full")
        self.lane = lane
        self.retry_after_seconds = retry_after_seconds


class LaneClosed(LaneFull):
    """The lane takes no more calls: the server is stopping."""


class _Waiting(Generic[C]):
    """A call in the queue and whoever waits for its answer."""

    __slots__ = ("call", "future", "loop")

    def __init__(
        self,
        call: Call[C],
        future: asyncio.Future[Answer] | Future[Answer],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.call = call
        self.future = future
        self.loop = loop


Settled = tuple["_Waiting[C]", Answer | BaseException]


class Lane(Generic[C]):
    """One verb's lane: a bounded queue and a thread that runs it batch by batch.

    `run` performs a batch in one transaction (usually `partial(perform, database, action=…)` with
    the calls first). `batch_max` calls go in one transaction; `queue_max` may wait; one more gets
    `LaneFull`. First come, first served.
    """

    def __init__(
        self, name: str, run: Run[C], *, batch_max: int = 256, queue_max: int = 4_096
    ) -> None:
        self.name = name
        self.batch_max = batch_max
        self.queue_max = queue_max
        self._run = run
        self._queue: deque[_Waiting[C]] = deque()
        self._ready = threading.Condition()
        self._idle = False
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"lane-{name}", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """How many calls wait now."""
        return len(self._queue)

    async def submit(self, call: Call[C]) -> Answer:
        """Queue a call from the event loop and await its answer.

        A caller who is cancelled while waiting in the queue is dropped from it; one cancelled while
        its transaction runs is answered by its key when it comes back.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._put(_Waiting(call, future, loop))
        return await future

    def call(self, call: Call[C], wait_seconds: float | None = 30.0) -> Answer:
        """`submit` for a caller that blocks: the terminal, the worker, a test."""
        future: Future[Answer] = Future()
        self._put(_Waiting(call, future, None))
        return future.result(wait_seconds)

    def close(self) -> None:
        """Take no more calls, finish those in the queue, and wait for the thread."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _put(self, waiting: _Waiting[C]) -> None:
        with self._ready:
            if self._closed:
                raise LaneClosed(self.name)
            if len(self._queue) >= self.queue_max:
                raise LaneFull(self.name)
            self._queue.append(waiting)
            if self._idle:
                self._ready.notify()

    def _take(self) -> list[_Waiting[C]]:
        """The next batch; empty only when the lane is closed and drained."""
        with self._ready:
            while not self._queue and not self._closed:
                self._idle = True
                self._ready.wait()
            self._idle = False
            count = min(len(self._queue), self.batch_max)
            return [self._queue.popleft() for _ in range(count)]

    def _work(self) -> None:
        while batch := self._take():
            live = [waiting for waiting in batch if not waiting.future.cancelled()]
            if live:
                _settle(self._outcomes(live))

    def _outcomes(self, batch: list[_Waiting[C]]) -> list[Settled[C]]:
        """Run a batch; a poisoned one is split and retried, so a bad command costs only itself."""
        try:
            answers = self._run([waiting.call for waiting in batch])
            return list(zip(batch, answers, strict=True))
        except Exception as error:
            if len(batch) == 1 or not _poison(error):
                if not isinstance(error, OperationalError):
                    _log.exception("lane %s failed", self.name)
                return [(waiting, error) for waiting in batch]
            half = len(batch) // 2
            return self._outcomes(batch[:half]) + self._outcomes(batch[half:])


def _poison(error: Exception) -> bool:
    """Whether one command may be to blame. A deadlock or a lost server is nobody's fault.

    A statement that ran out of time is: half the batch may well finish within the limit.
    """
    if isinstance(error, (pg.QueryCanceled, pg.LockNotAvailable)):
        return True
    return not isinstance(error, OperationalError)


def _settle(settled: list[Settled[C]]) -> None:
    """Hand out the answers: one wake-up of each event loop for all of its callers."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Settled[C]]] = {}
    for waiting, outcome in settled:
        if waiting.loop is not None:
            by_loop.setdefault(waiting.loop, []).append((waiting, outcome))
        elif waiting.future.done():
            continue
        elif isinstance(outcome, BaseException):
            waiting.future.set_exception(outcome)
        else:
            waiting.future.set_result(outcome)
    for loop, rows in by_loop.items():
        # A closed loop has no callers left to tell; their keys hold the answers.
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, rows)


def _resolve(rows: list[Settled[C]]) -> None:
    for waiting, outcome in rows:
        if waiting.future.done():
            continue
        if isinstance(outcome, BaseException):
            waiting.future.set_exception(outcome)
        else:
            waiting.future.set_result(outcome)
