"""`./sycee trades`: escrow at the terminal, as the operator sees it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sycee.core.parties import parties
from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse
from sycee.kit.money import format_major
from sycee.products.escrow import listing, reading
from sycee.products.escrow.model.trade import State
from sycee.products.escrow.reading import TradeView
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page
from sycee.runtime.settings import load

NOBODY = UUID(int=0)
OPERATOR = frozenset({"operator"})

trades = App(name="trades", help="Look at escrow trades.")


@trades.command(name="list")
def list_(
    of: str,
    /,
    *,
    state: State | None = None,
    limit: Annotated[int, Parameter(help="How many rows at most, 1 to 200.")] = 20,
) -> int:
    """List a party's trades, newest first.

    Parameters
    ----------
    of
        The party: a handle such as `ada`, or a public id `par_…`.
    state
        Only trades in this state.
    """
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.read() as tx,
    ):
        page = Page(limit=min(max(limit, 1), 200), after=None)
        rows = listing.of_party(tx, _party(tx, of), page, state=state).items
    if not rows:
        print("No such trades.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("trade", "state", "title"):
        table.add_column(name, no_wrap=name != "title")
    table.add_column("total", justify="right", no_wrap=True)
    table.add_column("held", justify="right", no_wrap=True)
    for row in rows:
        total, held = (format_major(m, row.currency) for m in (row.total_minor, row.held_minor))
        table.add_row(row.id, str(row.state), row.title, f"{total} {row.currency}", held)
    tables.show(table)
    return 0


@trades.command
def show(trade: str, /) -> int:
    """Show one trade: where its money is, and what happened to it.

    Parameters
    ----------
    trade
        Its id, `trd_…`.
    """
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.read() as tx,
    ):
        id_ = parse("trd", trade, "trade")
        view = reading.find(tx, id_, NOBODY, OPERATOR)
        events = reading.timeline(tx, id_, NOBODY, OPERATOR)
    console = Console(highlight=False)
    console.print(Text.assemble((view.title, "bold"), f"  {view.id}  ", (str(view.state), "cyan")))
    console.print(_money(view))
    for event in events:
        console.print(
            Text.assemble((f"{event.at:%Y-%m-%d %H:%M:%S}  ", "dim"), f"{event.verb:<22}"),
            Text(event.actor or "the house", style="dim"),
        )
    return 0


def _money(view: TradeView) -> Table:
    """Paid and reclaimed on the left of the pot; released, fees and refunded on its right."""
    table = Table.grid(padding=(0, 3))
    rows = (
        ("paid in", view.paid_minor + view.reclaimed_minor),
        ("in the pot", view.held_minor),
        ("released", view.released_minor),
        ("fees", view.fee_minor),
        ("refunded", view.refunded_minor),
    )
    for _ in rows:
        table.add_column(justify="right", min_width=12)
    table.add_row(*(Text(name, style="dim") for name, _ in rows))
    table.add_row(*(Text(format_major(amount, view.currency), style="bold") for _, amount in rows))
    return table


def _party(tx: Tx, of: str) -> UUID:
    found = parse("par", of, "of") if of.startswith("par_") else parties.find(tx, of)
    if found is None:
        raise NotFound(noun="party", id=of)
    return found
