"""The budget's ledger as anyone sees it: rows of the log, and what is left."""

from __future__ import annotations

from itertools import islice

import msgspec

from sycee.oversight.transparency import reading, store
from sycee.oversight.transparency.counts import model
from sycee.oversight.transparency.counts.model import BOUNDS, BUDGET_MILLI, TEXTS, Question
from sycee.oversight.transparency.reading import EntryView
from sycee.runtime.db import Tx

ROWS_MAX = 2_000
_VERBS = ("count.*",)


class QuestionView(msgspec.Struct, frozen=True):
    """A question that can be asked, and by how much one person can change its answer."""

    question: Question
    text: str
    bound: int


class BudgetView(msgspec.Struct, frozen=True):
    """What the operator has asked about its people together, and what that cost of their privacy.

    `epsilon` is in thousandths, for the quarter. `items` are this quarter's rows of the log with
    their proofs: `spent_milli` is the sum of their `epsilon_milli`, so anyone can add it up.
    """

    quarter: str
    budget_milli: int
    spent_milli: int
    left_milli: int
    questions: list[QuestionView]
    key: str | None
    checkpoint: str | None
    items: list[EntryView]


def budget(tx: Tx) -> BudgetView:
    """The quarter's ledger."""
    quarter = model.quarter_of(tx.now)
    asked = islice(reading.public_rows(tx, _VERBS), ROWS_MAX)
    rows = [row for row in asked if row.body["quarter"] == quarter]
    latest, key = store.latest(tx), store.read_head(tx).key
    spent = sum(row.body["epsilon_milli"] for row in rows)
    return BudgetView(
        quarter=quarter,
        budget_milli=BUDGET_MILLI,
        spent_milli=spent,
        left_milli=BUDGET_MILLI - spent,
        questions=[QuestionView(each, TEXTS[each], BOUNDS[each]) for each in Question],
        key=key,
        checkpoint=None if latest is None else reading.checkpoint_text(latest),
        items=reading.opened(tx, rows, 0 if latest is None else latest.size),
    )
