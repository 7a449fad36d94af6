"""What a party sees of its own accounts: balances and statements."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger import statements
from sycee.core.ledger.statements import Entry
from sycee.core.parties import parties
from sycee.kit.clock import EPOCH
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page, encode

_SECOND = timedelta(seconds=1)


class AccountView(msgspec.Struct, frozen=True):
    """An account of one's own. `available_minor` is the balance less what is reserved."""

    id: str
    code: str
    currency: str
    balance_minor: int
    available_minor: int
    frozen: bool
    closed: bool


class LineView(msgspec.Struct, frozen=True):
    """A line of a statement. `amount_minor` is negative for what went out.

    `kind` says what it is (transfer, capture, hold…), `code` what for, `subject` which trade, loan
    or ride, as a UUID; `counterparty` is the other account.
    """

    id: UUID
    posted_at: datetime
    effective_at: datetime
    kind: str
    code: str
    subject: UUID | None
    counterparty: str
    amount_minor: int
    balance_after_minor: int


class StatementView(msgspec.Struct, frozen=True):
    """One page of a statement; opening and closing are those of the whole period."""

    account: str
    currency: str
    since: datetime
    until: datetime
    opening_minor: int
    closing_minor: int
    items: list[LineView]
    has_more: bool
    next: str | None


def accounts(tx: Tx, party: UUID) -> list[AccountView]:
    """A party's accounts with their balances, by code and currency: two queries."""
    mine = parties.accounts_of(tx, party)
    balances = ledger.read(tx, [each.account for each in mine])
    return [
        AccountView(
            id=public("acc", each.account),
            code=each.code,
            currency=each.currency,
            balance_minor=balance.balance,
            available_minor=balance.available,
            frozen=balance.frozen,
            closed=balance.closed,
        )
        for each in mine
        if (balance := balances.get(each.account)) is not None
    ]


def statement(
    tx: Tx,
    party: UUID,
    account: UUID,
    since: datetime | None,
    until: datetime | None,
    page: Page,
) -> StatementView:
    """One page of the statement of a party's own account; lines with since ≤ posted_at < until.

    Without `until` it goes to the last one: a second after it or after now, whichever is later.
    Raises `NotFound` for an account of someone else, and `Invalid` for times without a zone or out
    of order.
    """
    if account not in {each.account for each in parties.accounts_of(tx, party)}:
        raise NotFound(noun="account", id=public("acc", account))
    first = max(_aware(since, "since"), EPOCH) if since else EPOCH
    last = _aware(until, "until") if until else _end(tx, account)
    if last < first:
        raise Invalid(field="until", rule="must not be before since")
    found = statements.statement(tx, account, first, last, page.after, page.limit)
    return StatementView(
        account=public("acc", account),
        currency=found.currency,
        since=first,
        until=last,
        opening_minor=found.opening_minor,
        closing_minor=found.closing_minor,
        items=[_line(entry) for entry in found.entries],
        has_more=found.cursor is not None,
        next=None if found.cursor is None else encode(found.cursor),
    )


def newest(tx: Tx, account: UUID, until: datetime | None, limit: int) -> list[LineView]:
    """An account's lines that were posted before a moment, newest first."""
    _, entries = statements.latest(tx, account, until or statements.END, limit)
    return [_line(entry) for entry in entries]


def _end(tx: Tx, account: UUID) -> datetime:
    _, newest = statements.latest(tx, account, statements.END, 1)
    return max([tx.now, *(each.posted_at for each in newest)]) + _SECOND


def _aware(moment: datetime, field: str) -> datetime:
    if moment.tzinfo is None:
        raise Invalid(field=field, rule="must have a time zone, such as Z or +08:00")
    return moment


def _line(entry: Entry) -> LineView:
    return LineView(
        id=entry.id,
        posted_at=entry.posted_at,
        effective_at=entry.effective_at,
        kind=entry.kind.name.lower().replace("_", "-"),
        code=entry.code,
        subject=entry.subject,
        counterparty=public("acc", entry.counterparty),
        amount_minor=entry.amount_minor,
        balance_after_minor=entry.balance_after_minor,
    )
