"""Who waits, for a lane or for a thread: bounded, and fair between the scopes that they belong to.

Each scope has its turn, so a caller with thousands of calls delays another's only call by one
place. A full line turns away the newest call of whoever has the most waiting ("longest queue
drop"): B. Suter et al., "Design considerations for supporting TCP with per-flow queueing",
INFOCOM 1998.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Queued(Hashable, Protocol):
    """What can stand in a line: it knows whose it is."""

    @property
    def scope(self) -> Hashable:
        """Whose queue it stands in."""
        ...


W = TypeVar("W", bound=Queued)


class Line(Generic[W]):
    """At most `most` in all, one queue for each scope. Not safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._length = 0
        self._turns: OrderedDict[Hashable, OrderedDict[W, None]] = OrderedDict()
        self._longest = 0  # no queue is longer; what is shorter than it was is found when asked

    def __len__(self) -> int:
        return self._length

    def has(self, scope: Hashable) -> bool:
        """Whether anything of a scope waits."""
        return scope in self._turns

    def add(self, waiting: W) -> W | None:
        """Let one in; returns the one that had to go for it, or itself when it may not enter."""
        scope = waiting.scope
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

    def _turn_away(self, length: int) -> W | None:
        """The newest of the longest queue, if that is longer than the newcomer's would be."""
        if length >= self._longest:
            return None
        queue = max(self._turns.values(), key=len)
        self._longest = len(queue)
        if length >= self._longest:
            return None
        self._length -= 1
        return queue.popitem()[0]

    def drop(self, waiting: W) -> bool:
        """Take one out whose caller has left; False when it is not in the line any more."""
        scope = waiting.scope
        queue = self._turns.get(scope)
        if queue is None or waiting not in queue:
            return False
        del queue[waiting]
        self._length -= 1
        if not queue:
            del self._turns[scope]
        return True

    def take(self, most: int) -> list[W]:
        """Up to `most`, one of each scope in turn; each scope's own in their order."""
        batch: list[W] = []
        turns = self._turns
        for _ in range(min(most, self._length)):
            scope, queue = turns.popitem(last=False)
            batch.append(queue.popitem(last=False)[0])
            if queue:
                turns[scope] = queue
        self._length -= len(batch)
        return batch

    def next(self, barred: Callable[[Hashable], bool]) -> W | None:
        """The first of the scope whose turn it is, passing over those that are barred."""
        scope = next((scope for scope in self._turns if not barred(scope)), None)
        if scope is None:
            return None
        queue = self._turns.pop(scope)
        first = queue.popitem(last=False)[0]
        self._length -= 1
        if queue:
            self._turns[scope] = queue
        return first
