"""`./sycee demand`: what authorities demanded, the public report, and counting it again."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import msgspec
from cyclopts import App
from rich.table import Table

from sycee.doors.cli import tables
from sycee.doors.cli.orders import house
from sycee.oversight.regulator.demands import desk
from sycee.oversight.regulator.demands import reading as demands
from sycee.oversight.regulator.demands.desk import Answer
from sycee.oversight.transparency.model import notes, opening
from sycee.oversight.transparency.model.tally import Totals, tally
from sycee.oversight.transparency.report import reading
from sycee.runtime.http.pages import Page

demand = App(name="demand", help="Demands of governments, and the report that anyone can count.")


class _Report(msgspec.Struct):
    totals: Totals


@demand.command(name="list")
def list_() -> int:
    """List demands, newest first."""
    with house() as (_, database), database.read() as tx:
        rows = demands.demands(tx, Page(limit=100)).items
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("demand", "state", "authority", "people", "gag until"):
        table.add_column(name, no_wrap=name != "authority")
    for row in rows:
        until = "" if row.gag_until is None else f"{row.gag_until:%Y-%m-%d}"
        table.add_row(row.id, row.state, row.authority, str(len(row.asked.subjects)), until)
    tables.show(table)
    return 0


@demand.command
def report(*, json: bool = False) -> int:
    """Print the transparency report, as everyone sees it.

    Parameters
    ----------
    json
        Print the whole report, with every row and its proof: 10,000 rows on a line.
    """
    with house() as (_, database), database.read() as tx:
        if json:
            for view in reading.pieces(tx):
                print(msgspec.json.encode(view).decode())
            return 0
        totals, shut = reading.summary(tx)
    for name, count in msgspec.structs.asdict(totals).items():
        print(f"{name:<14}{count}")
    print(f"{'sealed rows':<14}{shut}")
    return 0


@demand.command
def recount(file: Path, /, *, key: str | None = None) -> int:
    """Check a saved report without this house: every row, and the totals over them.

    Ends with 1 if a row is not what the log holds, or the totals are not theirs.

    Parameters
    ----------
    file
        The answer of `/v1/transparency/report`.
    key
        The log's key, from where you trust it.
    """
    content = file.read_bytes()
    try:
        page, stated = opening.read(content), msgspec.json.decode(content, type=_Report).totals
        checkpoint = opening.signed(page, notes.verifier(key or page.key))
    except ValueError as error:
        print(f"refused: {error}")
        return 1
    results = opening.check(page, checkpoint)
    bad = [each for each in results if each.verdict != "proved"]
    for each in bad:
        print(f"{each.verdict:<10} {each.id}  {each.verb}")
    counted = tally((row.verb, row.data) for row in page.items)
    if counted != stated:
        print("the totals are not those of the rows")
    print(f"{len(results)} rows, {counted.demands} demands, {counted.answered} answered.")
    return 1 if bad or counted != stated else 0


@demand.command
def unseal(file: Path, key: Path, /) -> int:
    """Open a sealed answer, as the authority does. Ends with 1 if this key does not open it.

    Parameters
    ----------
    file
        The answer of `/v1/demands/{id}/answer`.
    key
        A file with the X25519 private key, 32 bytes in base64.
    """
    sealed, private = file.read_bytes(), key.read_bytes()
    try:
        answer = msgspec.json.decode(sealed, type=Answer)
        print(desk.unseal(answer, b64decode(private)).decode())
    except ValueError as error:
        print(f"refused: {error}")
        return 1
    return 0
