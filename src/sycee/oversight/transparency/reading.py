"""What the log shows: itself, its proofs, and a person's own rows with the proofs of each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.core.journal.model import PUBLIC, Cursor, Row, canonical, cursor, encode_body
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.oversight.transparency import store
from sycee.oversight.transparency.actions.watch import NOUN
from sycee.oversight.transparency.model import notes, tiles
from sycee.oversight.transparency.model.refusals import LogEmpty, LogShorter
from sycee.oversight.transparency.store import Published
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page, encode


class WitnessView(msgspec.Struct, frozen=True):
    """Somebody who watches the log grow: key, address, the size cosigned last, and what failed."""

    id: str
    name: str
    key: str
    url: str
    size: int
    seen_at: datetime | None
    failure: str | None


class LogView(msgspec.Struct, frozen=True):
    """The log's newest checkpoint: a signed note with the lines of the witnesses that cosigned it.

    `key` verifies it (C2SP signed-note). `witnessed_size` is the newest size that a witness has
    cosigned; hashes are in base64.
    """

    origin: str
    key: str
    size: int
    root: str
    checkpoint: str
    made_at: datetime
    witnessed_size: int
    witnesses: list[WitnessView]


class InclusionView(msgspec.Struct, frozen=True):
    """Why a leaf is in the tree of `size` (RFC 9162 §2.1.3); hashes are in base64."""

    index: int
    size: int
    leaf_hash: str
    root: str
    proof: list[str]


class ConsistencyView(msgspec.Struct, frozen=True):
    """Why the tree of `from_size` is a beginning of the tree of `size` (RFC 9162 §2.1.4)."""

    from_size: int
    size: int
    from_root: str
    root: str
    proof: list[str]


class EntryView(msgspec.Struct, frozen=True):
    """A row of the journal that concerns the caller, opened: whoever has it can check it.

    `canonical` is the row's text and `salt` its own 32 bytes: the leaf's hash is SHA-256(0x00 ‖
    HMAC-SHA256(salt, canonical)). `salt` is absent once it was erased. A row that is not sealed
    yet has no `index` and no `proof`.
    """

    id: str
    at: datetime
    actor: str | None
    verb: str
    purpose: str
    subject: UUID
    data: dict[str, Any]
    canonical: str
    salt: str | None
    index: int | None
    proof: list[str]


class Entries(msgspec.Struct, frozen=True):
    """One page of the caller's rows in commit order, with proofs towards one checkpoint."""

    key: str
    checkpoint: str
    items: list[EntryView]
    has_more: bool
    next: str | None


UNSEALED_MOST = 1_000
"""As many waiting rows are counted; more are as alarming."""


class Unsealed(msgspec.Struct, frozen=True):
    """How many rows of the journal are not in the log yet, at most 1,000; the first one's time."""

    rows: int
    oldest_at: datetime | None


def log(tx: Tx) -> LogView:
    """The log as it stands; raises `LogEmpty`."""
    latest, key = _latest(tx)
    note = notes.read(latest.note)
    witnessed = store.witnessed(tx)
    return LogView(
        origin=note.checkpoint.origin,
        key=key,
        size=latest.size,
        root=text_of(latest.root),
        checkpoint=checkpoint_text(latest),
        made_at=latest.made_at,
        witnessed_size=0 if witnessed is None else witnessed.size,
        witnesses=[
            WitnessView(
                public(NOUN, one.id),
                notes.verifier(one.key).name,
                one.key,
                one.url,
                one.size,
                one.seen_at,
                one.failure,
            )
            for one in store.witnesses(tx)
        ],
    )


def unsealed(tx: Tx) -> Unsealed:
    """How many settled rows wait to be sealed, and when the first of them was written."""
    head = store.read_head(tx)
    places = journal.leaves(tx, Cursor(head.xid, head.ordinal), UNSEALED_MOST)
    first = journal.one(tx, places[0][0]) if places else None
    return Unsealed(len(places), None if first is None else first.at)


def checkpoint(tx: Tx, size: int | None = None) -> Published:
    """The newest checkpoint, or that of a size; raises `LogEmpty`, `LogShorter`."""
    latest, _ = _latest(tx)
    if size is None:
        return latest
    found = store.published(tx, size)
    if found is None:
        raise LogShorter(size=latest.size)
    return found


def checkpoint_text(published: Published) -> str:
    """A checkpoint as it travels, with every cosignature that it has by now."""
    return published.note + "".join(f"{line}\n" for line in published.cosignatures)


def tile(tx: Tx, level: int, place: int, width: int) -> bytes | None:
    """The first `width` hashes of a tile; None if it is not filled so far."""
    found = store.tile(tx, level, place)[: width * tiles.HASH_BYTES]
    return found if len(found) == width * tiles.HASH_BYTES else None


