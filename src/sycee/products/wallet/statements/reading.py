"""The lines of a statement, with whom each was with; one page here, all of them for a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger import statements
from sycee.core.ledger.chart import CHART, REASONS
from sycee.core.ledger.statements import PAGE_MAX, Entry, Statement
from sycee.core.parties import parties
from sycee.core.parties.model import Party
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.model import NOUN
from sycee.products.wallet.people import faces
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.statements import model
from sycee.products.wallet.statements.model import ROWS_MAX, Format, Period, StatementTooLong
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page, encode


class PeriodLine(msgspec.Struct, frozen=True):
    """A line; `amount_minor` is negative for what went out, `fee_minor` what of it was a fee.

    `counterparty` is who the other account belongs to, null for the house's own and for a pot;
    `place` says what that account is. `subject` is the trade, envelope or loan, as a UUID.
    """

    transfer: str
    posted_at: datetime
    effective_at: datetime
    kind: str
    code: str
    subject: UUID | None
    counterparty: Face | None
    place: str
    amount_minor: int
    fee_minor: int
    balance_after_minor: int
    reverses: str | None


class PeriodStatement(msgspec.Struct, frozen=True):
    """One page of a statement; opening and closing are those of the whole period.

    `as_of` is when the closing balance stood: the end of the period, or now where that is to come.
    """

    account: str
    currency: str
    zone: str
    from_on: date
    to_on: date
    as_of: datetime
    opening_minor: int
    closing_minor: int
    items: list[PeriodLine]
    has_more: bool
    next: str | None


class Whole(msgspec.Struct, frozen=True):
    """A statement with all its lines, and whose it is: what a file is made of."""

    statement: PeriodStatement
    owner: Party
    period: Period
    memos: dict[str, str]


def page(
    tx: Tx, party: UUID, account: UUID, from_on: date | None, to_on: date | None, page: Page
) -> PeriodStatement:
    """One page of the statement of a party's own account.

    Raises `NotFound` for an account of someone else, and `Invalid` for a period that is none.
    """
    owner = _owner(tx, party, account)
    period = model.period(from_on, to_on, tx.now, owner.zone)
    found = statements.statement(tx, account, period.since, period.until, page.after, page.limit)
    return _view(tx, found, found.entries, period)


def whole(
    tx: Tx, party: UUID, account: UUID, from_on: date | None, to_on: date | None, format: Format
) -> Whole:
    """All lines of a period, for a file. Raises as `page`, and `StatementTooLong`."""
    owner = _owner(tx, party, account)
    period = model.period(from_on, to_on, tx.now, owner.zone)
    entries: list[Entry] = []
    cursor: str | None = None
    while True:
        found = statements.statement(tx, account, period.since, period.until, cursor, PAGE_MAX)
        entries += found.entries
        if len(entries) > ROWS_MAX[format]:
            raise StatementTooLong(format=format, limit=ROWS_MAX[format])
        cursor = found.cursor
        if cursor is None:
            return Whole(_view(tx, found, entries, period), owner, period, {})


def _owner(tx: Tx, party: UUID, account: UUID) -> Party:
    if account not in {each.account for each in parties.accounts_of(tx, party)}:
        raise NotFound(noun="account", id=public("acc", account))
    return parties.get(tx, party)


def _view(tx: Tx, found: Statement, entries: Sequence[Entry], period: Period) -> PeriodStatement:
    others = ledger.read(tx, list({entry.counterparty for entry in entries}))
    known = faces.read(tx, {other.owner for other in others.values()})
    lines = []
    for entry in entries:
        other = others[entry.counterparty]
        face = None if other.owner is None else known.get(other.owner)
        lines.append(_line(entry, face, CHART[other.code].sentence))
    return PeriodStatement(
        account=public("acc", found.account),
        currency=found.currency,
        zone=period.zone,
        from_on=period.from_on,
        to_on=period.to_on,
        as_of=min(period.until, tx.now),
        opening_minor=found.opening_minor,
        closing_minor=found.closing_minor,
        items=lines,
        has_more=found.cursor is not None,
        next=None if found.cursor is None else encode(found.cursor),
    )


def _line(entry: Entry, face: Face | None, place: str) -> PeriodLine:
    return PeriodLine(
        transfer=public(NOUN, entry.id),
        posted_at=entry.posted_at,
        effective_at=entry.effective_at,
        kind=entry.kind.name.lower().replace("_", "-"),
        code=entry.code,
        subject=entry.subject,
        counterparty=face,
        place=place,
        amount_minor=entry.amount_minor,
        fee_minor=-entry.amount_minor if entry.code.endswith(".fee") else 0,
        balance_after_minor=entry.balance_after_minor,
        reverses=None if entry.reverses is None else public(NOUN, entry.reverses),
    )


def meaning(code: str) -> str:
    """What a transfer's code says, in a sentence; the code itself for one that is not listed."""
    reason = REASONS.get(code)
    return code if reason is None else reason.sentence
