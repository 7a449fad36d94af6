"""The race: rounds of envelopes that end while they are claimed, servers that are killed meanwhile.

At the end everything is counted: what each envelope gave and gave back, what each person was told
and has, and that the doctor finds nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.ids import parse, uuid7
from sycee.products.envelopes import actions, checks, jobs
from sycee.products.envelopes.actions import Send
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.envelope import State
from sycee.products.envelopes.race import server
from sycee.products.envelopes.race.server import Told, Work
from sycee.products.envelopes.store import claims as claimrows
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps
from sycee.runtime.perform import Call, perform_one

SHARES, SHARE_MINOR = 100, 200
SHORT_SECONDS, LONG_SECONDS = 1, 6
"""Between these the life of an envelope falls."""

TIMEOUT_MS = 60_000


class Race:
    """People, one of them rich, on a migrated database; rounds of a race among them."""

    def __init__(
        self, url: str, folder: Path, seed: int, people: int, servers: int, longest: int
    ) -> None:
        self._url, self._folder, self._servers = url, folder, servers
        self._chance, self._seed, self._longest = Random(seed), seed, longest
        self._processes = get_context("forkserver")
        self._processes.set_forkserver_preload([server.__name__])
        self._started(server.read, folder / "none").join()  # the first one waits for imports
        self.database = Database(url, size=4)
        self.tally: Counter[str] = Counter()
        with self.database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            self.people = [
                parties.create(tx, NewParty(Kind.PERSON, f"Racer {n}")).id for n in range(people)
            ]
            parties.purse(tx, self.people, "CNY")
            self.rich = parties.create(tx, NewParty(Kind.PERSON, "Rich")).id
            purse = parties.account(tx, self.rich, "wallet", "CNY")
            bank = accounts.open_house(tx, "bank", "CNY")
            self.wealth = 10**12
            post_all(tx, [Transfer(uuid7(), bank, purse, self.wealth, "deposit.demo")])

    def round(self, number: int, claims: int) -> None:
        """One wave: envelopes for about two thirds of the claims, and a crowd that wants them."""
        count = max(2, claims * 2 // 3 // SHARES)
        sent = self._send_all(count)
        works = [
            Work(
                self._url,
                f"{self._seed}/{number}/{place}",
                [each.token for each in sent],
                self.people,
                claims // self._servers,
                str(self._folder / f"{number}-{place}"),
            )
            for place in range(self._servers)
        ]
        self._run(works)
        self._sweep_up(sent)
        self._verify(works, [parse("env", each.id) for each in sent])

    def _send_all(self, count: int) -> list[actions.Sent]:
        """The envelopes of a round: each lives on for a while after the last of them is sent."""
        sent: list[actions.Sent] = []
        began = time.monotonic()
        for left in range(count, 0, -1):
            pace = (time.monotonic() - began) / len(sent) if sent else 0
            life = self._chance.randint(SHORT_SECONDS, self._longest)
            sent.append(self._send(life + round(pace * left)))
        return sent

    def _send(self, life: int) -> actions.Sent:
        kind = self._chance.choice(list(shares.Kind))
        minor = SHARES * SHARE_MINOR + self._chance.randrange(SHARES)
        command = Send(self.rich, kind, minor, "CNY", SHARES, life_seconds=life)
        call = Call(self.rich, str(uuid7()), "envelope.send", command)
        return perform_one(self.database, call, actions.send, timeout_ms=TIMEOUT_MS).unwrap()

    def _run(self, works: list[Work]) -> None:
        """Let the servers claim, and kill one of them, or the sweeper, now and then."""
        running = {place: self._started(server.claim_all, work) for place, work in enumerate(works)}
        sweeper = self._started(server.sweep_forever, self._url)
        while running:
            time.sleep(self._chance.uniform(0.02, 0.5))
            for place, process in list(running.items()):
                if process.exitcode == 0:
                    del running[place]
                elif process.exitcode is not None:
                    assert process.exitcode == -signal.SIGKILL, f"a server failed: {process}"
                    running[place] = self._started(server.claim_all, works[place])
            if self._chance.random() < 0.7:
                self._kill(self._chance.choice([*running.values(), sweeper]))
            if not sweeper.is_alive():
                sweeper = self._started(server.sweep_forever, self._url)
        sweeper.kill()
        sweeper.join()

    def _started(self, work: Callable[..., object], argument: object) -> Any:
        process = self._processes.Process(target=work, args=(argument,), daemon=True)
        process.start()
        return process

    def _kill(self, process: Any) -> None:
        if process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
                self.tally["servers killed"] += 1
            process.join()

    def _sweep_up(self, sent: list[actions.Sent]) -> None:
        """Wait until the last of the round has had its time, and give back what is left."""
        end = max(each.expires_at for each in sent)
        registry = Jobs()
        jobs.register(registry)
        while self.database.clock.now() < end:
            time.sleep(0.05)
        ids = [parse("env", each.id) for each in sent]
        while True:
            run_sweeps(self.database, registry)
            with self.database.read() as tx:
                if all(each.state is not State.OPEN for each in store.read(tx, ids).values()):
                    return

    def _verify(self, works: list[Work], ids: list[UUID]) -> None:
        """What everybody was told is what is stored, and what is stored adds up."""
        told: dict[tuple[UUID, UUID], int] = {}
        for work in works:
            for each in server.read(Path(work.notes)):
                self._hear(told, each, ids)
        with self.database.read(timeout_ms=TIMEOUT_MS) as tx:
            for id_, envelope in store.read(tx, ids).items():
                taken = claimrows.claimed(tx, id_)
                sum_minor = sum(minor for _, _, minor, _ in taken)
                assert len(taken) <= envelope.count, f"{id_} was over-claimed"
                assert len({party for party, *_ in taken}) == len(taken), f"{id_}: twice"
                assert len({place for _, place, *_ in taken}) == len(taken), f"{id_}: a place twice"
                assert (envelope.claimed, envelope.claimed_minor) == (len(taken), sum_minor)
                assert sum_minor + envelope.refunded_minor == envelope.amount_minor, f"{id_}: sum"
                stored = {(id_, party): minor for party, _, minor, _ in taken}
                said = {pair: minor for pair, minor in told.items() if pair[0] == id_}
                assert said == stored, f"{id_}: told and stored differ"
                self.tally["shares taken"] += len(taken)
                self.tally["envelopes"] += 1
                self.tally["envelopes that ended with money in them"] += envelope.refunded_minor > 0

    def _hear(self, told: dict[tuple[UUID, UUID], int], each: Told, ids: list[UUID]) -> None:
        self.tally["claims answered"] += 1
        if each.refusal:
            self.tally[f"refused: {each.refusal}"] += 1
            return
        pair = ids[each.envelope], self.people[each.person]
        before = told.setdefault(pair, each.minor)
        assert before == each.minor, f"{pair} was told {before} and {each.minor}"

    def end(self) -> Counter[str]:
        """The sum of all wallets, and the doctor's word; then the tally."""
        everyone = [self.rich, *self.people]
        with self.database.read(timeout_ms=TIMEOUT_MS) as tx:
            held = sum(each.balance for each in accounts.owned(tx, everyone))
        assert held == self.wealth, f"{self.wealth - held} is missing"
        verdict = doctor.examine(self.database, checks.checks)
        assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]
        self.database.close()
        return self.tally


def run(
    url: str,
    folder: Path,
    *,
    claims: int,
    seed: int,
    people: int,
    servers: int,
    wave: int,
    longest: int = LONG_SECONDS,
) -> Counter[str]:
    """Race so many claims in waves; raises AssertionError naming what does not add up."""
    race = Race(url, folder, seed, people, servers, longest)
    for number in range(-(-claims // wave)):
        race.round(number, min(wave, claims - number * wave))
    return race.end()
