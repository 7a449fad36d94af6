"""API keys that are looked up together: those that come while one question runs are the next one.

A thousand clients whose keys are due at the same moment cost a few queries instead of a thousand
that stand in line for a thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from sycee.kit.errors import Refusal
from sycee.runtime.http.caller import Caller, PresentedKey

AsyncResolve = Callable[[Sequence[PresentedKey]], Awaitable[Sequence[Caller | Refusal]]]

MOST = 256
"""Keys in one question."""


class Lookups:
    """The questions of one server process; used from its event loop alone."""

    def __init__(self, resolve: AsyncResolve) -> None:
        self._resolve = resolve
        self._waiting: deque[tuple[PresentedKey, asyncio.Future[Caller]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, presented: PresentedKey) -> Caller:
        """The caller of a key; raises why there is none, or what went wrong with the question."""
        future: asyncio.Future[Caller] = asyncio.get_running_loop().create_future()
        self._waiting.append((presented, future))
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        return await future

    async def _ask(self) -> None:
        try:
            while self._waiting:
                part = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                try:
                    found = await self._resolve([presented for presented, _ in part])
                except Exception as error:
                    found = [error] * len(part)
                for (_, future), outcome in zip(part, found, strict=True):
                    _settle(future, outcome)
        finally:
            self._asking = None


def _settle(future: asyncio.Future[Caller], outcome: Caller | Exception) -> None:
    if future.done():  # whoever asked has left
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
