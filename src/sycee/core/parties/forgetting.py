"""Forgetting a person: their key is destroyed, and what it sealed opens for nobody any more.

In two steps, because the keys are in a cluster of their own: the order, from whose commit on the
vault is closed for them, and the end. Each cluster remembers for the other, so that an old backup
brings nobody back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.journal.webhooks import endpoints
from sycee.core.parties import vaultrows
from sycee.core.parties.keyring import Keyring
from sycee.core.parties.personal import sources
from sycee.runtime.db import Database, Tx, allow

_CHUNK = 500

WIPE_MS = 60_000
"""How long the slices may wipe, row by row, what a party that is closed ever showed plainly."""


def forget(database: Database, keys: Keyring, subject: UUID, *, actor: UUID | None = None) -> None:
    """Erase a person: order it here, destroy the key there, note that it is done.

    The first commit already closes the vault for the person and wipes their fields, look-ups, name
    and handle, their webhooks, and what slices show plainly of them (`sources`); if the process
    dies after it, a sweep (`jobs.register`) or `reapply_erasures` (at start) destroys the key.
    Whether the law lets them be forgotten yet is the caller's question.
    Forgetting twice changes nothing.
    """
    order_erasure(database, subject, actor=actor)
    finish_erasure(database, keys, subject)


def order_erasure(database: Database, subject: UUID, *, actor: UUID | None = None) -> None:
    """The first step of `forget`: the vault is closed for the subject from this commit on."""
    with database.transaction() as tx:
        order(tx, subject, actor)


def order(tx: Tx, subject: UUID, actor: UUID | None) -> None:
    """`order_erasure` in a transaction of the caller's, who then calls `finish_erasure`."""
    vaultrows.lock_subject(tx, subject)
    fresh = vaultrows.order_erasure(tx, subject, actor)
    vaultrows.wipe(tx, subject)
    endpoints.forget(tx, subject)
    allow(tx, WIPE_MS)
    sources.wipe(tx, subject)
    if fresh:
        append(tx, [Entry(actor, "vault.forget", subject, (subject,), "erasure", {})])


def pending_erasures(tx: Tx, limit: int) -> list[UUID]:
    """Who was ordered to be forgotten and whose key may still exist."""
    return vaultrows.pending(tx, limit)


def erasures(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    """Everyone who was ordered to be forgotten, by id."""
    return vaultrows.erasures(tx, after, limit)


def finish_erasure(database: Database, keys: Keyring, subject: UUID) -> None:
    """The second step of `forget`: destroy the key, then note it. May be repeated."""
    _destroy(database, keys, [subject])
    keys.scrub()


def reapply_erasures(database: Database, keys: Keyring, also: Iterable[UUID] = ()) -> int:
    """Make both clusters agree on who is forgotten, before a restored system opens; how many.

    Restored keys are destroyed again by this database's list; a restored database learns from the
    key cluster's tombstones; `also` names those that neither remembers (from the published log).
    """
    for chunk in [*keys.destroyed(), list(also)]:
        for subject in chunk:
            with database.transaction() as tx:
                if subject not in vaultrows.erased(tx, [subject]):
                    order(tx, subject, None)
    count = 0
    for chunk in _erasures(database):
        _destroy(database, keys, chunk)
        count += len(chunk)
    if count:
        keys.scrub()
    return count


def _destroy(database: Database, keys: Keyring, subjects: Sequence[UUID]) -> None:
    keys.destroy(subjects)
    with database.transaction() as tx:
        vaultrows.applied(tx, subjects)


def _erasures(database: Database) -> Iterable[list[UUID]]:
    after: UUID | None = None
    while True:
        with database.read() as tx:
            chunk = vaultrows.erasures(tx, after, _CHUNK)
        if not chunk:
            return
        yield chunk
        after = chunk[-1]
