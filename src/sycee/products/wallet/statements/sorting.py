"""Movements with their other side and their heading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.statements import Entry
from sycee.core.parties import parties
from sycee.core.parties.model import FLOOR, Kind, Party, account_id
from sycee.kit.ids import public
from sycee.products.wallet.model import NOUN
from sycee.products.wallet.people.categories import model, store
from sycee.products.wallet.people.categories.model import Category
from sycee.runtime.db import Tx

REFUND = "wallet.refund"
"""By which whoever was paid pays."""

BY_WHOM = (("wallet.tip", False), (REFUND, True))
"""Codes, with whether they come in, whose heading follows from who is on the other side."""


class MovementView(msgspec.Struct, frozen=True):
    """A movement of one's own money; `amount_minor` is negative for what went out.

    `party` and `name` are the other side's, and null where that is a pot or the house. `nickname`
    and `memo` are null unless these were searched too and this one was opened.
    """

    id: str
    posted_at: datetime
    code: str
    category: Category
    subject: UUID | None
    party: str | None
    name: str | None
    handle: str | None
    nickname: str | None
    memo: str | None
    amount_minor: int
    currency: str
    balance_after_minor: int


class Others(msgspec.Struct, frozen=True):
    """One's own kind, whose the accounts on the other side are, and the headings chosen."""

    own: Kind
    owners: dict[UUID, Party]
    chosen: dict[UUID, Category]

    def category(self, account: UUID | None, code: str, incoming: bool) -> Category:
        """The heading of a movement with an account."""
        party = None if account is None else self.owners.get(account)
        chosen = None if party is None else self.chosen.get(party.id)
        other = None if party is None else party.kind
        paid = self.own if incoming is not (code == REFUND) else other
        return chosen or model.by_rule(code, paid is Kind.PERSON)


def accounts_chosen(tx: Tx, party: UUID, currency: str) -> list[UUID]:
    """The accounts of those whom `party` has put under headings of its own choice."""
    rows = store.page(tx, party, None, model.CHOICES_MAX + 1, None)
    return [account_id(other, code, currency) for other, _ in rows for code in FLOOR]


def others(tx: Tx, party: UUID, accounts: set[UUID]) -> Others:
    """What `party` may know of the accounts on the other side, and has chosen for them."""
    found = ledger.read(tx, list(accounts))
    owners = {id_: each.owner for id_, each in found.items() if each.owner is not None}
    named = parties.read(tx, set(owners.values()))
    known = {id_: named[owner] for id_, owner in owners.items() if owner in named}
    return Others(parties.get(tx, party).kind, known, store.chosen(tx, party, list(named)))


def views(entries: Sequence[Entry], known: Others, currency: str) -> list[MovementView]:
    """The entries of one account, for its owner."""
    return [_view(entry, known, currency) for entry in entries]


def _view(entry: Entry, known: Others, currency: str) -> MovementView:
    other = known.owners.get(entry.counterparty)
    return MovementView(
        id=public(NOUN, entry.id),
        posted_at=entry.posted_at,
        code=entry.code,
        category=known.category(entry.counterparty, entry.code, entry.amount_minor > 0),
        subject=entry.subject,
        party=None if other is None else other.public_id,
        name=None if other is None else other.display_name,
        handle=None if other is None else other.handle,
        nickname=None,
        memo=None,
        amount_minor=entry.amount_minor,
        currency=currency,
        balance_after_minor=entry.balance_after_minor,
    )
