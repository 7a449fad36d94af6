"""Sealing: settled rows of the journal become leaves, in commit order, behind what is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.journal import read as journal
from sycee.core.journal.model import Cursor
from sycee.oversight.transparency import store
from sycee.oversight.transparency.model import notes, tiles
from sycee.oversight.transparency.model.notes import Checkpoint
from sycee.oversight.transparency.store import Head
from sycee.runtime.db import Tx
from sycee.runtime.jobs import defer

BATCH = 4_096
"""Rows of one transaction; it ends well within half a second."""

COSIGN = "transparency.cosign"
"""The job that shows a checkpoint to one witness."""


class LogKeyDiffers(Exception):
    """The key at hand is not the one that this log was begun with.

    Nothing is sealed: a log that changes its key is another log. Bring the key cluster and the
    database back together, from backups of one time.
    """


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for the log: its name, for good, and the private key."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> str:
        """The public side, as it is handed out."""
        return notes.verifier_of(self.name, self.key).text


def seal(tx: Tx, signer: Signer) -> int:
    """Seal up to `BATCH` rows and publish a checkpoint over all; how many were sealed.

    The log keeps the name it was begun with. Raises `LogKeyDiffers`.
    """
    head = store.lock_head(tx)
    signer = standing(head, signer)
    rows = journal.leaves(tx, Cursor(head.xid, head.ordinal), BATCH)
    if not rows:
        return 0
    changed = tiles.grow(head.size, [leaf for _, leaf in rows], partial(store.tile, tx))
    for (level, place), hashes in changed.items():
        fresh = place * tiles.WIDTH - head.size if level == 0 else -1
        store.save_tile(tx, level, place, hashes, rows[fresh][0] if fresh >= 0 else None)
    last = rows[-1][0]
    size = head.size + len(rows)
    store.save_head(tx, Head(size, last.xid, last.ordinal, signer.verifier))
    _publish(tx, signer, size, changed)
    return len(rows)


def standing(head: Head, signer: Signer) -> Signer:
    """The signer under the name that the log was begun with; raises `LogKeyDiffers`."""
    if head.key is None:
        return signer
    begun = notes.verifier(head.key)
    own = Signer(begun.name, signer.key)
    if own.verifier != head.key:
        raise LogKeyDiffers
    return own


def _publish(tx: Tx, signer: Signer, size: int, changed: dict[tuple[int, int], bytes]) -> None:
    def read(level: int, place: int) -> bytes:
        found = changed.get((level, place))
        return store.tile(tx, level, place) if found is None else found

    checkpoint = Checkpoint(signer.name, size, tiles.root(size, read))
    line = notes.sign(checkpoint, signer.name, signer.key)
    store.publish(tx, size, checkpoint.root, notes.Note(checkpoint, (line,)).text)
    for witness in store.witnesses(tx):
        defer(tx, COSIGN, {"witness": str(witness.id)}, key=str(witness.id))
