"""`./sycee person`: who looked at someone's data, and being forgotten, at the operator's desk."""

from __future__ import annotations

from uuid import UUID

from cyclopts import App
from rich.table import Table

from sycee.core.parties import parties, vault
from sycee.core.parties.personal import erasing
from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.doors.http import contents
from sycee.kit.ids import parse
from sycee.oversight.transparency.readings import reading
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page
from sycee.runtime.settings import SettingsError, load

person = App(name="person", help="A person's data: who looked at it, and forgetting them.")


@person.command
def readings(who: str, /) -> int:
    """List who looked at someone's data, newest first, as that person sees it.

    Parameters
    ----------
    who
        An id, `par_…`, or a handle.
    """
    settings = load()
    with servers(settings) as found, opened(settings, found) as (database, keyring):
        vault.use(keyring)
        with database.read() as tx:
            view = reading.readings_of(tx, _party(tx, who), Page(limit=100))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("#", "when", "who", "purpose", "fields", "case"):
        table.add_column(name, no_wrap=name in ("#", "when"))
    for row in view.items:
        name = row.who.name or row.who.role
        when = f"{row.at:%Y-%m-%d %H:%M:%S}"
        fields = ", ".join(row.fields)
        table.add_row(str(row.sequence), when, name, row.purpose, fields, row.case or "")
    tables.show(table)
    print(f"{view.total} readings")
    return 0


@person.command
def forget(who: str, /) -> int:
    """Forget someone who asked for it, for good; refused while something of theirs is open.

    Parameters
    ----------
    who
        An id, `par_…`, or a handle.
    """
    settings = load()
    contents.routes()  # so that every slice is asked what is still open
    with servers(settings) as found, opened(settings, found) as (database, keyring):
        vault.use(keyring)
        with database.read() as tx:
            party, operator = _party(tx, who), parties.operator(tx)
        if operator is None:
            raise SettingsError("this house has no operator yet; run `./sycee up` first")
        print(erasing.erase(database, party, operator, None).party, "is forgotten")
    return 0


def _party(tx: Tx, who: str) -> UUID:
    found = parse("par", who, "who") if who.startswith("par_") else parties.find(tx, who)
    if found is None:
        raise SettingsError(f"nobody here is called {who}")
    return parties.get(tx, found).id
