"""The envelopes in play, what people were told of them, and who wants which next."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from sycee.kit.ids import uuid7

EDGE_SECONDS = 0.05
"""So near its end a claim races with the end."""

LATE_SECONDS = 2.0
"""So long after its end an envelope is still asked for."""


@dataclass(slots=True, eq=False)
class Played:
    """An envelope: when it ends, and, by the place of a person, what they were told they have."""

    id: UUID
    token: str
    ends: float
    told: dict[int, int] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    """Those of whose claims one had no answer."""

    flying: int = 0
    """Claims that were drawn and have no answer yet."""

    empty: bool = False


@dataclass(slots=True, eq=False)
class Want:
    """One claim until it is answered. `has` is what its maker was told before it was sent."""

    envelope: Played
    person: int
    key: str
    why: str
    by_hand: bool = True
    has: int | None = None


class Play:
    """Chooses the next claim, and hears what came of each."""

    def __init__(self, chance: Random, people: int) -> None:
        self._chance, self._people = chance, people
        self.open: list[Played] = []
        self.ended: deque[Played] = deque()
        self.retired: list[Played] = []
        self._again: deque[Want] = deque()
        self.closed = False
        self.tally: Counter[str] = Counter()

    @property
    def answered(self) -> int:
        return self.tally["claims answered"]

    def next(self) -> Want | None:
        """Who claims now: one who had no answer first. None when there is nothing to claim."""
        self.turn(time.time())
        want = self._again.popleft() if self._again else None
        if want is None and not self.closed:
            want = self._drawn()
            if want is not None:
                want.envelope.flying += 1
        if want is not None:
            want.has = want.envelope.told.get(want.person)
        return want

    def turn(self, now: float) -> None:
        """Move what has ended, and what is over for long."""
        if any(each.ends <= now for each in self.open):
            self.ended += [each for each in self.open if each.ends <= now]
            self.open = [each for each in self.open if each.ends > now]
        while self.ended and self.ended[0].ends + LATE_SECONDS < now:
            self.retired.append(self.ended.popleft())

    def _drawn(self) -> Want | None:
        """Most want a share that is there; the others have one, come at the end, or after it."""
        if not self.open:
            return None
        dice, now = self._chance.random(), time.time()
        if dice < 0.3:
            edge = [each for each in self.open if each.ends - now < EDGE_SECONDS]
            edge += [each for each in self.ended if now - each.ends < EDGE_SECONDS]
            if edge:
                return self._want(self._chance.choice(edge), "at the instant of the end")
        if dice < 0.12 and self.ended:
            return self._want(self._chance.choice(self.ended), "after the end")
        one = self._chance.choice(self.open)
        if dice < 0.22 and one.told:
            return self._has_one(one)
        if dice < 0.32 and one.empty:
            return self._want(one, "when it was empty")
        full = [each for each in self.open if not each.empty]
        return self._want(self._chance.choice(full), "while it was open") if full else None

    def _want(self, envelope: Played, why: str) -> Want:
        person = self._chance.randrange(self._people)
        return Want(envelope, person, str(uuid7()), why, self._chance.random() < 0.98)

    def _has_one(self, envelope: Played) -> Want:
        person = self._chance.choice(list(envelope.told))
        if self._chance.random() < 0.5:
            return Want(envelope, person, envelope.keys[person], "again with the same key")
        return Want(envelope, person, str(uuid7()), "again with another key")

    def got(self, want: Want, minor: int) -> None:
        """Somebody was told a share; AssertionError when it is not the one told before."""
        envelope = want.envelope
        before = envelope.told.setdefault(want.person, minor)
        assert before == minor, f"{envelope.id}: {want.person} was told {before} and {minor}"
        envelope.keys.setdefault(want.person, want.key)
        self._count(want, "told a share")

    def refused(self, want: Want, code: str) -> None:
        """Somebody was told that there is none; AssertionError when they had one already."""
        assert want.has is None, f"{want.envelope.id}: {want.person} had {want.has}, then {code}"
        assert code in ("envelope-empty", "envelope-expired"), code
        if code == "envelope-empty":
            want.envelope.empty = True
        self._count(want, code)

    def _count(self, want: Want, said: str) -> None:
        want.envelope.flying -= 1
        self.tally["claims answered"] += 1
        self.tally[f"claimed {want.why}"] += 1
        self.tally[f"answered: {said}"] += 1

    def unanswered(self, want: Want) -> None:
        """A claim whose answer was lost is made again: with its key, or now and then with another.

        Which of the two happened, a claim or none, its maker cannot know.
        """
        want.envelope.unsure.add(want.person)
        self.tally["claims without an answer"] += 1
        if self._chance.random() < 0.3:
            want.key = str(uuid7())
            self.tally["made again with another key"] += 1
        else:
            self.tally["made again with the same key"] += 1
        self._again.append(want)

    def slowed(self, want: Want) -> None:
        """Make a claim once more that came too fast."""
        self.tally["told to slow down"] += 1
        self._again.append(want)

    def ask_the_unsure(self, envelope: Played) -> None:
        """After the end: whoever had no answer asks with a new key what they have."""
        for person in sorted(envelope.unsure - envelope.told.keys()):
            envelope.flying += 1
            self._again.append(Want(envelope, person, str(uuid7()), "to be sure, after the refund"))
        envelope.unsure.clear()