def inclusion(tx: Tx, index: int, size: int | None) -> InclusionView:
    """The proof of a leaf in a tree of any size; raises `LogEmpty`, `LogShorter`, `Invalid`."""
    whole = _size(tx, size)
    if not 0 <= index < whole:
        raise Invalid("index", f"must be from 0 to {whole - 1}")
    read = _reader(tx)
    leaf = tiles.hashes(read(0, index // tiles.WIDTH))[index % tiles.WIDTH]
    proof = tiles.inclusion(index, whole, read)
    return InclusionView(
        index, whole, text_of(leaf), text_of(tiles.root(whole, read)), _texts(proof)
    )


def consistency(tx: Tx, from_size: int, size: int | None) -> ConsistencyView:
    """The proof that a tree has only grown; raises `LogEmpty`, `LogShorter`, `Invalid`."""
    whole = _size(tx, size)
    if not 0 < from_size <= whole:
        raise Invalid("from_size", f"must be from 1 to {whole}")
    read = _reader(tx)
    return ConsistencyView(
        from_size,
        whole,
        text_of(tiles.root(from_size, read)),
        text_of(tiles.root(whole, read)),
        _texts(tiles.consistency(from_size, whole, read)),
    )


def entries(tx: Tx, party: UUID, page: Page, *, newest: bool = False) -> Entries:
    """A party's rows in one order or the other, each with its proof; raises `LogEmpty`, `Invalid`.

    A cursor is a row's place whatever the order, so one may turn round at it.
    """
    latest, key = _latest(tx)
    behind = place(page)
    if newest:
        rows = journal.latest_of(tx, party, behind, page.fetch)
    else:
        rows = journal.since(tx, behind, page.fetch, party=party)
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    last = encode(str(shown[-1].cursor)) if shown else None
    return Entries(key, checkpoint_text(latest), opened(tx, shown, latest.size), more, last)


def public_rows(tx: Tx, verbs: Sequence[str], after: Cursor | None = None) -> Iterator[Row]:
    """Rows that concern everybody, of verbs as `journal.since` has them, oldest first."""
    while rows := journal.since(tx, after, journal.MOST_ROWS, verbs=verbs, party=PUBLIC):
        yield from rows
        after = rows[-1].cursor


def opened(tx: Tx, rows: Sequence[Row], size: int) -> list[EntryView]:
    """Rows with their proofs towards the checkpoint of `size`, those that it covers."""
    head, read = store.read_head(tx), _reader(tx)
    sealed, span = Cursor(head.xid, head.ordinal), tiles.spans(read)
    indexes = _indexes(tx, [row.cursor for row in rows if row.cursor <= sealed])
    views = []
    for row in rows:
        index = indexes.get(row.cursor)
        if index is not None and index >= size:
            index = None  # sealed, and not in a checkpoint before the next one
        proof = [] if index is None else _texts(tiles.inclusion(index, size, read, span))
        views.append(_view(row, index, proof))
    return views


def _view(row: Row, index: int | None, proof: list[str]) -> EntryView:
    body = encode_body(row.body)
    return EntryView(
        id=public("evt", row.id),
        at=row.at,
        actor=None if row.actor is None else public("par", row.actor),
        verb=row.verb,
        purpose=row.purpose,
        subject=row.subject,
        data=row.body,
        canonical=canonical(row.id, row.at, row, body).decode(),
        salt=None if row.salt is None else text_of(row.salt),
        index=index,
        proof=proof,
    )


def _indexes(tx: Tx, places: Sequence[Cursor]) -> dict[Cursor, int]:
    """The leaves that rows became; however many rows, two questions."""
    found = store.tiles_of(tx, [(place.xid, place.ordinal) for place in places])
    known = [place for place in places if (place.xid, place.ordinal) in found]
    first = [found[place.xid, place.ordinal] for place in known]
    spans = [(Cursor(*tile[1:]), place) for tile, place in zip(first, known, strict=True)]
    beyond = journal.counts_between(tx, spans)
    return {
        place: tile[0] * tiles.WIDTH + count
        for place, tile, count in zip(known, first, beyond, strict=True)
    }


def _latest(tx: Tx) -> tuple[Published, str]:
    latest, key = store.latest(tx), store.read_head(tx).key
    if latest is None or key is None:
        raise LogEmpty
    return latest, key


def _size(tx: Tx, size: int | None) -> int:
    latest, _ = _latest(tx)
    if size is None:
        return latest.size
    if size > latest.size:
        raise LogShorter(size=latest.size)
    if size < 1:
        raise Invalid("size", "must be at least 1")
    return size


def _reader(tx: Tx) -> tiles.Read:
    return cache(partial(store.tile, tx))


def place(page: Page) -> Cursor | None:
    """The row that a page begins behind; raises `Invalid`."""
    try:
        return None if page.after is None else cursor(page.after)
    except ValueError:
        raise Invalid(field="cursor", rule="must be a cursor that this server gave") from None


def text_of(value: bytes) -> str:
    """Bytes in base64, as the views have them."""
    return b64encode(value).decode()


def _texts(values: list[bytes]) -> list[str]:
    return [text_of(value) for value in values]
