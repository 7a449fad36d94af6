"""Questions, budgets and the refusals. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal

NOUN = "cnt"
BUDGET_MILLI = 2_000
"""What a calendar quarter may cost in thousandths of ε, all questions together."""

LEAST_MILLI, MOST_MILLI = 10, 500
DAYS_MAX = 92
PLACES_MAX = 20


class Question(StrEnum):
    """What can be counted. The list is closed: whoever wants another one changes this page."""

    PEOPLE = "people"
    PAYERS = "payers"
    PAYMENTS = "payments"


BOUNDS: dict[Question, int] = {Question.PEOPLE: 1, Question.PAYERS: 1, Question.PAYMENTS: 20}
"""By how much one person can change an answer, whatever the person does."""

TEXTS: dict[Question, str] = {
    Question.PEOPLE: "How many people there are.",
    Question.PAYERS: "How many people have paid, in the last so many days.",
    Question.PAYMENTS: "How many payments people have made, at most 20 of each counted.",
}

Place = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166, such as CN.")]
Places = Annotated[tuple[Place, ...], msgspec.Meta(max_length=PLACES_MAX)]
Milli = Annotated[
    int,
    msgspec.Meta(ge=LEAST_MILLI, le=MOST_MILLI, description="Thousandths of ε, from 10 to 500."),
]
Days = Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)]


class Spent(msgspec.Struct, frozen=True):
    """One question that was answered, and what it cost."""

    id: UUID
    quarter: str
    question: Question
    days: int
    epsilon_milli: int
    asked_at: datetime


@dataclass(unsafe_hash=True)
class CountBudgetSpent(Refusal):
    """The quarter's privacy budget does not pay for this question.

    `left_milli` thousandths of ε are left until the next quarter begins. Ask for less precision, or
    wait: a budget that could be raised when it is needed would protect nobody.
    """

    code = "count-budget-spent"
    kind = Kind.LIMIT
    left_milli: int


@dataclass(unsafe_hash=True)
class CountPlaceTwice(Refusal):
    """A place is named twice.

    Each person is counted in one place. Name each place once.
    """

    code = "count-place-twice"
    kind = Kind.INVALID
    place: str


def quarter_of(moment: datetime) -> str:
    """The budget's period, such as 2026-Q4; `moment` is in UTC."""
    return f"{moment.year}-Q{(moment.month + 2) // 3}"


def check_places(places: Sequence[str]) -> None:
    """Refuse `CountPlaceTwice`: a person in two counts would change them by more than the bound."""
    for place in places:
        if places.count(place) > 1:
            raise CountPlaceTwice(place=place)
