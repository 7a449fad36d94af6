"""What anyone sees of the totals, and what an account's owner sees of its own place in them."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from functools import cache, partial
from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.core.ledger import accounts
from sycee.core.ledger.chart import CHART, Class
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.oversight.transparency import reading
from sycee.oversight.transparency import store as log
from sycee.oversight.transparency.liabilities import desk, model, store
from sycee.oversight.transparency.liabilities.store import Total
from sycee.oversight.transparency.reading import EntryView
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class TotalView(msgspec.Struct, frozen=True):
    """What the house owed in a currency at an instant: the root's sum, and its hash in base64.

    `entry` is the subject of the journal's row that published it, `liabilities.published`.
    """

    epoch: int
    day_on: date
    taken_at: datetime
    currency: str
    sum_minor: int
    root: str
    height: int
    entry: UUID


class PartView(msgspec.Struct, frozen=True):
    """One of the two leaves of a balance. `path` is its siblings from the leaf up, in base64.

    Each sibling is 40 bytes: its sum (8, big-endian) and its hash.
    """

    balance_minor: int
    index: int
    path: str


class ProofView(msgspec.Struct, frozen=True):
    """That an account's balance is in a total; `secret` (base64) is the account's own: keep it."""

    account: str
    account_bytes: str
    secret: str
    balance_minor: int
    total: TotalView
    parts: list[PartView]


class PublishedView(msgspec.Struct, frozen=True):
    """The rows of the log that published a day's totals, opened, each with its proof.

    `key` verifies `checkpoint`; both are null while nothing is sealed. Whoever is shown another
    root than the one in these rows holds the proof of it.
    """

    key: str | None
    checkpoint: str | None
    items: list[EntryView]


class TotalAbsent(Refusal):
    """There is no such total, or its proofs are no longer kept.

    Totals are published each day and stay for good; proofs are kept for some weeks.
    """

    code = "total-absent"
    kind = Kind.NOT_FOUND


def totals(tx: Tx, page: Page) -> Listing[TotalView]:
    """Published totals, newest day first."""
    before = 2**31 - 1 if page.after is None or not page.after.isdigit() else int(page.after)
    rows = store.history(tx, before, page.fetch)
    return page.of([_view(row) for row in rows], lambda view: str(view.epoch))


def proofs(tx: Tx, party: UUID, epoch: int | None) -> list[ProofView]:
    """A party's accounts in the newest totals, or in those of a day.

    An account opened after the total was taken is not in it, and not in the list. Raises
    `TotalAbsent`, `LiabilitiesKeyAbsent`.
    """
    newest = {total.currency: total for total in store.latest(tx)}
    found: list[ProofView] = []
    for account in accounts.owned(tx, [party]):
        if CHART[account.code].cls is not Class.LIABILITY:
            continue
        total = newest.get(account.currency)
        if epoch is not None:
            total = store.one(tx, epoch, account.currency)
        proof = None if total is None else _proof(tx, account.id, total)
        if proof is not None:
            found.append(proof)
    if epoch is not None and not found:
        raise TotalAbsent
    return found


def published(tx: Tx, epoch: int | None) -> PublishedView:
    """The rows of the newest day, or of a day. Raises `TotalAbsent`."""
    totals = store.latest(tx)
    if epoch is not None:
        totals = [total for total in store.history(tx, epoch + 1, 200) if total.epoch == epoch]
    if not totals:
        raise TotalAbsent
    newest, key = log.latest(tx), log.read_head(tx).key
    rows = [row for total in totals for row in journal.about(tx, total.entry)]
    return PublishedView(
        key=key,
        checkpoint=None if newest is None else reading.checkpoint_text(newest),
        items=reading.opened(tx, rows, 0 if newest is None else newest.size),
    )


def _proof(tx: Tx, account: UUID, total: Total) -> ProofView | None:
    secret = desk.secret(account)
    read = cache(partial(store.chunk, tx, total.epoch, total.currency))
    parts: list[PartView] = []
    balance = 0
    for number in range(model.PARTS):
        id_ = model.leaf_id(secret, total.epoch, account, number)
        held = store.chunk_of(tx, total.epoch, total.currency, id_)
        make = partial(_leaf, total, id_)
        place = held and model.find(held[1], held[0] * model.CHUNK, make)
        if not place:
            return None
        index, part = place
        siblings = model.path(index, total.height, read)
        parts.append(PartView(part, index, b64encode(siblings).decode()))
        balance += part
    return ProofView(
        public("acc", account),
        account.hex,
        b64encode(secret).decode(),
        balance,
        _view(total),
        parts,
    )


def _leaf(total: Total, id_: bytes, balance_minor: int) -> bytes:
    return model.leaf(total.epoch, total.currency, balance_minor, id_)


def _view(total: Total) -> TotalView:
    return TotalView(
        epoch=total.epoch,
        day_on=total.day_on,
        taken_at=total.taken_at,
        currency=total.currency,
        sum_minor=total.sum_minor,
        root=b64encode(total.root).decode(),
        height=total.height,
        entry=total.entry,
    )
