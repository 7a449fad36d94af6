"""Sweeps: what the worker looks for again and again, and then does one by one.

`Sweep` has few things to do. `Deadlines` walks over a column with any number of rows: from the
oldest deadline to the newest, a piece at a time, and then from the start again. What is refused is
passed over until its pause is over, so it holds up nothing that comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sycee.kit.errors import Refusal
from sycee.runtime import telemetry
from sycee.runtime.backoff import doubling
from sycee.runtime.db import NIL, Database, Place, Tx

Due = Callable[[Tx, int], Sequence[UUID]]
DueAfter = Callable[[Tx, int, Place], Sequence[Place]]
Act = Callable[[Database, UUID], object]

START: Place = (datetime(1, 1, 1, tzinfo=UTC), NIL)
"""Before every place."""

_NO_PAUSE = timedelta(0)

BATCH = 500
"""How many due ids a sweep reads at once."""

HELD_MOST = 50_000
"""How many refused ids a sweep remembers (some 15 MB). It tries those beyond on every walk."""

PASSED_PER_REST = 10_000
"""For each so many ids that a walk passed over, the rest before the next is one turn longer."""

WHOLE: Sequence[UUID] = (NIL,)
"""What is due of a sweep that is about no row in particular: one pass."""


def whole(tx: Tx, limit: int) -> Sequence[UUID]:
    """For such a sweep whose pass is due at each turn."""
    return WHOLE


@dataclass(slots=True)
class Turn:
    """When something is looked at again, by a clock that may be set back.

    Then what was to come in a second would come in a second and an hour, so the turn has come.
    """

    _from: datetime = START[0]
    _until: datetime = START[0]

    def come(self, now: datetime) -> bool:
        """Whether it has come."""
        return not self._from <= now < self._until

    def rest(self, now: datetime, pause: timedelta) -> None:
        """Let it come when the pause is over."""
        self._from, self._until = now, now + pause


@dataclass(slots=True)
class Sweep:
    """Few things to do, all of them at each turn; refused or failed, they wait for the next."""

    name: str
    due: Due
    act: Act
    every: timedelta
    turn: Turn = field(default_factory=Turn)

    def run(self, database: Database, batch: int) -> int:
        """Do what is due if its turn has come; how many ids were handled."""
        now = database.clock.now()
        if not self.turn.come(now):
            return 0
        with database.read() as tx:
            ids = self.due(tx, batch)
        handled = sum(_try(database, self.name, self.act, item) is None for item in ids)
        # A full batch means more are due already, but nothing is gained by trying the same again.
        self.turn.rest(now, _NO_PAUSE if handled and len(ids) >= batch else self.every)
        return handled


@dataclass(slots=True)
class _Held:
    """A refused id: how often, when it is tried again, and the walk that last met it."""

    walk: int
    attempts: int = 0
    turn: Turn = field(default_factory=Turn)


@dataclass(slots=True)
class Deadlines:
    """A walk over the deadlines that have come, piece by piece.

    What is known of refused ids is in memory only: after a restart each is tried once more.
    """

    # By a cursor rather than by ids to leave out: each query then costs the same however many are
    # refused, needs only the index on the deadline, and gets past even those not remembered.
    name: str
    due: DueAfter
    act: Act
    every: timedelta
    turn: Turn = field(default_factory=Turn)
    held_most: int = HELD_MOST
    _after: Place = START
    _walk: int = 0
    _passed: int = 0
    _held: dict[UUID, _Held] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many ids were refused and, when they were tried again, refused again.

        Once proves nothing: another may have been faster, and then the id is no longer due.
        """
        return sum(held.attempts > 1 for held in self._held.values())

    def run(self, database: Database, batch: int) -> int:
        """Try the next piece of the walk if its turn has come; how many ids were handled."""
        now = database.clock.now()
        if not self.turn.come(now):
            return 0
        ids, ended = self._piece(database, now, batch)
        handled, kept = 0, True
        for item in ids:
            trouble = _try(database, self.name, self.act, item)
            if trouble is None:
                handled += 1
                self._held.pop(item, None)
            else:
                kept &= self._hold(item, trouble, database.clock.now())
        if ended:
            self.turn.rest(now, self.every * (1 + self._passed // PASSED_PER_REST))
            self._held = {id: held for id, held in self._held.items() if held.walk == self._walk}
            self._after, self._passed, self._walk = START, 0, self._walk + 1
        else:
            # Refused ones for which there is no room are tried on every walk: not in a hurry.
            self.turn.rest(now, _NO_PAUSE if kept else self.every)
        return handled

    def _piece(self, database: Database, now: datetime, batch: int) -> tuple[list[UUID], bool]:
        """At least `batch` ids to try, fewer only at the end; and whether this is the end."""
        ids: list[UUID] = []
        with database.read() as tx:
            while len(ids) < batch:
                places = self.due(tx, batch, self._after)
                for _, item in places:
                    held = self._held.get(item)
                    if held is not None:
                        held.walk = self._walk
                    if held is None or held.turn.come(now):
                        ids.append(item)
                    else:
                        self._passed += 1
                if len(places) < batch:
                    return ids, True
                self._after = places[-1]
        return ids, False

    def _hold(self, item: UUID, trouble: str, now: datetime) -> bool:
        """Pass an id over for a while, each time for longer; false if there is no room for it."""
        held = self._held.get(item)
        if held is None:
            if len(self._held) >= self.held_most:
                return False
            held = self._held[item] = _Held(self._walk)
        held.attempts += 1
        held.turn.rest(now, doubling(held.attempts))
        if held.attempts == 2:  # once proves nothing, and more would fill the log
            telemetry.log(kind=self.name, subject=item, refusal=trouble).warning("sweep.refused")
        return True


def _try(database: Database, name: str, act: Act, item: UUID) -> str | None:
    """Do one; what stood in its way, by name, or None."""
    try:
        act(database, item)
    except Refusal as refusal:
        return refusal.code  # perhaps another was first, and it no longer waits for this
    except Exception as error:
        telemetry.log(kind=name, subject=item).error("sweep.failed", exc_info=error)
        return type(error).__name__
    return None
