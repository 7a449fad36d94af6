"""`./sycee retention`: what is kept for how long, and changing it."""

from __future__ import annotations

from cyclopts import App
from rich.table import Table

from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.doors.worker.contents import jobs
from sycee.runtime.settings import load

retention = App(name="retention", help="See and change how long each table keeps its rows.")


@retention.default
def show() -> int:
    """List every table with a rule: what it keeps, for how many days, and whose days those are."""
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, keyring),
        database.read() as tx,
    ):
        standing = jobs(keyring).retention.read(tx)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("table", "days", "set by", "keeps"):
        table.add_column(name)
    for kept in standing:
        days = "for good" if kept.days is None else str(kept.days)
        whose = "operator" if kept.changed else "default"
        table.add_row(kept.rule.table, days, whose, kept.rule.keeps)
    tables.show(table)
    return 0


@retention.command(name="set")
def set_(table: str, days: int, /) -> int:
    """Keep a table's rows for so many days after they have had their time.

    The worker deletes what is older within the hour. Rows already deleted do not come back.

    Parameters
    ----------
    table
        As the list shows it: `webhooks.delivery`.
    days
        A whole number of days.
    """
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, keyring),
        database.transaction() as tx,
    ):
        jobs(keyring).retention.change(tx, table, days)
    print(f"{table} keeps its rows for {days} days.")
    return 0
