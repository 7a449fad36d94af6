"""A bulkhead (M. Nygard, Release It!): answers that take long have few threads of their own.

What a caller asks for is done one after the other, and callers take turns. So whoever asks again
and again for everything that is kept of them holds up themselves, and nobody's payment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sycee.runtime.http.problems import Busy, RateExceeded

R = TypeVar("R")


@dataclass(slots=True)
class _Turn:
    """A caller's requests: how many there are, and the lock that lets one of them on."""

    count: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Bulkhead:
    """`threads` work; `waiting` requests wait in all, and each caller has `each` here at most.

    `here` = how many there are now, waiting or in hand. Used from the event loop alone.
    """

    def __init__(self, threads: int, waiting: int, each: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="slow")
        self._free = asyncio.Semaphore(threads)
        self._most, self._each = threads + waiting, each
        self._turns: dict[UUID, _Turn] = {}
        self.here = 0

    async def run(self, caller: UUID, work: Callable[..., R], *arguments: Any) -> R:
        """What the work gives. Raises `RateExceeded` when the caller has too much here, `Busy` when
        everybody together has."""
        turn = self._turns.get(caller) or _Turn()
        if turn.count >= self._each:
            raise RateExceeded(per="party", retry_after_seconds=1)
        if self.here >= self._most:
            raise Busy
        self._turns[caller] = turn
        turn.count += 1
        self.here += 1
        try:
            async with turn.lock, self._free:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, work, *arguments)
        finally:
            self.here -= 1
            turn.count -= 1
            if turn.count == 0:
                del self._turns[caller]

    def close(self) -> None:
        """Finish what is in hand."""
        self._threads.shutdown(wait=True, cancel_futures=True)
