"""`./sycee count`: what the house may learn of its people together, and what that has cost."""

from __future__ import annotations

import re
from typing import Annotated

from cyclopts import App, Parameter, validators

from sycee.core.parties import parties
from sycee.doors.cli.orders import house
from sycee.oversight.transparency.counts import actions, model, reading
from sycee.oversight.transparency.counts.actions import Ask
from sycee.oversight.transparency.counts.model import TEXTS, Question
from sycee.runtime.settings import SettingsError

count = App(name="count", help="Count people with noise, out of a budget that everyone sees.")
_KNOWN = re.compile(r"[A-Z]{2}")


def _places(_: object, places: tuple[str, ...]) -> None:
    if len(places) > model.PLACES_MAX or not all(map(_KNOWN.fullmatch, places)):
        raise ValueError(f"Must be at most {model.PLACES_MAX} codes of ISO 3166, such as CN.")


Milli = Annotated[
    int, Parameter(validator=validators.Number(gte=model.LEAST_MILLI, lte=model.MOST_MILLI))
]
Days = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=model.DAYS_MAX))]
Places = Annotated[tuple[str, ...], Parameter(name="--place", validator=_places)]


@count.command
def ask(question: Question, /, *, epsilon: Milli = 100, days: Days = 30, place: Places = ()) -> int:
    """Ask a question; what it costs is taken out of the quarter's budget and is in the log.

    Parameters
    ----------
    question
        `people`, `payers` or `payments`; the budget's list says what each counts.
    epsilon
        Thousandths of ε: less is more noise, and cheaper.
    days
        How far back to look.
    place
        Count this place by itself, such as CN; may be given several times.
    """
    with house() as (_, database):
        with database.read() as tx:
            operator = parties.operator(tx)
        if operator is None:
            raise SettingsError("this house has no operator yet; run `./sycee up` first")
        command = Ask(operator, question, days, place, epsilon)
        told = actions.ask(database, command, None).unwrap()
    for one in told.counts:
        print(f"{one.place:<3} {one.count} ± {told.margin}")
    print(f"{told.left_milli} thousandths of ε are left this quarter.")
    return 0


@count.command
def budget() -> int:
    """Show what was asked this quarter, what each question cost, and what can be asked."""
    with house() as (_, database), database.read() as tx:
        view = reading.budget(tx)
    for row in view.items:
        told = row.data
        print(
            f"{row.at:%Y-%m-%d %H:%M}  {told['question']:<9} {told['epsilon_milli']:>5}  {row.id}"
        )
    print(f"{view.quarter}: {view.spent_milli} of {view.budget_milli} thousandths of ε are spent.")
    for question in Question:
        print(f"{question:<9} {TEXTS[question]}")
    return 0
