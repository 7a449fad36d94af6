"""Who waits in a lane: bounded, and fair between the scopes that calls belong to.

The next batch takes one call of each scope in turn, so a caller with thousands of calls delays
another's only call by one place. A full line turns away the newest call of whoever has the most
waiting ("longest queue drop"): B. Suter et al., "Design considerations for supporting TCP with
per-flow queueing", INFOCOM 1998.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import Future
from typing import Generic, TypeVar

from sycee.runtime.perform import Answer, Call

C = TypeVar("C")


class LaneFull(Exception):
    """The queue is as long as it may get; try again after `retry_after_seconds`."""

    def __init__(self, lane: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"lane {lane} is full")
        self.lane = lane
        self.retry_after_seconds = retry_after_seconds


class LaneClosed(LaneFull):
    """The lane takes no more calls: the server is stopping."""


class Waiting(Generic[C]):
    """A call in the line and whoever waits for its answer."""

    __slots__ = ("call", "future", "loop", "since")

    def __init__(
        self,
        call: Call[C],
        future: asyncio.Future[Answer] | Future[Answer],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.call = call
        self.future = future
        self.loop = loop
        self.since = time.monotonic()


class Line(Generic[C]):
    """At most `most` calls, one queue for each scope. Not safe for threads: its lane has a lock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._length = 0
        self._turns: OrderedDict[int, OrderedDict[Waiting[C], None]] = OrderedDict()
        self._longest = 0  # no queue is longer; what is shorter than it was is found when asked

    def __len__(self) -> int:
        return self._length

    def add(self, waiting: Waiting[C]) -> Waiting[C] | None:
        """Let a call in; returns the one that had to go for it, or itself when it may not enter."""
        scope = waiting.call.scope.int
        queue = self._turns.get(scope)
        length = len(queue) + 1 if queue else 1
        gone = None
        if self._length >= self._most:
            gone = self._turn_away(length)
            if gone is None:
                return waiting
        if queue is None:
            queue = self._turns[scope] = OrderedDict()
        queue[waiting] = None
        self._length += 1
        if length > self._longest:
            self._longest = length
        return gone

    def _turn_away(self, length: int) -> Waiting[C] | None:
        """The newest call of the longest queue, if that is longer than the newcomer's would be."""
        if length >= self._longest:
            return None
        queue = max(self._turns.values(), key=len)
        self._longest = len(queue)
        if length >= self._longest:
            return None
        self._length -= 1
        return queue.popitem()[0]

    def drop(self, waiting: Waiting[C]) -> bool:
        """Take a call out whose caller has left; False when it is not in the line any more."""
        scope = waiting.call.scope.int
        queue = self._turns.get(scope)
        if queue is None or waiting not in queue:
            return False
        del queue[waiting]
        self._length -= 1
        if not queue:
            del self._turns[scope]
        return True

    def take(self, most: int) -> list[Waiting[C]]:
        """Up to `most` calls, one of each scope in turn; each scope's own in their order."""
        batch: list[Waiting[C]] = []
        turns = self._turns
        for _ in range(min(most, self._length)):
            scope, queue = turns.popitem(last=False)
            batch.append(queue.popitem(last=False)[0])
            if queue:
                turns[scope] = queue
        self._length -= len(batch)
        return batch
