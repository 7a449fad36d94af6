"""New Year's Eve in the demo town: people and guests send envelopes and grab them, live."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import httpx2
from cyclopts import Parameter, validators
from rich.console import Console

from sycee.core.parties import apikeys, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli import town
from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.demo.server import serving
from sycee.doors.cli.servers import servers
from sycee.doors.cli.town import CURRENCY, Credential
from sycee.kit.ids import public
from sycee.kit.money import format_major
from sycee.runtime.db import Database
from sycee.runtime.settings import SettingsError, load

HOSTS = ("ada", "ben", "chen", "dora")
SCOPES = ("accounts:read", "transfers:read", "transfers:write")
NAMES = "Bao Cai Dan Fei Gang Hua Jia Kai Lan Ming Ning Ping Qing Rui Shan Tao Wei Xin Yan Zhen"
COVERS = ("fortune", "dragon", "lantern", "plum")
GREETINGS = ("wish", "fortune", "health", "luck")
PRESS_SECONDS = 0.45
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
        known = town.credentials(settings.home)
        if town.BUYER not in known:
            raise SettingsError("there is no demo town here: `./sycee up` makes one")
        with servers(settings) as found:
            database = Database(found.database_url, size=2)
            invited = [_guest(database, n) for n in range(guests)]
            database.close()
        console.print(f"Watch: {address}/console/new-year")
        evening = _Evening(console, seconds)
        everyone = [Person(address, each) for each in [*map(known.__getitem__, HOSTS), *invited]]
        hosts = everyone[: len(HOSTS)]
        with ThreadPoolExecutor(len(everyone) + 1) as pool:
            running = [pool.submit(evening.grab, each) for each in everyone]
            running.append(pool.submit(evening.give, hosts))
            for each in running:
                each.result()
        for person in everyone:
            person.close()
    evening.tell()
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


class _Evening:
    """What goes round: the envelopes that are open, and what happened."""

    def __init__(self, console: Console, seconds: float) -> None:
        self._console = console
        self._end = time.monotonic() + seconds
        self._open: list[tuple[str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._tally: Counter[str] = Counter()

    def give(self, hosts: list[Person]) -> None:
        """Send envelopes, one every second or two, from somebody who can."""
        chance = random.Random()
        while time.monotonic() < self._end:
            host = chance.choice(hosts)
            shares = chance.randint(3, 10)
            amount = shares * chance.choice((88, 168, 288, 520))
            asked = {
                "amount_minor": amount,
                "currency": CURRENCY,
                "shares": shares,
                "cover": chance.choice(COVERS),
                "greeting": chance.choice(GREETINGS),
            }
            with contextlib.suppress(DemoError, httpx2.HTTPError):
                sent = host.post("/v1/envelopes", asked)
                self._tally["envelopes"] += 1
                said = format_major(amount, CURRENCY)
                self._console.print(f"{host.name} sends {said} for {shares}")
                with self._lock:
                    self._open.append((sent["token"], sent["id"]))
                    del self._open[:-6]
            time.sleep(chance.uniform(0.6, 1.8))

    def grab(self, person: Person) -> None:
        """Look for an envelope, press, and see."""
        chance = random.Random()
        while time.monotonic() < self._end:
            time.sleep(chance.uniform(0.3, 1.6))
            with self._lock:
                fresh = [each for each in self._open if (person.id, each[1]) not in self._seen]
            if not fresh:
                continue
            token, id_ = chance.choice(fresh)
            self._seen.add((person.id, id_))
            with contextlib.suppress(httpx2.HTTPError):
                try:
                    self._tally["shares"] += 1
                    self._tally["minor"] += self._press(person, token, chance)
                except DemoError:
                    self._tally["shares"] -= 1
                    self._tally["too late"] += 1

    def _press(self, person: Person, token: str, chance: random.Random) -> int:
        view = person.get(f"/v1/envelope-links/{token}")
        if view["state"] != "open" or view["challenge"] is None:
            raise DemoError("it has ended")
        time.sleep(PRESS_SECONDS)
        at = 0
        trace: list[list[int]] = []
        for _ in range(4):
            trace.append([at, 180 + chance.randint(0, 3), 400 + chance.randint(0, 3)])
            at += chance.randint(70, 130)
        shown = {"challenge": view["challenge"], "trace": trace}
        body: dict[str, Any] = {"token": token, "gesture": shown}
        return person.post("/v1/envelope-claims", body)["amount_minor"]

    def tell(self) -> None:
        """How the evening was."""
        tally = self._tally
        got = format_major(tally["minor"], CURRENCY)
        self._console.print(
            f"{tally['envelopes']} envelopes, {tally['shares']} shares taken ({got} {CURRENCY}),"
            f" {tally['too late']} times somebody came too late"
        )
