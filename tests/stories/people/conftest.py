"""A served house with a vault, and people with handles."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, Person, bearer, serving

from sycee.core.parties import apikeys, parties, vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import KIND_SCOPES
from sycee.kit.clock import ManualClock
from sycee.kit.ids import public
from sycee.products.wallet.people import jobs as people
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps


class Street(House):
    """A house whose residents have handles; its clock can be moved on."""

    def __init__(self, database: Database, address: str, clock: ManualClock) -> None:
        super().__init__(database, address)
        self.clock = clock

    def resident(
        self, handle: str, *, minor: int = 0, kind: Kind = Kind.PERSON, zone: str = "Asia/Shanghai"
    ) -> Person:
        """A party with a handle of its own (made unlike any other's) and every scope."""
        with self.database.transaction() as tx:
            new = NewParty(kind, handle.title(), handle=f"{handle}.{secrets.token_hex(6)}")
            party = parties.create(tx, NewParty(new.kind, new.display_name, "CN", zone,
                                                handle=new.handle))  # fmt: skip
            _, secret = apikeys.issue(tx, party.id, "story", sorted(KIND_SCOPES[kind]))
        if minor:
            self.give(party.id, minor)
        return Person(party.id, public("par", party.id), secret)

    def handle(self, person: Person) -> str:
        return self.get("/v1/me", person).json()["party"]["handle"]

    def send(self, what: str, person: Person, body: Any = None, key: str | None = None) -> Any:
        """`METHOD /path` as a person, under a key of its own."""
        method, _, path = what.partition(" ")
        headers = {**bearer(person), "Idempotency-Key": key or str(uuid4())}
        return self.client.request(method, path, json=body, headers=headers)

    def work(self) -> None:
        """Let the worker look once at every deadline."""
        jobs = Jobs()
        people.register(jobs)
        run_sweeps(self.database, jobs)

    def race(self, calls: list[tuple[str, Person, Any]]) -> list[Any]:
        """Several calls at once; their answers."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: self.send(*call), calls))


@pytest.fixture(scope="module")
def street(main_template: Template, keys_template: Template) -> Iterator[Street]:
    """Shared by the stories of a file: each brings its own people."""
    (name, url), (keys_name, keys_url) = main_template.clone(), keys_template.clone()
    clock = ManualClock(datetime.now(UTC))
    database, keys = Database(url, clock=clock), Database(keys_url, size=2)
    vault.use(Keyring(keys, Master(secrets.token_bytes(32))))
    with serving(database) as address:
        street = Street(database, address, clock)
        yield street
        street.client.close()
    vault.use(None)
    for each in (database, keys):
        each.close()
    main_template.drop(name)
    keys_template.drop(keys_name)
