"""The log's part of the worker: sealing as rows settle, and asking the witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any
from uuid import UUID

import httpx2

from sycee.core.journal import read as journal
from sycee.core.journal.model import Cursor
from sycee.core.parties.keyring import Keyring
from sycee.oversight.transparency import call, store
from sycee.oversight.transparency.actions import seal
from sycee.oversight.transparency.actions.seal import COSIGN, Signer
from sycee.oversight.transparency.model import notes, tiles
from sycee.oversight.transparency.signing import signer
from sycee.oversight.transparency.store import Published, Witness
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.sweeps import WHOLE

SEAL_SECONDS = 1
"""How often settled rows are looked for, so that a row is sealed within two seconds."""

MOST_BATCHES = 20
"""Of one pass, so that other work gets its turn while a backlog is sealed."""

TRIES = 4
"""How often one witness is asked in a row while it lags or knows another size."""

LEASE_SECONDS = 60


def register(jobs: Jobs, keyring: Keyring) -> None:
    """Add sealing and cosigning to the worker's registry."""

    def sealing(database: Database, _: UUID) -> None:
        seal_all(database, signer(keyring))

    jobs.sweep("transparency.seal", _due, sealing, every_seconds=SEAL_SECONDS)
    jobs.outside(COSIGN, _cosign, lease_seconds=LEASE_SECONDS, apart="witness")


def seal_all(database: Database, signer: Signer) -> int:
    """Seal until nothing is left that has settled; how many rows."""
    total = 0
    for _ in range(MOST_BATCHES):
        with database.transaction() as tx:
            count = seal.seal(tx, signer)
        total += count
        if count < seal.BATCH:
            break
    return total


def _due(tx: Tx, limit: int) -> Sequence[UUID]:
    head = store.read_head(tx)
    return WHOLE if journal.leaves(tx, Cursor(head.xid, head.ordinal), 1) else ()


def _cosign(database: Database, body: dict[str, Any]) -> None:
    """Show one witness the newest checkpoint; what it answers is verified before it is kept.

    A witness that does not answer is asked again with the next checkpoint, so nothing is retried.
    """
    witness = UUID(body["witness"])
    for _ in range(TRIES):
        with database.read() as tx:
            found = [one for one in store.witnesses(tx) if one.id == witness]
            latest = store.latest(tx)
            if not found or latest is None or latest.size <= found[0].size:
                return
            read = cache(partial(store.tile, tx))
            old = found[0].size
            proof = tiles.consistency(old, latest.size, read) if old else []
        if not _asked(database, found[0], latest, proof):
            return


def _asked(database: Database, witness: Witness, latest: Published, proof: list[bytes]) -> bool:
    """Whether it is worth asking again at once."""
    try:
        seen = call.show(witness.url, witness.size, proof, latest.note)
        line = _line(witness, latest, seen)
    except (httpx2.HTTPError, ValueError) as error:
        with database.transaction() as tx:
            store.failed(tx, witness.id, type(error).__name__)
        return False
    with database.transaction() as tx:
        if line is not None:
            store.cosigned(tx, witness.id, latest.size, line)
            return True
        if seen.size is not None and seen.size != witness.size and seen.size <= latest.size:
            store.remembered(tx, witness.id, seen.size)
            return True
        store.failed(tx, witness.id, f"answered {seen.status}")
        return False


def _line(witness: Witness, latest: Published, seen: call.Seen) -> str | None:
    """The line among those that the witness gave which its key really made."""
    key, checkpoint = notes.verifier(witness.key), notes.read(latest.note).checkpoint
    for line in seen.lines:
        note = notes.read(notes.Note(checkpoint, (line,)).text)
        if notes.signed_by(note, key) is not None:
            return line
    if seen.lines:
        raise ValueError("none of the lines is this witness's")
    return None
