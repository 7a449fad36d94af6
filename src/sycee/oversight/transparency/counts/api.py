"""Routes of counts: the operator asks, everyone sees what it cost."""

from __future__ import annotations

from typing import Any

from sycee.oversight.transparency.counts import actions, reading
from sycee.oversight.transparency.counts.actions import Ask, CountView
from sycee.oversight.transparency.counts.model import (
    CountBudgetSpent,
    CountPlaceTwice,
    Days,
    Milli,
    Places,
    Question,
)
from sycee.oversight.transparency.counts.reading import BudgetView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, read
from sycee.runtime.http.shapes import Body


class CountBody(Body, frozen=True):
    """A question about people together; `places` counts each of them by itself."""

    question: Question
    epsilon_milli: Milli
    days: Days = 30
    places: Places = ()


@direct(
    "/v1/counts",
    scope="operator",
    gives=CountView,
    refuses=(CountPlaceTwice, CountBudgetSpent),
)
def count(database: Database, body: CountBody, *, caller: Caller, key: str | None) -> Any:
    """Count people or their payments, with noise that hides each of them.

    The operator's only statistics of people. What it costs of their privacy is taken out of the
    quarter's budget and is in the log for everyone to see.
    """
    asked = Ask(caller.party, body.question, body.days, body.places, body.epsilon_milli)
    return actions.ask(database, asked, key).unwrap()


@read("/v1/counts/budget", scope=None, gives=BudgetView)
def budget(tx: Tx) -> BudgetView:
    """Read what was asked about people this quarter, what it cost, and what is left. Anyone may."""
    return reading.budget(tx)


routes = [count, budget]
