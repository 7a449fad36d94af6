"""A house whose journal is sealed, and a witness that runs beside it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.witness import Running, running

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.kit.ids import uuid7
from sycee.oversight.transparency import store
from sycee.oversight.transparency.actions.seal import Signer
from sycee.oversight.transparency.jobs import seal_all
from sycee.runtime.db import Database

SIGNER = Signer(
    "house.example/log", Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
)
PATIENCE_SECONDS = 20.0


def write(database: Database, count: int, parties: Sequence[UUID] = ()) -> None:
    """Append rows in one transaction."""
    body = {"trade": "trd_01", "amount_minor": 7}
    with database.transaction() as tx:
        append(
            tx,
            [
                Entry(None, "trade.paid", uuid7(), tuple(parties), "payment", body)
                for _ in range(count)
            ],
        )


def sealed(database: Database, size: int) -> None:
    """Seal until the log has so many leaves.

    Rows settle when every write that began before them has ended, in the whole cluster: other tests
    may hold that up for a moment.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        seal_all(database, SIGNER)
        with database.read() as tx:
            if store.read_head(tx).size >= size:
                return
        time.sleep(0.02)
    pytest.fail(f"the log did not grow to {size}")


Start = Callable[[str], Running]


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Start]:
    """Starts the witness program in a folder of its own: its key, its address, its process."""
    with ExitStack() as stack:
        yield lambda log_key: stack.enter_context(running(tmp_path / "witness", log_key))
