"""What the products keep of a person: each says it itself; a door puts the list here.

The core knows no product. A slice gives a `Source`: what is still open, and all that it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import MOST, Listing, Page, decode

P = TypeVar("P")
R = TypeVar("R")

ROWS_MAX = 50_000
"""The most rows of one kind in an export; the export names the kinds that were cut."""

Opened = Callable[[Tx, UUID], Sequence[str]]
"""What a party still has open, each by its public id."""

Rows = Callable[[Database, UUID, int], list[Any]]
"""Everything of one kind that a party may see, as it sees it: the newest so many rows at most."""

End = Callable[[Tx, UUID, UUID | None], None]
"""Ends what a party has asked of others, as somebody (the last argument) closes it."""

Wipe = Callable[[Tx, UUID], None]
"""Takes away what a slice shows plainly by a party's own wish, as the party is forgotten."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one slice keeps: rows by kind (`trades`), and what is open by kind (`trade`).

    While something is `open`, money may still come to the party or be wanted of it, so nobody
    closes it. What is only `planned` owes nobody anything: its owner ends it before being
    forgotten, but it does not keep the house from closing a party whose owner is silent.
    """

    rows: dict[str, Rows]
    open: dict[str, Opened]
    planned: dict[str, Opened] = field(default_factory=dict)
    wipes: tuple[Wipe, ...] = ()
    ends: tuple[End, ...] = ()


class _Desk:
    sources: Sequence[Source] = ()


def use(sources: Sequence[Source]) -> None:
    """Give the core the house's sources; the door's table of contents calls it."""
    _Desk.sources = tuple(sources)


def all_sources() -> Sequence[Source]:
    """Every source of the house."""
    return _Desk.sources


def unfinished(tx: Tx, party: UUID) -> list[str]:
    """What is open of a party in any slice, each as `kind id`."""
    return _named(tx, party, [source.open for source in all_sources()])


def planned(tx: Tx, party: UUID) -> list[str]:
    """What a party has only planned, each as `kind id`."""
    return _named(tx, party, [source.planned for source in all_sources()])


def end(tx: Tx, party: UUID, actor: UUID | None) -> None:
    """Have every slice end what a party that is being closed has asked of others."""
    for source in all_sources():
        for each in source.ends:
            each(tx, party, actor)


def wipe(tx: Tx, party: UUID) -> None:
    """Have every slice take away what it shows plainly of a party that is being forgotten."""
    for source in all_sources():
        for each in source.wipes:
            each(tx, party)


def _named(tx: Tx, party: UUID, asked: Sequence[Mapping[str, Opened]]) -> list[str]:
    return [
        f"{kind} {id_}"
        for kinds in asked
        for kind, opened in kinds.items()
        for id_ in opened(tx, party)
    ]


def paged(ask: Callable[[Tx, UUID, Page], Listing[Any]]) -> Rows:
    """The rows of a listing, page after page, each page in a snapshot of its own."""

    def rows(database: Database, party: UUID, most: int) -> list[Any]:
        found: list[Any] = []
        after: str | None = None
        while len(found) < most:
            with database.read() as tx:
                page = ask(tx, party, Page(MOST, after))
            found += page.items
            if page.next is None:
                break
            after = decode(page.next)
        return found[:most]

    return rows


def walk(
    database: Database,
    ask: Callable[[Tx, P | None, int], Sequence[R]],
    place: Callable[[R], P],
    most: int,
    chunk: int = 500,
) -> Iterator[Sequence[R]]:
    """So many rows at most, chunk after chunk, each in a snapshot of its own.

    `ask` gets the `place` of the last row before, None at first, and how many rows it may give.
    """
    last: P | None = None
    while most > 0:
        with database.read() as tx:
            rows = ask(tx, last, min(chunk, most))
        if not rows:
            return
        yield rows
        last = place(rows[-1])
        most -= len(rows)
