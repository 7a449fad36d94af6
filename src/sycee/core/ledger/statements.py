"""Statements: an account's rows with opening, running and closing balance; balances in the past.

A balance as of a posted time is final once every transaction that was open then has ended (writes
end within half a second); statements of a past day never change, except by effective time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.ledger.chart import CODE_NAMES
from sycee.core.ledger.model import Kind
from sycee.core.ledger.refusals import AccountNotFound
from sycee.core.ledger.store import accounts as account_store
from sycee.core.ledger.store import posting
from sycee.core.ledger.store import reading as store
from sycee.kit.clock import from_micros, micros
from sycee.kit.errors import Invalid
from sycee.runtime.db import Tx

PAGE_MAX = 1_000
"""The most entries of one page."""

END = datetime(9999, 1, 1, tzinfo=UTC)
"""After all that is posted. The clock's now is not: after a step back of the clock an account's
rows go on after its last one, which is then ahead of it."""


class Entry(msgspec.Struct, frozen=True):
    """A row as one account sees it; both amounts are signed to the account's normal side."""

    id: UUID
    posted_at: datetime
    effective_at: datetime
    kind: Kind
    code: str
    subject: UUID | None
    counterparty: UUID
    amount_minor: int
    balance_after_minor: int
    linked: UUID | None
    reverses: UUID | None
    hold: UUID | None


class Statement(msgspec.Struct, frozen=True):
    """Entries of one account with since ≤ posted_at < until; `cursor` None = the last page."""

    account: UUID
    currency: str
    since: datetime
    until: datetime
    opening_minor: int
    closing_minor: int
    entries: list[Entry]
    cursor: str | None


def statement(
    tx: Tx,
    account: UUID,
    since: datetime,
    until: datetime,
    cursor: str | None = None,
    limit: int = 100,
) -> Statement:
    """One page of an account's statement; opening and closing are those of the whole period.

    Raises `AccountNotFound`, and `Invalid` for a foreign cursor or a limit outside 1 … 1,000.
    """
    if not 1 <= limit <= PAGE_MAX:
        raise Invalid(field="limit", rule=f"must be from 1 to {PAGE_MAX}")
    balance = account_store.read(tx, [account]).get(account)
    if balance is None:
        raise AccountNotFound(str(account))
    after = since - timedelta(microseconds=1) if cursor is None else position(cursor)
    rows = store.page(tx, account, after, until, limit + 1)
    entries = [_entry(row, balance.credit_normal) for row in rows[:limit]]
    more = len(rows) > limit
    return Statement(
        account=account,
        currency=balance.currency,
        since=since,
        until=until,
        opening_minor=store.balance_before(tx, account, since),
        closing_minor=store.balance_before(tx, account, until),
        entries=entries,
        cursor=str(micros(entries[-1].posted_at)) if more else None,
    )


def latest(tx: Tx, account: UUID, until: datetime, limit: int) -> tuple[str, list[Entry]]:
    """The account's currency, and its newest entries posted before `until`, newest first.

    Raises `AccountNotFound`.
    """
    balance = account_store.read(tx, [account]).get(account)
    if balance is None:
        raise AccountNotFound(str(account))
    rows = store.newest(tx, account, until, limit)
    return balance.currency, [_entry(row, balance.credit_normal) for row in rows]


def _entry(row: tuple[Any, ...], credit_normal: bool) -> Entry:
    return Entry(
        id=row[0],
        posted_at=row[1],
        effective_at=row[2] or row[1],
        kind=Kind(row[3]),
        code=CODE_NAMES.get(row[4], str(row[4])),
        subject=row[5],
        counterparty=row[6],
        amount_minor=row[7] if credit_normal else -row[7],
        balance_after_minor=row[8],
        linked=row[9],
        reverses=row[10],
        hold=row[11],
    )


def position(cursor: str | None) -> datetime:
    """Where a page of the newest begins, by its cursor or at the `END`; raises `Invalid`."""
    if cursor is None:
        return END
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 17:
        raise Invalid(field="cursor", rule="must be a cursor that a former page gave")
    return from_micros(int(cursor))


class Movement(msgspec.Struct, frozen=True):
    """A row that moved money, as neither side's."""

    id: UUID
    posted_at: datetime
    kind: Kind
    code: str
    subject: UUID | None
    debit: UUID
    credit: UUID
    amount_minor: int
    reverses: UUID | None


def movement(tx: Tx, id: UUID) -> Movement | None:
    """The row of an id, or None: there is none, or it moved a reservation only."""
    row = posting.rows(tx, [id.int]).get(id.int)
    if row is None or row.credit is None or row.kind >= Kind.HOLD:
        return None
    return Movement(
        id=id,
        posted_at=from_micros(row.posted_us),
        kind=Kind(row.kind),
        code=CODE_NAMES.get(row.code, str(row.code)),
        subject=row.subject,
        debit=UUID(int=row.debit),
        credit=UUID(int=row.credit),
        amount_minor=row.amount_minor,
        reverses=None if row.reverses is None else UUID(int=row.reverses),
    )


def balance_as_of(
    tx: Tx,
    account: UUID,
    *,
    posted_at: datetime | None = None,
    effective_at: datetime | None = None,
) -> int:
    """The balance as the ledger knew it at a posted time, or the world at an effective one.

    Signed to the account's normal side; rows at the very moment count. Give exactly one time. The
    first is two look-ups in an index; the second reads every row of the account.
    Raises `AccountNotFound`, `Invalid`.
    """
    balance = account_store.read(tx, [account]).get(account)
    if balance is None:
        raise AccountNotFound(str(account))
    if (posted_at is None) == (effective_at is None):
        raise Invalid(field="posted_at", rule="give either posted_at or effective_at")
    if posted_at is not None:
        return store.balance_before(tx, account, posted_at + timedelta(microseconds=1))
    assert effective_at is not None
    credits, debits = store.effective_sums(tx, account, effective_at)
    return credits - debits if balance.credit_normal else debits - credits
