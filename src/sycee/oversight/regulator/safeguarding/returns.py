"""The monthly safeguarding return, in the sections of the United Kingdom's REP027.

Source: Financial Conduct Authority, SUP 16.14A and SUP 16 Annex 29BR (FCA 2025/38, policy statement
PS25/12), in force from 7 May 2026: monthly, within 15 business days of the month's end. The
sections and what each asks are taken from published guides to the form; its official field codes
are not public outside the authority's own system, so none are made up here.
"""

from __future__ import annotations

import calendar
import csv
import io
from datetime import date, timedelta
from typing import ClassVar

import msgspec

from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.regulator.safeguarding import store
from sycee.oversight.regulator.safeguarding.actions import SIGNERS
from sycee.oversight.regulator.safeguarding.model import Run
from sycee.runtime.db import Tx
from sycee.runtime.http.shapes import File

OWN_WORDS = (
    "1 firm's reference number and category; safeguarding audit: status and auditor",
    "2 methods of safeguarding used in the period",
    "4 each account, asset, policy or guarantee: with whom, in whose name",
    "5 adjustments made, and why",
    "6 requirement and resource at the end of the next business day, once it is over",
    "8 acknowledgement letters: held, reviewed, replaced",
    "9 notifiable breaches of CASS 10A and 15: whether any, and whether notified",
)
"""What the form asks and the books do not know; it is named, so that nobody thinks it is done."""


class Day(msgspec.Struct, frozen=True):
    """A requirement on its day, in minor units."""

    on: date
    requirement_minor: int


class Standing(msgspec.Struct, frozen=True):
    """Requirement against resource at one instant; of the two differences one is 0."""

    on: date
    requirement_minor: int
    resource_minor: int
    excess_minor: int
    shortfall_minor: int


class Reconciliations(msgspec.Struct, frozen=True):
    """How often it was reconciled: each run is internal (books) and external (bank's lines).

    `missed` are days without a run, `unsigned` runs that two people have not signed.
    """

    performed: int
    missed: list[date]
    unsigned: int
    with_discrepancies: int
    discrepancies: int
    shortfalls: int


class MonthlyReturn(msgspec.Struct, frozen=True):
    """A month in one currency, by the sections of REP027; `own_words` are left to the firm.

    `clients_accounts` counts accounts of customers (section 2). A month that is not over is
    returned as far as it goes, with `complete` false.
    """

    form: str
    period_from: date
    period_to: date
    currency: str
    complete: bool
    section_2_clients_accounts: int
    section_3_highest: Day
    section_3_lowest: Day
    section_5_at_end: Standing
    section_6_next_day: Standing | None
    section_7_reconciliations: Reconciliations
    own_words: list[str]


class ReturnFile(File, frozen=True):
    """The return as CSV: one line a figure."""

    MEDIA: ClassVar[tuple[str, ...]] = ("text/csv",)


def month(tx: Tx, name: str, currency: str) -> MonthlyReturn:
    """The return of a month, such as 2026-06. Raises `Invalid`, and `NotFound` without a run."""
    first, last = _bounds(name)
    runs = store.between(tx, first, last, currency)
    if not runs:
        raise NotFound(noun="return", id=f"{name} {currency}")
    day = last + timedelta(days=1)
    after = store.between(tx, day, day, currency)
    signed = {run.id: len(store.signatures(tx, run.id)) for run in runs}
    high = max(runs, key=lambda run: run.requirement_minor)
    low = min(runs, key=lambda run: run.requirement_minor)
    until = min(last, tx.now.date())
    return MonthlyReturn(
        form="REP027",
        period_from=first,
        period_to=last,
        currency=currency,
        complete=tx.now.date() > last,
        section_2_clients_accounts=runs[-1].accounts,
        section_3_highest=Day(high.day_on, high.requirement_minor),
        section_3_lowest=Day(low.day_on, low.requirement_minor),
        section_5_at_end=_standing(runs[-1]),
        section_6_next_day=_standing(after[0]) if after else None,
        section_7_reconciliations=Reconciliations(
            performed=len(runs),
            missed=_missed(first, until, {run.day_on for run in runs}),
            unsigned=sum(count < SIGNERS for count in signed.values()),
            with_discrepancies=sum(run.breaks > 0 for run in runs),
            discrepancies=sum(run.breaks for run in runs),
            shortfalls=sum(run.shortfall_minor > 0 for run in runs),
        ),
        own_words=list(OWN_WORDS),
    )


def as_csv(view: MonthlyReturn) -> ReturnFile:
    """The return in CSV; a list is given by its length and its members."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("field", "value"))
    for name, value in _flat("", msgspec.to_builtins(view)):
        rows.writerow((name, value))
    name = f"rep027-{view.period_from:%Y-%m}-{view.currency}.csv"
    return ReturnFile(text.getvalue().encode(), "text/csv", name)


def _flat(above: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [row for name, each in value.items() for row in _flat(f"{above}{name}.", each)]
    name = above.removesuffix(".")
    return [(name, "; ".join(map(str, value)) if isinstance(value, list) else value)]


def _standing(run: Run) -> Standing:
    return Standing(
        run.day_on,
        run.requirement_minor,
        run.bank_minor,
        run.excess_minor,
        run.shortfall_minor,
    )


def _bounds(name: str) -> tuple[date, date]:
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError:
        raise Invalid(field="month", rule="must be a month such as 2026-06") from None
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _missed(first: date, until: date, done: set[date]) -> list[date]:
    days = (date.fromordinal(n) for n in range(first.toordinal(), until.toordinal() + 1))
    return [day for day in days if day not in done]
