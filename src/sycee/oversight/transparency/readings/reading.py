"""A person's list of readings: who, when, why, which fields, and why it can be believed.

The list ends in a note that the log's key signs: whose list it is, how many readings, and the leaf
of the newest. It has the form of a checkpoint (C2SP tlog-checkpoint) of an origin of its own, so a
house that shows one person two lists has signed both.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.core.journal.model import Row, cursor
from sycee.core.parties import parties, readings, vault
from sycee.core.parties.model import Kind, Party
from sycee.core.parties.purposes import GROUNDS, Basis, Purpose
from sycee.core.parties.readings import Standing
from sycee.core.parties.vault import VaultAbsent
from sycee.kit.ids import public
from sycee.oversight.transparency import reading, signing, store
from sycee.oversight.transparency.actions import seal
from sycee.oversight.transparency.actions.seal import LogKeyDiffers
from sycee.oversight.transparency.model import chain, notes
from sycee.oversight.transparency.model.notes import Checkpoint
from sycee.oversight.transparency.reading import EntryView
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page, encode


class ReaderView(msgspec.Struct, frozen=True):
    """Who looked. `role` is `you`, `house` (a program of the house's), `visitor` (someone who had a
    link that you gave), or what kind of party.

    `id` and `name` are null for the house's own programs and for visitors.
    """

    role: str
    id: str | None
    name: str | None


class ReadingView(EntryView, frozen=True, kw_only=True):
    """One reading: the opened row of the log, and what it says in words.

    `fields` were opened, `because` is a sentence, `basis` what makes it lawful, and `case` the id
    of what it was about. `sequence` counts your readings from 1. `disclosed` is the row of the day
    of the reading itself where the law kept it from you until now.
    """

    sequence: int
    who: ReaderView
    fields: list[str]
    because: str
    basis: Basis
    case: str | None
    disclosed: EntryView | None = None


class Readings(msgspec.Struct, frozen=True):
    """One page of who looked at your data, newest first; `log verify` checks it without the house.

    `standing` is a signed note: your list's name, how many readings it has, and the newest row's
    leaf. `key` verifies it and `checkpoint`; they are null while nothing is sealed.
    """

    key: str | None
    checkpoint: str | None
    standing: str | None
    total: int
    items: list[ReadingView]
    has_more: bool
    next: str | None


def readings_of(tx: Tx, party: UUID, page: Page) -> Readings:
    """A person's list; it shows each reading from its commit on. Raises `Invalid`."""
    end = readings.standing(tx, party)
    rows = readings.page(tx, party, reading.place(page), page.fetch)
    shown = rows[: page.limit]
    latest, key = store.latest(tx), store.read_head(tx).key
    faces = parties.read(tx, {row.actor for row in shown if row.actor is not None})
    size = 0 if latest is None else latest.size
    views = reading.opened(tx, shown, size)
    kept = {row.id: _kept(tx, row, size) for row in shown if row.verb == readings.DISCLOSED}
    return Readings(
        key=key,
        checkpoint=None if latest is None else reading.checkpoint_text(latest),
        standing=None if end is None else _signed(tx, party, end),
        total=0 if end is None else end.readings,
        items=[
            _view(row, view, kept.get(row.id), party, faces)
            for row, view in zip(shown, views, strict=True)
        ],
        has_more=len(rows) > page.limit,
        next=encode(str(shown[-1].cursor)) if len(rows) > page.limit else None,
    )


def _kept(tx: Tx, row: Row, size: int) -> EntryView | None:
    """The row of the reading itself, written on its day, which may be told now."""
    found = journal.one(tx, cursor(row.body["place"]))
    return None if found is None else reading.opened(tx, [found], size)[0]


def _view(
    row: Row,
    entry: EntryView,
    kept: EntryView | None,
    party: UUID,
    faces: dict[UUID, Party],
) -> ReadingView:
    ground = GROUNDS[Purpose(row.purpose)]
    return ReadingView(
        **msgspec.structs.asdict(entry),
        sequence=row.body["sequence"],
        who=_reader(row, party, faces),
        fields=list(row.body["fields"]),
        because=ground.text,
        basis=ground.basis,
        case=row.body.get("case"),
        disclosed=kept,
    )


def _reader(row: Row, party: UUID, faces: dict[UUID, Party]) -> ReaderView:
    if row.actor is None:
        visitor = row.purpose == str(Purpose.PAYMENT)  # no program reads what people write
        return ReaderView("visitor" if visitor else "house", None, None)
    face = faces.get(row.actor)
    role = "you" if row.actor == party else str(Kind.PERSON if face is None else face.kind)
    return ReaderView(role, public("par", row.actor), None if face is None else face.display_name)


def _signed(tx: Tx, party: UUID, end: Standing) -> str | None:
    """The note under a list; None where nothing is sealed yet or the log's key is not at hand."""
    head = store.read_head(tx)
    if head.key is None:
        return None
    try:
        signer = seal.standing(head, signing.signer(vault.keys()))
    except (VaultAbsent, LogKeyDiffers):
        return None
    origin = chain.origin(signer.name, public("par", party))
    standing = Checkpoint(origin, end.readings, end.leaf)
    return notes.Note(standing, (notes.sign(standing, signer.name, signer.key),)).text
