"""Who plays in the living town, and the chance that everything in it goes by."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sycee.doors.cli.demo.people import Person

T = TypeVar("T")
PayIn = Callable[[int, str], None]
"""The town's bank: so much comes in under a reference."""

chance = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Cast:
    """The neighbours act by themselves; the shops and the mediator answer them.

    `visitors` are the residents whom the reader may be: they are given to and asked, never acted
    for.
    """

    neighbours: Sequence[Person]
    shops: Sequence[Person]
    tipped: Person
    mediator: Person
    visitors: Sequence[Person]
    pay_in: PayIn
    counts: dict[str, int] = field(default_factory=dict)

    def neighbour(self) -> Person:
        return chance.choice(self.neighbours)

    def shop(self) -> Person:
        return chance.choice(self.shops)

    def two(self) -> tuple[Person, Person]:
        """Two different neighbours."""
        one, other = chance.sample(self.neighbours, 2)
        return one, other


def one_of(things: Sequence[T]) -> T:
    """Any of them."""
    return chance.choice(things)


def minor(least: int, most: int) -> int:
    """A price between two, in minor units, that ends like a price does."""
    return chance.randint(least // 10, most // 10) * 10


def sometimes(percent: int) -> bool:
    """True so many times of a hundred."""
    return chance.randrange(100) < percent
