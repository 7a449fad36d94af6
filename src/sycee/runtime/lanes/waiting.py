"""A call that waits in a lane, and what turns one away."""

from __future__ import annotations

import asyncio
import time
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
    """A call in the line and whoever waits for its answer; `scope` is whose call it is."""

    __slots__ = ("call", "future", "loop", "scope", "since")

    def __init__(
        self,
        call: Call[C],
        future: asyncio.Future[Answer] | Future[Answer],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.call = call
        self.scope = call.scope.int
        self.future = future
        self.loop = loop
        self.since = time.monotonic()
