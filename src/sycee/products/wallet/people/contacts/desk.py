"""Contacts with their private names: sealed on the way in, opened on the way out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties import parties, vault, views
from sycee.core.parties.model import Party, Status
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import parse, public
from sycee.products.wallet import model as wallet
from sycee.products.wallet import store as transfers
from sycee.products.wallet.people import faces, memos
from sycee.products.wallet.people.contacts import actions, store
from sycee.products.wallet.people.contacts.actions import Keep, Wanted
from sycee.products.wallet.people.contacts.model import IMPORT_MAX, Contact
from sycee.products.wallet.people.faces import Face
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.shapes import Body
from sycee.runtime.perform import Call, perform_one

FIELD = "wallet.nickname"
AMONG = 2_000
"""How many of a payer's last transfers are looked at for the last one to a payee."""

Nickname = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
PayeeRef = Annotated[
    str, msgspec.Meta(min_length=2, max_length=64, description="A handle, or a public id: par_…")
]


class ContactBody(Body, frozen=True):
    """What one keeps of a party; the nickname is sealed, `blocked` stops its requests."""

    nickname: Nickname | None = None
    favourite: bool = False
    blocked: bool = False


class ContactEntry(Body, frozen=True):
    """A contact in a file: of a party by its id or its handle."""

    payee: PayeeRef
    nickname: Nickname | None = None
    favourite: bool = False
    blocked: bool = False


class ImportBody(Body, frozen=True):
    """Contacts to take in."""

    contacts: Annotated[list[ContactEntry], msgspec.Meta(min_length=1, max_length=IMPORT_MAX)]


class PaidBefore(msgspec.Struct, frozen=True):
    """The last time one paid someone."""

    transfer: str
    amount_minor: int
    currency: str
    posted_at: datetime


class ContactView(msgspec.Struct, frozen=True):
    """A contact; `nickname` is null unless it was asked for."""

    party: Face
    nickname: str | None
    favourite: bool
    blocked: bool
    last_paid: PaidBefore | None
    added_at: datetime


class PayeeView(msgspec.Struct, frozen=True):
    """Whom one is about to pay. `first_time`: not among one's last 2,000 payments."""

    party: Face
    open: bool
    contact: bool
    favourite: bool
    first_time: bool
    last_paid: PaidBefore | None


class Export(msgspec.Struct, frozen=True):
    """All contacts of one's own, as `import` takes them."""

    contacts: list[ContactEntry]


def resolve(database: Database, by: UUID, payee: str) -> Party:
    """The party of a public id or a handle (`@mei` or `mei`).

    A handle counts as a look-up. Refuses `RateExceeded`, `NotFound`, `Invalid`.
    """
    if payee.startswith("par_"):
        id_ = parse("par", payee, "payee")
        with database.read() as tx:
            return parties.get(tx, id_)
    return views.look_up(database, by, payee.removeprefix("@"))


def payee(database: Database, by: UUID, named: str) -> PayeeView:
    """What to show before one pays someone. Refuses as `resolve`."""
    party = resolve(database, by, named)
    with database.read() as tx:
        contact = store.find(tx, by, party.id)
        last = _last(tx, by, [party.id]).get(party.id)
    return PayeeView(
        party=faces.of(party),
        open=party.status is Status.ACTIVE,
        contact=contact is not None,
        favourite=contact is not None and contact.favourite,
        first_time=last is None,
        last_paid=last,
    )


def _last(tx: Tx, payer: UUID, payees: Sequence[UUID]) -> dict[UUID, PaidBefore]:
    rows = transfers.last_paid(tx, payer, payees, AMONG) if payees else {}
    return {
        party: PaidBefore(
            public(wallet.NOUN, row.id), row.amount_minor, row.currency, row.posted_at
        )
        for party, row in rows.items()
    }


def keep(database: Database, owner: UUID, key: str, entries: Sequence[ContactEntry]) -> object:
    """Seal the nicknames and keep the contacts; handles are looked up first, each counted."""
    ids: dict[UUID, ContactEntry] = {}
    for entry in entries:
        ids[resolve(database, owner, entry.payee).id] = entry
    if len(ids) < len(entries):
        raise Invalid(field="contacts", rule="must name each party once")
    notes = {id_: memos.seal(owner, entry.nickname, FIELD) for id_, entry in ids.items()}
    wanted = tuple(
        Wanted(id_, entry.favourite, entry.blocked, notes[id_].fingerprint)
        for id_, entry in ids.items()
    )
    sealed = {id_: note.sealed for id_, note in notes.items()}
    return perform_one(
        database,
        Call(owner, key, "contact.keep", Keep(owner, wanted)),
        lambda tx, command: actions.keep(tx, command, sealed=sealed),
    ).unwrap()


def page(
    database: Database, owner: UUID, asked: Page, favourite: bool | None, nicknames: bool
) -> Listing[ContactView]:
    """A page of someone's contacts with their last payments; nicknames leave a journal row."""
    after = None if asked.after is None else parse("par", asked.after, "cursor")
    with database.read() as tx:
        rows = store.page(tx, owner, after, asked.fetch, favourite)
        shown = faces.read(tx, [row.party for row in rows])
        last = _last(tx, owner, [row.party for row in rows])
    names = _nicknames(database, owner, rows) if nicknames else {}
    found = [
        ContactView(
            party=shown[row.party],
            nickname=names.get(row.party),
            favourite=row.favourite,
            blocked=row.blocked,
            last_paid=last.get(row.party),
            added_at=row.added_at,
        )
        for row in rows
    ]
    return asked.of(found, key=lambda view: view.party.id)


def _nicknames(database: Database, owner: UUID, rows: Sequence[Contact]) -> dict[UUID, str]:
    sealed = [(row.party, row.sealed) for row in rows if row.sealed is not None]
    if not sealed:
        return {}
    texts = [SealedText(owner, FIELD, bytes(each)) for _, each in sealed]
    opened = vault.open_texts(database, vault.keys(), owner, texts, Purpose.SELF)
    return {
        party: text
        for (party, _), text in zip(sealed, opened, strict=True)
        if not isinstance(text, Refusal)
    }


def _all(database: Database, owner: UUID) -> list[Contact]:
    """All of someone's contacts: at most as many as one may have."""
    rows: list[Contact] = []
    with database.read() as tx:
        while chunk := store.page(tx, owner, rows[-1].party if rows else None, 500, None):
            rows += chunk
    return rows


def nicknames(database: Database, owner: UUID) -> dict[str, str]:
    """Someone's own names for their contacts, by public id; it leaves one row in the journal."""
    opened = _nicknames(database, owner, _all(database, owner))
    return {public("par", party): name for party, name in opened.items()}


def export(database: Database, owner: UUID) -> Export:
    """All of someone's contacts; it leaves one row in the journal."""
    rows = _all(database, owner)
    names = _nicknames(database, owner, rows)
    return Export(
        [
            ContactEntry(public("par", row.party), names.get(row.party), row.favourite, row.blocked)
            for row in rows
        ]
    )
