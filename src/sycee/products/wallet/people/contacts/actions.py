"""The verbs on contacts: keep, forget."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.people.contacts import model, store
from sycee.products.wallet.people.contacts.model import Contact
from sycee.runtime.db import Tx


class Wanted(msgspec.Struct, frozen=True):
    """A contact to keep; the fingerprint stands for the nickname."""

    party: UUID
    favourite: bool
    blocked: bool
    fingerprint: str | None


class Keep(msgspec.Struct, frozen=True):
    """Keep contacts as they are given; each replaces what was kept of that party before."""

    owner: UUID
    contacts: tuple[Wanted, ...]


class Forget(msgspec.Struct, frozen=True):
    """Remove a contact."""

    owner: UUID
    party: UUID


class Kept(msgspec.Struct, frozen=True):
    """How many contacts were kept."""

    contacts: int


def keep(tx: Tx, command: Keep, *, sealed: Mapping[UUID, bytes | None]) -> Kept:
    """Keep contacts. Refuses `ContactIsSelf`, `NotFound` for a party, `ContactsFull`.

    Contacts are nobody else's business: the journal does not hear of them.
    """
    wanted = [each.party for each in command.contacts]
    if command.owner in wanted:
        raise model.ContactIsSelf()
    known = parties.read(tx, wanted)
    for party in wanted:
        if party not in known:
            raise NotFound(noun="party", id=public("par", party))
    rows = [
        Contact(
            owner=command.owner,
            party=each.party,
            favourite=each.favourite,
            blocked=each.blocked,
            sealed=sealed.get(each.party),
            added_at=tx.now,
        )
        for each in command.contacts
    ]
    store.put(tx, rows)
    if store.count(tx, command.owner) > model.CONTACTS_MAX:
        raise model.ContactsFull(limit=model.CONTACTS_MAX)
    return Kept(len(rows))


def forget(tx: Tx, command: Forget) -> Kept:
    """Remove a contact. Refuses `NotFound`."""
    if not store.drop(tx, command.owner, command.party):
        raise NotFound(noun="contact", id=public("par", command.party))
    return Kept(0)
