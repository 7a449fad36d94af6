"""`./sycee safeguarding`: the daily reconciliation of customers' money with the bank."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from rich.table import Table

from sycee.doors.cli import tables
from sycee.doors.cli.orders import house, signer_of
from sycee.kit.ids import parse
from sycee.kit.money import format_major
from sycee.oversight.regulator.safeguarding import actions, reading, returns
from sycee.oversight.regulator.safeguarding.actions import Sign
from sycee.oversight.regulator.safeguarding.model import NOUN
from sycee.products.wallet.bank.store.lines import net_lines
from sycee.runtime.http.pages import Page

safeguarding = App(
    name="safeguarding", help="Reconcile customers' money with the bank, and sign for it."
)


@safeguarding.command
def run() -> int:
    """Reconcile now each currency that has no run of today. Ends with 1 if something is short."""
    with house() as (_, database):
        made = actions.reconcile(database, net_lines)
    for one in made:
        owed = format_major(one.requirement_minor, one.currency)
        bank = format_major(one.bank_minor, one.currency)
        print(f"{one.day_on} {one.currency} owed {owed}, at the bank {bank}, {one.breaks} breaks")
    if not made:
        print("Today's runs are there already.")
    return 1 if any(one.shortfall_minor for one in made) else 0


@safeguarding.command(name="list")
def list_() -> int:
    """List the runs, newest first."""
    with house() as (_, database), database.read() as tx:
        rows = reading.runs(tx, Page(limit=60)).items
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "day", "currency", "owed", "short", "breaks", "signed"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            row.id,
            str(row.day_on),
            row.currency,
            format_major(row.requirement_minor, row.currency),
            format_major(row.top_up_minor, row.currency),
            str(row.breaks),
            str(len(row.signatures)),
        )
    tables.show(table)
    return 0


@safeguarding.command
def report(run: str, /, *, form: Literal["csv", "json"] = "csv") -> int:
    """Print a day's run: one line a figure.

    Parameters
    ----------
    run
        The run's id.
    form
        `csv` or `json`.
    """
    with house() as (_, database), database.read() as tx:
        view = reading.run(tx, parse(NOUN, run))
    as_json = msgspec.json.format(msgspec.json.encode(view), indent=2).decode() + "\n"
    sys.stdout.write(reading.report(view) if form == "csv" else as_json)
    return 0


@safeguarding.command(name="return")
def return_(month: str, /, *, currency: str = "CNY", form: Literal["csv", "json"] = "csv") -> int:
    """Print a month's return in the sections of REP027.

    Parameters
    ----------
    month
        Such as 2026-06.
    currency
        One return a currency.
    form
        `csv` or `json`.
    """
    with house() as (_, database), database.read() as tx:
        view = returns.month(tx, month, currency)
    as_json = msgspec.json.format(msgspec.json.encode(view), indent=2).decode() + "\n"
    sys.stdout.write(returns.as_csv(view).content.decode() if form == "csv" else as_json)
    return 0


@safeguarding.command
def sign(run: str, /, *, signer: Annotated[str, Parameter(name="--as")] = "first") -> int:
    """Sign a run as one of two people.

    Parameters
    ----------
    run
        The run's id.
    signer
        Who signs; the same people as for orders.
    """
    with house() as (settings, database):
        who = signer_of(settings, database, signer)
        with database.transaction() as tx:
            done = actions.sign(tx, Sign(who.party, who.credential, parse(NOUN, run)))
    print(f"{done.id} has {done.signatures} of {actions.SIGNERS} signatures")
    return 0
