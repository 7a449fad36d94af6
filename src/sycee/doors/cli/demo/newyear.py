"""New Year's Eve in the demo town: people and guests send envelopes and grab them, live."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console

from sycee.core.parties import apikeys, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli import town
from sycee.doors.cli.demo.people import Person
from sycee.doors.cli.demo.server import serving
from sycee.doors.cli.living.evening import Evening
from sycee.doors.cli.servers import servers
from sycee.doors.cli.town import CURRENCY, VISITORS, Credential
from sycee.kit.ids import public
from sycee.kit.money import format_major
from sycee.runtime.db import Database
from sycee.runtime.settings import load

SCOPES = ("accounts:read", "transfers:read", "transfers:write")
NAMES = "Bao Cai Dan Fei Gang Hua Jia Kai Lan Ming Ning Ping Qing Rui Shan Tao Wei Xin Yan Zhen"
Count = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=600))]


def new_year(*, seconds: Count = 60, guests: Count = 12) -> int:
    """Let the town celebrate: envelopes are sent and grabbed live, at the pace of hands.

    Watch it on the console's screen New Year, or open an envelope yourself in the wallet. Uses the
    server that runs, or starts one for the while.

    Parameters
    ----------
    seconds
        How long the evening is.
    guests
        How many guests come to the residents.
    """
    settings, console = load(), Console(highlight=False)
    with serving(settings) as address:
        known = town.cast(settings.home, VISITORS)
        with servers(settings) as found:
            database = Database(found.database_url, size=2)
            invited = [_guest(database, n) for n in range(guests)]
            database.close()
        console.print(f"Watch: {address}/console/new-year")
        everyone = [Person(address, each) for each in [*map(known.__getitem__, VISITORS), *invited]]
        hosts, others = everyone[: len(VISITORS)], everyone[len(VISITORS) :]
        evening = Evening(hosts, others, say=console.print)
        evening.hold(threading.Event(), seconds)
        for person in everyone:
            person.close()
    console.print(_told(evening.tally))
    return 0


def _guest(database: Database, n: int) -> Credential:
    """A guest with a key of this evening; the same person each year."""
    names = NAMES.split()
    name = names[n % len(names)] + ("" if n < len(names) else f" {n // len(names) + 1}")
    handle = f"guest-{n + 1}"
    with database.transaction() as tx:
        found = parties.find(tx, handle)
        if found is None:
            made = NewParty(kind=Kind.PERSON, display_name=name, handle=handle, tier=town.TIER)
            found = parties.create(tx, made).id
        secret = apikeys.issue(tx, found, "New Year", SCOPES)[1]
    return Credential(handle, name, public("par", found), secret)


def _told(tally: Counter[str]) -> str:
    """How the evening was."""
    got = format_major(tally["minor"], CURRENCY)
    return (
        f"{tally['envelopes']} envelopes, {tally['shares']} shares taken ({got} {CURRENCY}),"
        f" {tally['too late']} times somebody came too late"
    )
