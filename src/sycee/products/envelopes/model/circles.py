"""Circles: envelopes whose money comes back to its sender through friends. Pure.

Friends give to each other at New Year, so a small circle means nothing. A round of a thousand and
more within a week, most of which comes back, is what somebody looks at who must know where money
comes from. It is found, shown to an operator, and nothing is done to anyone by a program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.kit.ids import uuid8

NOUN = "crc"
WITHIN = timedelta(days=7)
LEAST_MINOR = 100_000
"""A round below this is a gift among friends."""

PEOPLE_MOST = 5
COMES_BACK_PERCENT = 50
"""How much of the largest step of a round its smallest must be."""

STEPS_MOST = 20_000
FOUND_MOST = 200

Gift = tuple[UUID, UUID, str, int]
"""Giver, taker, currency, sum."""


class Circle(msgspec.Struct, frozen=True):
    """A round of gifts: `people` in the order in which the money went, the last gave to the first.

    `round_minor` is the least of its steps, which is what went all the way; `sent_minor` the most.
    """

    id: UUID
    people: tuple[UUID, ...]
    currency: str
    round_minor: int
    sent_minor: int
    since_at: datetime
    found_at: datetime
    seen_by: UUID | None = None
    seen_at: datetime | None = None


def find(gifts: Iterable[Gift], since: datetime, now: datetime) -> list[Circle]:
    """The circles among gifts, each once, the largest rounds first; at most `FOUND_MOST`."""
    steps: dict[str, dict[UUID, dict[UUID, int]]] = {}
    for giver, taker, currency, minor in gifts:
        if minor >= LEAST_MINOR and giver != taker:
            steps.setdefault(currency, {}).setdefault(giver, {})[taker] = minor
    found: list[Circle] = []
    for currency, graph in sorted(steps.items()):
        for people in _rounds(graph):
            minors = [graph[a][b] for a, b in zip(people, (*people[1:], people[0]), strict=True)]
            if min(minors) * 100 >= max(minors) * COMES_BACK_PERCENT:
                id_ = _id(people, currency, now)
                found.append(Circle(id_, people, currency, min(minors), max(minors), since, now))
    found.sort(key=lambda circle: (-circle.round_minor, circle.id))
    return found[:FOUND_MOST]


def _rounds(graph: Mapping[UUID, Mapping[UUID, int]]) -> Iterator[tuple[UUID, ...]]:
    """Every simple cycle of two to `PEOPLE_MOST` people, once: from its smallest id on."""
    for start in sorted(graph):
        path = [start]
        ways = [iter(sorted(graph[start]))]
        while ways:
            following = next(ways[-1], None)
            if following is None:
                ways.pop()
                path.pop()
            elif following == start:
                if len(path) > 1:
                    yield tuple(path)
            elif following > start and following not in path and len(path) < PEOPLE_MOST:
                path.append(following)
                ways.append(iter(sorted(graph.get(following, {}))))


def _id(people: tuple[UUID, ...], currency: str, now: datetime) -> UUID:
    """The same for the same people and day (UUID version 8), so that a find is written once."""
    text = b"".join(each.bytes for each in people) + f"{currency}{now.date()}".encode()
    return uuid8(hashlib.sha256(text).digest())
