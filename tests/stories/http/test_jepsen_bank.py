"""The bank workload of Jepsen over HTTP, while the server and PostgreSQL are killed.

Eight accounts hold 100 together; transfers of 1 to 5 go between different ones at random; a call
without an answer is repeated under its key until it has one; reads take all eight in one snapshot.
Source: jepsen/src/jepsen/tests/bank.clj. `SYCEE_TEST_JEPSEN_SECONDS` runs it longer.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests import fleeting
from tests.stories.http.server import House, Person, bearer

from sycee.core.parties.model import Kind
from sycee.runtime.db import Database
from sycee.runtime.migrate import migrate
from sycee.runtime.postgres import Cluster

ACCOUNTS = 8
TOTAL = 100
LARGEST = 5
PAYERS = 6
READERS = 2
KILLS = 6
"""How often at least, however slow the machine is."""

CHAOS_SECONDS = float(os.environ.get("SYCEE_TEST_JEPSEN_SECONDS", "16"))
PATIENCE_SECONDS = 60.0
READY_SECONDS = 90.0  # a machine that does much else starts a server slowly


class Process:
    """The server as a process of its own, killed without warning and started again."""

    def __init__(self, url: str) -> None:
        self.port = fleeting.port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "SYCEE_DATABASE_URL": url,
            "SYCEE_LOG_LEVEL": "error",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", "sycee.doors.http.app:create"]
        command += ["--port", str(self.port), "--no-access-log", "--log-level", "critical"]
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def await_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                if httpx2.get(f"{self.address}/readyz", timeout=2).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not come back")

    def kill_lanes(self) -> None:
        """Kill the lanes' process alone; the server starts another."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for pid in children.split():
            os.kill(int(pid), signal.SIGKILL)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)


class Bank:
    """What the clients share: the people, and every key with the answer it came to."""

    def __init__(self, address: str, people: list[Person], operator: Person) -> None:
        self.address, self.people, self.operator = address, people, operator
        self.stop = threading.Event()
        self.answers: dict[str, tuple[int, int, str]] = {}
        self.reads: list[list[int]] = []
        self.unanswered = 0
        self.faults: list[BaseException] = []
        self._accounts: list[str] = []

    def settle(self, client: httpx2.Client, send: Callable[[httpx2.Client], Any]) -> Any:
        """Send until there is an answer that says what happened."""
        until = time.monotonic() + CHAOS_SECONDS + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                answer = send(client)
            except httpx2.TransportError:
                self.unanswered += 1
            else:
                if answer.status_code < 500:
                    return answer
                self.unanswered += 1
            time.sleep(0.05)
        raise AssertionError("no answer came in time")

    def pay(self, client: httpx2.Client, dice: random.Random) -> None:
        payer, payee = dice.sample(self.people, 2)
        minor, key = dice.randint(1, LARGEST), secrets.token_hex(16)
        body = {"payee": payee.id, "amount_minor": minor, "currency": "CNY"}
        headers = {**bearer(payer), "Idempotency-Key": key}
        answer = self.settle(client, lambda c: c.post("/v1/transfers", json=body, headers=headers))
        said = answer.json()
        assert answer.status_code in (200, 409), said
        self.answers[key] = (answer.status_code, minor, said.get("id") or said["code"])

    def read(self, client: httpx2.Client, dice: random.Random) -> None:
        if not self._accounts:
            self._accounts = [self.account(client, person) for person in self.people]
        headers, wanted = bearer(self.operator), {"account": self._accounts}
        answer = self.settle(
            client, lambda c: c.get("/v1/balances", params=wanted, headers=headers)
        )
        assert answer.status_code == 200, answer.text
        self.reads.append([row["balance_minor"] for row in answer.json()])
        time.sleep(dice.uniform(0, 0.02))

    def account(self, client: httpx2.Client, person: Person) -> str:
        answer = self.settle(client, lambda c: c.get("/v1/balances", headers=bearer(person)))
        return answer.json()[0]["account"]

    def work(self, act: Callable[[httpx2.Client, random.Random], None], seed: int) -> None:
        dice = random.Random(seed)
        try:
            with httpx2.Client(base_url=self.address, timeout=5) as client:
                while not self.stop.is_set():
                    act(client, dice)
        except BaseException as fault:
            self.faults.append(fault)
            self.stop.set()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A PostgreSQL of this story's own, so that it can be killed."""
    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    cluster = Cluster(tmp_path, "main", bin_dir=Path(chosen) if chosen else None)
    cluster.start()
    yield cluster
    cluster.stop()


def open_accounts(url: str, address: str) -> Bank:
    """Eight people with 100 among them, and the operator who reads all."""
    database = Database(url, size=2)
    try:
        house = House(database, address)
        shares = [TOTAL // ACCOUNTS] * ACCOUNTS
        shares[0] += TOTAL - sum(shares)
        people = [house.person(f"P{n}", minor=minor) for n, minor in enumerate(shares)]
        return Bank(address, people, house.person("House", kind=Kind.OPERATOR))
    finally:
        database.close()


def disturb(server: Process, cluster: Cluster, dice: random.Random, stop: threading.Event) -> int:
    """Kill server, PostgreSQL and lanes by turns, each time amid work; returns how often."""
    until, kills = time.monotonic() + CHAOS_SECONDS, 0
    while (time.monotonic() < until or kills < KILLS) and not stop.wait(dice.uniform(0.5, 1.5)):
        if kills % 3 == 0:
            server.kill()
            server.start()
        elif kills % 3 == 1:
            cluster.stop(immediate=True)
            cluster.start()
        else:
            server.kill_lanes()
        kills += 1
        server.await_ready()
    return kills


def count_posted(url: str) -> tuple[int, int]:
    """How many transfers between people the ledger holds, and their sum; read from its log."""
    database = Database(url, size=1)
    try:
        with database.read() as tx:
            row = tx.conn.execute(
                """
                SELECT count(*), coalesce(sum(l.amount_minor), 0)::bigint
                FROM ledger.transfers AS l JOIN wallet.transfers AS w ON w.id = l.id
                """
            ).fetchone()
    finally:
        database.close()
    assert row is not None
    return row[0], row[1]


@pytest.mark.slow
def test_the_bank_keeps_its_total_while_server_and_database_are_killed(cluster: Cluster):
    migrate(cluster.url)
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    with ExitStack() as stack:
        server = Process(cluster.url)
        stack.callback(server.kill)
        bank = open_accounts(cluster.url, server.address)
        acts = [bank.pay] * PAYERS + [bank.read] * READERS
        server.await_ready()
        threads = [
            threading.Thread(target=bank.work, args=(act, seed + n)) for n, act in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        kills = disturb(server, cluster, random.Random(seed), bank.stop)
        bank.stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + CHAOS_SECONDS)
    assert bank.faults == []
    assert kills >= KILLS
    assert bank.unanswered > 0, "nothing was disturbed"
    assert len(bank.reads) > 20
    for balances in bank.reads:
        assert sum(balances) == TOTAL, balances
        assert min(balances) >= 0, balances
    paid = [(minor, what) for status, minor, what in bank.answers.values() if status == 200]
    assert len(paid) > 50
    assert len({what for _, what in paid}) == len(paid), "two keys share one transfer"
    refused = {what for status, _, what in bank.answers.values() if status == 409}
    assert refused <= {"insufficient-funds"}
    assert count_posted(cluster.url) == (len(paid), sum(minor for minor, _ in paid))
