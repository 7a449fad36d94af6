"""Publishing: one snapshot of the ledger, one tree a currency, one row of the journal each."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import liabilities as ledger
from sycee.core.parties import parties
from sycee.kit.ids import uuid7
from sycee.oversight.transparency.liabilities import model, store
from sycee.oversight.transparency.liabilities.model import Root
from sycee.oversight.transparency.liabilities.store import Total
from sycee.runtime.db import Database, Tx

READ_TIMEOUT_MS = 120_000
WRITE_TIMEOUT_MS = 30_000
CHUNKS_A_TRANSACTION = 512
EPOCH = date(1970, 1, 1)
VERB = "liabilities.published"


class LiabilitiesUnsound(Exception):
    """The books and the accounts disagree, or something that is owed is negative.

    Nothing is published: the message names the account or both sums. The doctor tells more.
    """


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that is built and not yet published."""

    root: Root
    accounts: int
    chunks: list[tuple[int, str, int, int, bytes, bytes | None]]


def epoch_of(moment: datetime) -> int:
    """The number of a moment's day since 1970, in UTC."""
    return (moment.astimezone(UTC).date() - EPOCH).days


def secret_of(house_key: bytes, account: UUID) -> bytes:
    """An account's own secret: 32 bytes, shown to its owner alone."""
    return hmac.digest(house_key, b"sycee liabilities secret" + account.bytes, "sha256")


def publish(database: Database, house_key: bytes) -> list[Total]:
    """Publish today's total of every currency that has none yet; those that were published.

    One at a time: while somebody else is at it, nothing is done. Raises `LiabilitiesUnsound`, and
    then publishes nothing of that currency.
    """
    published: list[Total] = []
    with database.read(timeout_ms=READ_TIMEOUT_MS) as tx:
        if not store.alone(tx):
            return []
        taken_at, epoch = tx.now, epoch_of(tx.now)
        done = store.epochs(tx, epoch)
        wanted = [each for each in ledger.totals(tx) if each[0] not in done]
        for currency, total in wanted:
            tree = build(epoch, currency, ledger.balances(tx, currency), house_key)
            if tree.root.sum_minor != total:
                raise LiabilitiesUnsound(
                    f"accounts in {currency} sum to {tree.root.sum_minor}, the books say {total}"
                )
            if _write(database, tree):
                published += _commit(database, tree, taken_at)
    return published


def build(
    epoch: int, currency: str, balances: Iterator[tuple[UUID, int]], house_key: bytes
) -> Tree:
    """The tree over accounts and their balances, in chunks ready to be stored."""
    leaves: list[tuple[bytes, bytes]] = []
    count = 0
    for account, balance in balances:
        if balance < 0:
            raise LiabilitiesUnsound(f"account {account} is owed {balance} {currency}")
        secret = secret_of(house_key, account)
        for number, part in enumerate(model.split(balance)):
            id_ = model.leaf_id(secret, epoch, account, number)
            leaves.append((id_, model.leaf(epoch, currency, part, id_)))
        count += 1
    leaves += model.filling(epoch, currency, len(leaves))
    leaves.sort()
    firsts = [id_ for id_, _ in leaves[:: model.CHUNK]]
    records = b"".join([record for _, record in leaves])
    height = model.height_of(len(leaves))
    del leaves
    chunks, top = [], b""
    for level, whole in model.levels(records):
        top = whole
        if level % model.CHUNK_LEVELS == 0:
            chunks += _cut(epoch, currency, level, whole, firsts if level == 0 else None)
    total, hash_ = int.from_bytes(top[:8], "big"), top[8:]
    return Tree(Root(epoch, currency, height, total, hash_), count, chunks)


def _cut(
    epoch: int, currency: str, level: int, records: bytes, firsts: Sequence[bytes] | None
) -> Iterator[tuple[int, str, int, int, bytes, bytes | None]]:
    size = model.CHUNK * model.RECORD
    for place, start in enumerate(range(0, len(records), size)):
        first = None if firsts is None else firsts[place]
        yield epoch, currency, level, place, records[start : start + size], first


def _write(database: Database, tree: Tree) -> bool:
    """Store the chunks, some at a time, so that no write stays open for long.

    False, and nothing is touched, if the total was published since the snapshot.
    """
    with database.transaction(timeout_ms=WRITE_TIMEOUT_MS) as tx:
        if tree.root.currency in store.epochs(tx, tree.root.epoch):
            return False
        store.clear(tx, tree.root.epoch, tree.root.currency)
    for start in range(0, len(tree.chunks), CHUNKS_A_TRANSACTION):
        with database.transaction(timeout_ms=WRITE_TIMEOUT_MS) as tx:
            store.save(tx, tree.chunks[start : start + CHUNKS_A_TRANSACTION])
    return True


def _commit(database: Database, tree: Tree, taken_at: datetime) -> list[Total]:
    root = tree.root
    with database.transaction() as tx:
        total = Total(
            epoch=root.epoch,
            currency=root.currency,
            day_on=taken_at.astimezone(UTC).date(),
            taken_at=taken_at,
            height=root.height,
            sum_minor=root.sum_minor,
            root=root.hash,
            accounts=tree.accounts,
            entry=uuid7(),
        )
        if not store.insert(tx, total):
            return []
        append(tx, [_entry(tx, total)])
    return [total]


def _entry(tx: Tx, total: Total) -> Entry:
    operator = parties.operator(tx)
    body: dict[str, Any] = {
        "epoch": total.epoch,
        "currency": total.currency,
        "height": total.height,
        "sum_minor": str(total.sum_minor),
        "root": total.root.hex(),
    }
    concerned = () if operator is None else (operator,)
    return Entry(None, VERB, total.entry, concerned, "oversight", body)
