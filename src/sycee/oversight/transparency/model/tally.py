"""The totals of a transparency report, counted from the rows that it shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec


class Totals(msgspec.Struct, frozen=True):
    """Demands that came in, whom they named, and what became of them.

    `narrowed` were granted for less than was demanded. `waiting` have no end yet, or a sealed one.
    `provided` counts people of whom something was given.
    """

    demands: int
    people_named: int
    declined: int
    answered: int
    narrowed: int
    provided: int
    waiting: int


def tally(rows: Iterable[tuple[str, dict[str, Any]]]) -> Totals:
    """The totals of rows as (verb, body)."""
    demands = named = declined = answered = narrowed = provided = 0
    for verb, body in rows:
        if verb == "demand.received":
            demands, named = demands + 1, named + body["subjects"]
        elif verb == "demand.declined":
            declined += 1
        elif verb == "demand.answered":
            answered, provided = answered + 1, provided + body["provided"]
            narrowed += bool(body["narrowed"])
    waiting = demands - declined - answered
    return Totals(demands, named, declined, answered, narrowed, provided, waiting)
