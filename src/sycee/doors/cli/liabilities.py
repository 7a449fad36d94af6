"""`./sycee liabilities`: what the house owes, published daily, and proofs that one is in it."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App
from rich.table import Table

from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.kit.money import format_major
from sycee.oversight.transparency.liabilities import actions, checking, desk, reading
from sycee.runtime.http.pages import Page
from sycee.runtime.settings import load

liabilities = App(name="liabilities", help="See and check the published totals of what is owed.")


@liabilities.command
def show() -> int:
    """List the newest published totals: day, currency, sum and root."""
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.read() as tx,
    ):
        rows = reading.totals(tx, Page(limit=30)).items
    if not rows:
        print("No total is published yet; the worker publishes one each day.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("day", "currency", "owed", "root"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(
            str(row.day_on), row.currency, format_major(row.sum_minor, row.currency), row.root
        )
    tables.show(table)
    return 0


@liabilities.command
def publish() -> int:
    """Publish today's total now, where the worker has not yet done so."""
    settings = load()
    with servers(settings) as found, opened(settings, found) as (database, keyring):
        made = actions.publish(database, keyring.house_key(desk.KEY))
    for total in made:
        owed = format_major(total.sum_minor, total.currency)
        print(f"{total.day_on} {total.currency} {owed} over {total.accounts} accounts")
    if not made:
        print("Today's totals are published already.")
    return 0


@liabilities.command
def verify(file: Path, /) -> int:
    """Check that balances are in a published total, without this house: no server is asked.

    Compare the root that it prints with the one that others see. Ends with 1 if a proof fails.

    Parameters
    ----------
    file
        The answer of `/v1/liabilities/proofs`.
    """
    content = file.read_bytes()
    try:
        outcomes = [checking.check(proof) for proof in checking.read(content)]
    except ValueError as error:
        print(f"refused: {error}")
        return 1
    if not outcomes:
        print("refused: there is no proof in it")
        return 1
    for each in outcomes:
        if each.balance_minor is None:
            print(f"refused   {each.account}")
            continue
        owed = format_major(each.balance_minor, each.currency)
        whole = format_major(each.sum_minor, each.currency)
        print(f"proved    {each.account}  {owed} of {whole} {each.currency}, {each.day}")
        print(f"          root {each.root}")
    return 1 if any(each.balance_minor is None for each in outcomes) else 0
