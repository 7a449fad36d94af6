"""The race from its first envelope to the doctor's word."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import uvloop

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, parties
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli.race import settling
from sycee.doors.cli.race.crowd import Crowd
from sycee.doors.cli.race.play import Play, Played
from sycee.doors.cli.race.wards import Wards, guarded
from sycee.kit.ids import parse, uuid7
from sycee.products.envelopes import actions
from sycee.products.envelopes.actions import Send
from sycee.products.envelopes.keyed import NAME
from sycee.products.envelopes.model import shares
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, perform_one

WEALTH_MINOR = 10**12
SHARE_MINOR = 200
TIMEOUT_MS = 60_000
SWEPT_SECONDS = 180.0
"""An envelope whose end is not stored by then is a failure of the sweep."""

Tell = Callable[[Counter[str]], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How large a race is: claims, who runs, how often something is killed."""

    claims: int
    people: int = 1_000
    servers: int = 2
    workers: int = 2
    connections: int = 96
    """To each server."""

    shares: int = 100
    life_seconds: tuple[int, int] = (1, 9)
    kill_seconds: float = 5.0
    """Between two kills, on average."""

    kills: int = 1
    """It goes on until so many things were killed."""

    kills_most: int = 1_000_000


def run(
    url: str, keys_url: str, home: Path, course: Course, seed: int, tell: Tell = lambda _: None
) -> Counter[str]:
    """Race; the tally. AssertionError names what does not add up.

    Both databases are migrated and nobody else's. `tell` hears the tally every ten seconds.
    """
    chance, master = Random(seed), secrets.token_bytes(32)
    keys = Database(keys_url, size=1)
    key = Keyring(keys, Master(master)).house_key(NAME)
    keys.close()
    database = Database(url, size=4)
    try:
        with guarded(url, keys_url, master, home, chance, course.servers, course.workers) as wards:
            race = _Race(database, course, chance, wards, key)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(race.run(tell))
        settling.examine(database, [race.rich, *race.parties], WEALTH_MINOR)
    finally:
        database.close()
    return race.tally


class _Race:
    """People, one of them rich, and the tasks that go on at once."""

    def __init__(
        self, database: Database, course: Course, chance: Random, wards: Wards, key: bytes
    ) -> None:
        self._database, self._course, self._chance = database, course, chance
        self._wards = wards
        with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            self.parties = [
                parties.create(tx, NewParty(Kind.PERSON, f"Racer {n}")).id
                for n in range(course.people)
            ]
            parties.purse(tx, self.parties, "CNY")
            self.rich = parties.create(tx, NewParty(Kind.PERSON, "Rich")).id
            purse = parties.account(tx, self.rich, "wallet", "CNY")
            bank = accounts.open_house(tx, "bank", "CNY")
            post_all(tx, [Transfer(uuid7(), bank, purse, WEALTH_MINOR, "deposit.demo")])
            secret = [
                apikeys.issue(tx, each, "race", ["transfers:write"])[1] for each in self.parties
            ]
        self._play = Play(chance, course.people)
        people = list(zip(self.parties, secret, strict=True))
        self._crowd = Crowd(self._play, people, key)
        self._settled: Counter[str] = Counter()
        self._rate = 0.0
        self._done = False

    @property
    def tally(self) -> Counter[str]:
        return self._play.tally + self._settled + self._wards.tally

    async def run(self, tell: Tell) -> None:
        """Until enough was claimed and killed, and all that ended is settled."""
        connecting = self._crowd.connect(
            [each.port for each in self._wards.servers], self._course.connections
        )
        try:
            async with asyncio.TaskGroup() as group:
                for task in (connecting, self._supply(), self._disturb(), self._settle()):
                    group.create_task(task)
                group.create_task(self._watch(tell))
                group.create_task(self._crowd.tend())
        except* AssertionError as several:
            raise several.exceptions[0] from None
        finally:
            self._crowd.close()

    async def _watch(self, tell: Tell) -> None:
        """End the race when it is long enough, or at the first fault."""
        began = told = time.monotonic()
        course, play = self._course, self._play
        while not self._done:
            await asyncio.sleep(0.1)
            if self._crowd.fault is not None:
                raise self._crowd.fault
            now = time.monotonic()
            self._rate = play.answered / (now - began)
            play.closed = play.answered >= course.claims and self._wards.kills >= course.kills
            if now - told >= 10:
                told = now
                tell(self.tally)
        self._crowd.close()

    async def _supply(self) -> None:
        """As many open envelopes as are emptied in about the time that one lives."""
        least, most = self._course.life_seconds
        while not self._play.closed:
            wins = self._rate / 2
            wanted = max(4, round(wins * (least + most) / 2 / self._course.shares))
            there = sum(not each.empty for each in self._play.open)
            if there >= wanted:
                await asyncio.sleep(0.01)
                continue
            self._play.open.append(await asyncio.to_thread(self._send))

    def _send(self) -> Played:
        count, chance = self._course.shares, self._chance
        kind = chance.choice(list(shares.Kind))
        minor = count * SHARE_MINOR + chance.randrange(count)
        life = chance.randint(*self._course.life_seconds)
        command = Send(self.rich, kind, minor, "CNY", count, life_seconds=life)
        call = Call(self.rich, str(uuid7()), "envelope.send", command)
        sent = perform_one(self._database, call, actions.send, timeout_ms=TIMEOUT_MS).unwrap()
        return Played(parse("env", sent.id), sent.token, sent.expires_at.timestamp())

    async def _disturb(self) -> None:
        mean = self._course.kill_seconds
        while not self._play.closed and self._wards.kills < self._course.kills_most:
            await asyncio.sleep(self._chance.uniform(mean / 2, mean * 3 / 2))
            if not self._play.closed:
                await asyncio.to_thread(self._wards.disturb)

    async def _settle(self) -> None:
        """Wait for each envelope's refund, ask those who are unsure, then compare."""
        play, asked = self._play, list[Played]()
        while not (play.closed and not (play.open or play.ended or play.retired or asked)):
            await asyncio.sleep(0.2)
            play.turn(time.time())
            waiting = [each for each in play.retired if not each.flying]
            for each in await self._stored_as_ended(waiting):
                play.retired.remove(each)
                play.ask_the_unsure(each)
                asked.append(each)
            ready = [each for each in asked if not each.flying]
            if ready:
                self._settled += await asyncio.to_thread(
                    settling.settle, self._database, ready, self.parties
                )
                asked = [each for each in asked if each not in ready]
        self._done = True

    async def _stored_as_ended(self, waiting: list[Played]) -> list[Played]:
        if not waiting:
            return []
        ended = await asyncio.to_thread(settling.closed, self._database, waiting)
        for each in waiting:
            assert each in ended or time.time() < each.ends + SWEPT_SECONDS, f"{each.id}: no sweep"
        return ended
