"""Runs as they are shown, and a run as a list of figures."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.oversight.regulator.safeguarding import store
from sycee.oversight.regulator.safeguarding.actions import SIGNERS
from sycee.oversight.regulator.safeguarding.model import NOUN, Break, Run
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class Signature(msgspec.Struct, frozen=True):
    """Whose signature, and when."""

    party: str
    at: datetime


class RunView(msgspec.Struct, frozen=True):
    """A day's reconciliation. `top_up_minor` is what the house must put in from its own money.

    `accounts` are the customers'. `digest` is SHA-256 over the id and balance of each account that
    money is owed on, pots too, so that the list that was summed can be told again. `named` are the
    largest breaks.
    """

    id: str
    day_on: date
    currency: str
    taken_at: datetime
    accounts: int
    requirement_minor: int
    books_minor: int
    bank_minor: int
    lines: int
    top_up_minor: int
    excess_minor: int
    breaks: int
    digest: str
    signatures: list[Signature]
    signed_off: bool
    named: list[Break]


def runs(tx: Tx, page: Page) -> Listing[RunView]:
    """Runs, newest first, without their breaks."""
    before = page.after_id(NOUN)
    found = store.runs(tx, before=before, limit=page.fetch)
    return page.of([_view(tx, run, []) for run in found], lambda row: row.id)


def run(tx: Tx, id_: UUID) -> RunView:
    """One run with its breaks. Raises `NotFound`."""
    found = store.runs(tx, id_)
    if not found:
        raise NotFound(noun="run", id=public(NOUN, id_))
    return _view(tx, found[0], store.breaks(tx, id_))


def report(view: RunView) -> str:
    """The run in CSV: one line a figure. The month's return is in `returns`."""
    rows = [
        ("reporting_date", view.day_on.isoformat()),
        ("reconciled_at", view.taken_at.isoformat()),
        ("currency", view.currency),
        ("clients", view.accounts),
        ("safeguarding_requirement_minor", view.requirement_minor),
        ("safeguarding_resource_minor", view.bank_minor),
        ("internal_books_minor", view.books_minor),
        ("shortfall_minor", view.top_up_minor),
        ("excess_minor", view.excess_minor),
        ("discrepancies", view.breaks),
        ("signed_off", "yes" if view.signed_off else "no"),
        *((f"discrepancy_{one.sort}", f"{one.amount_minor} {one.subject}") for one in view.named),
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("field", "value"), *rows])
    return text.getvalue()


def _view(tx: Tx, run: Run, named: list[Break]) -> RunView:
    signed = store.signatures(tx, run.id)
    return RunView(
        id=public(NOUN, run.id),
        day_on=run.day_on,
        currency=run.currency,
        taken_at=run.taken_at,
        accounts=run.accounts,
        requirement_minor=run.requirement_minor,
        books_minor=run.books_minor,
        bank_minor=run.bank_minor,
        lines=run.lines,
        top_up_minor=run.shortfall_minor,
        excess_minor=run.excess_minor,
        breaks=run.breaks,
        digest=run.digest.hex(),
        signatures=[Signature(public("par", party), at) for party, _, at in signed],
        signed_off=len(signed) >= SIGNERS,
        named=named,
    )
