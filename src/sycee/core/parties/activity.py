"""What has moved on a party's account lately, newest first, and with whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger import statements
from sycee.core.ledger.statements import Entry
from sycee.core.parties import parties
from sycee.core.parties.model import Party
from sycee.kit.clock import micros
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class ActivityView(msgspec.Struct, frozen=True):
    """A movement of one's own money; `amount_minor` is negative for what went out.

    `party` and `name` are the other side's, and absent where that is a pot or the house; `code`
    says what the money moved for and `subject` for which trade or envelope.
    """

    id: str
    posted_at: datetime
    code: str
    subject: UUID | None
    party: str | None
    name: str | None
    amount_minor: int
    currency: str
    balance_after_minor: int


def latest(tx: Tx, party: UUID, account: UUID, page: Page) -> Listing[ActivityView]:
    """One page of the movements of a party's own account, newest first.

    Raises `NotFound` for an account of someone else, `Invalid` for a foreign cursor.
    """
    if account not in {each.account for each in parties.accounts_of(tx, party)}:
        raise NotFound(noun="account", id=public("acc", account))
    until = statements.position(page.after)
    currency, entries = statements.latest(tx, account, until, page.fetch)
    found = ledger.read(tx, list({each.counterparty for each in entries}))
    owners = {id_: each.owner for id_, each in found.items() if each.owner is not None}
    named = parties.read(tx, set(owners.values()))
    views = [
        _view(entry, currency, named.get(owners.get(entry.counterparty, entry.id)))
        for entry in entries
    ]
    moments = {view.id: str(micros(view.posted_at)) for view in views}
    return page.of(views, key=lambda view: moments[view.id])


def _view(entry: Entry, currency: str, other: Party | None) -> ActivityView:
    return ActivityView(
        id=public("tfr", entry.id),
        posted_at=entry.posted_at,
        code=entry.code,
        subject=entry.subject,
        party=public("par", other.id) if other else None,
        name=other.display_name if other else None,
        amount_minor=entry.amount_minor,
        currency=currency,
        balance_after_minor=entry.balance_after_minor,
    )
