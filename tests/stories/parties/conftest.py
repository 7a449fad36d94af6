"""A house with a key cluster, and people in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from sycee.core.parties import parties, sealing
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.runtime.db import Database

MASTER = Master(bytes(sealing.new_key()))


@pytest.fixture
def keys_database(keys_url: str) -> Iterator[Database]:
    """The key cluster: here a database of its own."""
    database = Database(keys_url, size=8)
    yield database
    database.close()


@pytest.fixture
def keyring(keys_database: Database) -> Keyring:
    """The keyring, opened with a master key of this test run."""
    return Keyring(keys_database, MASTER)


Join = Callable[..., UUID]


@pytest.fixture
def join(database: Database) -> Join:
    """Add a party, committed; its id."""

    def join(name: str = "Li Lei", kind: Kind = Kind.PERSON, **more: str) -> UUID:
        with database.transaction() as tx:
            return parties.create(tx, NewParty(kind, name, **more)).id

    return join


@pytest.fixture
def threads() -> Callable[..., list[Any]]:
    """Run something in several threads at the same moment; their results."""

    def run(task: Callable[[], Any], times: int = 2) -> list[Any]:
        barrier = Barrier(times)

        def one(_: int) -> Any:
            barrier.wait(10)
            return task()

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return run
