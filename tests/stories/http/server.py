"""A server on a free port for stories over HTTP, and people with keys and money."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import uvicorn
from tests.conftest import Template
from tests.stories.http.promises import watched

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, parties, vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import KIND_SCOPES, SCOPES
from sycee.doors.http.app import build
from sycee.kit.clock import Clock, micros
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Database
from sycee.runtime.http.heads import BoundedHeads
from sycee.runtime.http.routes import Route
from sycee.runtime.http.wiring import Bounds


@dataclass(frozen=True, slots=True)
class Person:
    """A party with a key of its own."""

    party: UUID
    id: str
    secret: str


class BriskServer(uvicorn.Server):
    """uvicorn, which asks ten times a second whether to end and then waits a tenth, without that.

    It ends as uvicorn does: no new connection, the open ones closed after their answer, then the
    application.
    """

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(_TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(_TICK_SECONDS)
        await self.lifespan.shutdown()


_TICK_SECONDS = 0.003

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak to a server of a test: reading the machine's authorities takes longer than
most tests."""


@contextmanager
def serving(
    database: Database, bounds: Bounds | None = None, declared: Sequence[Route] | None = None
) -> Iterator[str]:
    """The application on a port of its own; yields its address.

    At the end it must have refused nothing that its description does not promise.
    """
    with watched(build(database, bounds=bounds, declared=declared)) as app:
        server = BriskServer(
            uvicorn.Config(
                app, port=0, http=BoundedHeads, log_config=None, access_log=False, workers=1
            )
        )
        thread = threading.Thread(target=server.run, name="server")
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.005)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(15)


class House:
    """One database behind one server: people are made in it directly, and call it over HTTP."""

    def __init__(self, database: Database, address: str) -> None:
        self.database = database
        self.address = address
        self.client = httpx2.Client(base_url=address, timeout=60, verify=PLAIN)

    def person(
        self, name: str, *, minor: int = 0, kind: Kind = Kind.PERSON, currency: str = "CNY"
    ) -> Person:
        """A party with every scope it may have, and `minor` in its purse."""
        with self.database.transaction() as tx:
            party = parties.create(tx, NewParty(kind, name))
            _, secret = apikeys.issue(tx, party.id, "story", sorted(KIND_SCOPES[kind]))
        if minor:
            self.give(party.id, minor, currency)
        return Person(party.id, public("par", party.id), secret)

    def key(self, person: Person, *scopes: str) -> Person:
        """The same person with a key of fewer scopes."""
        with self.database.transaction() as tx:
            _, secret = apikeys.issue(tx, person.party, "narrow", scopes)
        return Person(person.party, person.id, secret)

    def give(self, party: UUID, minor: int, currency: str = "CNY") -> None:
        """Money from the bank into a party's wallet."""
        with self.database.transaction() as tx:
            account = parties.account(tx, party, "wallet", currency)
            accounts.open_house(tx, "bank", currency)
            bank = accounts.house("bank", currency)
            id_ = uuid7(micros(tx.now) // 1_000)
            post_all(tx, [Transfer(id_, bank, account, minor, "deposit.demo")])

    def balance(self, person: Person, currency: str = "CNY") -> int:
        """What a person's wallet holds, read from the ledger."""
        with self.database.transaction() as tx:
            account = parties.account(tx, person.party, "wallet", currency)
            return accounts.read(tx, [account])[account].balance

    def moved(self, payer: Person) -> int:
        """How many transfers a person has paid."""
        with self.database.connection() as conn:
            row = conn.execute(
                "SELECT count(*) FROM wallet.transfers WHERE payer = %s", (payer.party,)
            ).fetchone()
        assert row is not None
        return row[0]

    def operator(self) -> Person:
        """The one operator, made on first asking, with a fresh key of every scope."""
        with self.database.transaction() as tx:
            seated = parties.operator(tx)
        if seated is None:
            return self.person("House", kind=Kind.OPERATOR)
        return self.key(Person(seated, public("par", seated), ""), *SCOPES)

    def get(self, path: str, person: Person, **parameters: Any) -> httpx2.Response:
        """GET as a person."""
        return self.client.get(path, params=parameters, headers=bearer(person))

    def post(
        self,
        path: str,
        person: Person,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """POST JSON as a person, under a fresh Idempotency-Key unless one is given."""
        sent = {**bearer(person), "Idempotency-Key": key or str(uuid4()), **(headers or {})}
        return self.client.post(path, json=body, headers=sent)

    def pay(
        self, payer: Person, payee: Person, minor: int, *, key: str | None = None, **more: object
    ) -> httpx2.Response:
        """A transfer in CNY."""
        body = {"payee": payee.id, "amount_minor": minor, "currency": "CNY", **more}
        return self.post("/v1/transfers", payer, body, key=key)


@contextmanager
def housed(main: Template) -> Iterator[House]:
    """A house on a database of its own."""
    name, url = main.clone()
    database = Database(url)
    with serving(database) as address:
        house = House(database, address)
        yield house
        house.client.close()
    database.close()
    main.drop(name)


@contextmanager
def vaulted(main: Template, keys: Template, clock: Clock | None = None) -> Iterator[House]:
    """A served house with a vault, for the stories of one file."""
    (name, url), (keys_name, keys_url) = main.clone(), keys.clone()
    database, key_database = Database(url, clock=clock), Database(keys_url, size=4)
    vault.use(Keyring(key_database, Master(b"m" * 32)))
    with serving(database) as address:
        house = House(database, address)
        yield house
        house.client.close()
    vault.use(None)
    for each in (database, key_database):
        each.close()
    main.drop(name)
    keys.drop(keys_name)


def bearer(person: Person) -> dict[str, str]:
    """The header that says who calls."""
    return {"Authorization": f"Bearer {person.secret}"}


def code(response: httpx2.Response) -> str:
    """The code of a problem, after checking that it is a whole one."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["title"]
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem["code"]
