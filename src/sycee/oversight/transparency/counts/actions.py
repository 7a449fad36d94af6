"""The one verb: ask. The exact counts never leave it; what it costs is spent before it answers."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import PUBLIC, Entry
from sycee.core.ledger import activity
from sycee.core.parties import placerows
from sycee.kit.ids import public, uuid7
from sycee.oversight.transparency.counts import model, noise, store
from sycee.oversight.transparency.counts.model import (
    BOUNDS,
    BUDGET_MILLI,
    NOUN,
    CountBudgetSpent,
    Days,
    Milli,
    Places,
    Question,
    Spent,
)
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Answer, Call, perform_one

READ_TIMEOUT_MS = 60_000
_SOME = 10_000


class Ask(msgspec.Struct, frozen=True):
    """A question of the operator's; no places means everywhere together."""

    by: UUID
    question: Question
    days: Days
    places: Places
    epsilon_milli: Milli


class Counted(msgspec.Struct, frozen=True):
    """A place and its count; `*` is everywhere."""

    place: str
    count: int


class CountView(msgspec.Struct, frozen=True):
    """An answer with noise: within `margin` of the truth in 19 cases of 20, and below 0 at times.

    `left_milli` is what the quarter's budget still has, in thousandths of ε.
    """

    id: str
    question: Question
    days: int
    counts: list[Counted]
    margin: int
    epsilon_milli: int
    left_milli: int


def ask(database: Database, command: Ask, key: str | None) -> Answer:
    """Count, spend, and only then draw the noise. Refuses `CountPlaceTwice`, `CountBudgetSpent`."""
    with database.read(timeout_ms=READ_TIMEOUT_MS) as tx:
        exact = _exact(tx, command)

    def action(tx: Tx, asked: Ask) -> CountView:
        model.check_places(asked.places)
        return _answer(tx, asked, exact)

    return perform_one(database, Call(command.by, key, "counts.ask", command), action)


def _answer(tx: Tx, asked: Ask, exact: dict[str, int]) -> CountView:
    quarter = model.quarter_of(tx.now)
    left = BUDGET_MILLI - store.lock(tx, quarter)
    if asked.epsilon_milli > left:
        raise CountBudgetSpent(left_milli=left)
    id_ = uuid7()
    spent = Spent(id_, quarter, asked.question, asked.days, asked.epsilon_milli, tx.now)
    store.spend(tx, spent)
    append(tx, [_entry(spent, asked)])
    bound = BOUNDS[asked.question]
    names = asked.places or ("*",)
    noisy = noise.release([exact.get(name, 0) for name in names], bound, asked.epsilon_milli)
    return CountView(
        id=public(NOUN, id_),
        question=asked.question,
        days=asked.days,
        counts=[Counted(name, count) for name, count in zip(names, noisy, strict=True)],
        margin=noise.margin(bound, asked.epsilon_milli),
        epsilon_milli=asked.epsilon_milli,
        left_milli=left - asked.epsilon_milli,
    )


def _exact(tx: Tx, asked: Ask) -> dict[str, int]:
    """Exact counts by place, each person adding at most the question's bound."""
    found: dict[str, int] = {}
    bound = BOUNDS[asked.question]
    if asked.question is Question.PEOPLE:
        rows = ((each, 1) for each in placerows.people(tx))
    else:
        rows = activity.payers(tx, tx.now - timedelta(days=asked.days), bound)
    while some := list(islice(rows, _SOME)):
        places = placerows.places(tx, [party for party, _ in some])
        for party, count in some:
            place = places.get(party)
            if place is None:
                continue
            name = place if asked.places else "*"
            found[name] = found.get(name, 0) + min(count, bound)
    return found


def _entry(spent: Spent, asked: Ask) -> Entry:
    body: dict[str, object] = {
        "id": public(NOUN, spent.id),
        "quarter": spent.quarter,
        "question": str(spent.question),
        "days": spent.days,
        "places": list(asked.places),
        "bound": BOUNDS[spent.question],
        "epsilon_milli": spent.epsilon_milli,
    }
    return Entry(asked.by, "count.asked", spent.id, (PUBLIC,), "oversight", body)
