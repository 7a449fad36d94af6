"""Threads that callers share fairly: each has a queue of their own, and the queues take turns.

Whoever asks for much waits behind themselves, and holds up nobody else by more than what is in
hand. A server has two pools, so that what takes long has threads of its own (a bulkhead:
M. Nygard, Release It!).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sycee.kit.errors import Refusal
from sycee.runtime.http.problems import Busy, RateExceeded
from sycee.runtime.line import Line

R = TypeVar("R")


class _Job:
    """Work that waits or is in hand, and where its caller waits for what it gives."""

    __slots__ = ("answer", "scope", "work")

    def __init__(
        self, scope: Hashable, work: Callable[[], Any], answer: asyncio.Future[Any]
    ) -> None:
        self.scope, self.work, self.answer = scope, work, answer


class Pool:
    """`threads` work, at most `each` of them for one caller, and `waiting` requests wait.

    Used from the event loop alone.
    """

    def __init__(self, threads: int, each: int, waiting: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most, self._each = threads, each
        self._line: Line[_Job] = Line(waiting)
        self._hands: Counter[Hashable] = Counter()  # of each caller
        self._busy = 0

    @property
    def here(self) -> int:
        """How many requests there are now, waiting or in hand."""
        return self._busy + len(self._line)

    async def run(self, whose: Hashable, work: Callable[..., R], *arguments: Any) -> R:
        """What the work gives. `whose` is a party, or what else stands for a caller.

        When all places to wait are taken, the newest request of who has the most of them goes:
        with `RateExceeded` if that is a party, else with `Busy`, as when nobody has more than one.
        """
        loop = asyncio.get_running_loop()
        job = _Job(whose, partial(work, *arguments), loop.create_future())
        if self._busy < self._most and self._hands[whose] < self._each:
            self._start(job)
        else:
            self._queue(job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            self._line.drop(job)
            raise

    def _queue(self, job: _Job) -> None:
        gone = self._line.add(job)
        if gone is not None and not gone.answer.done():
            gone.answer.set_exception(self._refusal(gone.scope))

    def _refusal(self, whose: Hashable) -> Refusal:
        if isinstance(whose, UUID) and self._line.has(whose):
            return RateExceeded(per="party", retry_after_seconds=1)
        return Busy()

    def _start(self, job: _Job) -> None:
        self._busy += 1
        self._hands[job.scope] += 1
        done = asyncio.get_running_loop().run_in_executor(self._threads, _worked, job.work)
        done.add_done_callback(partial(self._done, job))

    def _done(self, job: _Job, done: asyncio.Future[Any]) -> None:
        self._busy -= 1
        self._hands[job.scope] -= 1
        if not self._hands[job.scope]:
            del self._hands[job.scope]
        self._next()
        error = done.exception()
        if job.answer.done():  # whoever asked has left
            return
        if error is not None:
            job.answer.set_exception(error)
        else:
            job.answer.set_result(done.result())

    def _next(self) -> None:
        while self._busy < self._most:
            job = self._line.next(self._barred)
            if job is None:
                return
            if not job.answer.done():
                self._start(job)

    def _barred(self, whose: Hashable) -> bool:
        return self._hands[whose] >= self._each

    def close(self) -> None:
        """Turn away what waits, finish what is in hand, and take no more."""
        line, self._line, self._most = self._line, Line(0), 0
        for job in line.take(len(line)):
            if not job.answer.done():
                job.answer.set_exception(Busy())
        self._threads.shutdown(wait=True)


def _worked(work: Callable[[], R]) -> R:
    """What the work gives; a future takes no `StopIteration`, and would stay open for good."""
    try:
        return work()
    except StopIteration as error:
        raise RuntimeError("the work ended by StopIteration") from error
