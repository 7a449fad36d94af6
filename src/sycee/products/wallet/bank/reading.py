"""What parties and the operator may see of bank money."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sycee.core.parties.vault import Purpose
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.bank import desk, findings, model
from sycee.products.wallet.bank.actions import receiving
from sycee.products.wallet.bank.actions.receiving import AccountOpened, TopUpAsked
from sycee.products.wallet.bank.findings import Fault
from sycee.products.wallet.bank.model import Account, Line, LineState, Payment, PaymentState, TopUp
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Listing, Page


class TopUpView(TopUpAsked, frozen=True):
    """A top-up as its party sees it; `received_minor` is what came, and what was credited."""

    received_minor: int | None = None
    credited_at: datetime | None = None


class WithdrawalView(msgspec.Struct, frozen=True):
    """A withdrawal as its party sees it; `reason` is the bank's code (ISO 20022)."""

    id: str
    state: PaymentState
    amount_minor: int
    currency: str
    reason: str | None
    created_at: datetime
    sent_at: datetime | None
    booked_at: datetime | None
    ended_at: datetime | None


class StatementView(msgspec.Struct, frozen=True):
    """A statement as it was taken; `faults` says how it does not fit."""

    account: str
    opening_on: date
    closing_on: date
    opening_minor: int
    closing_minor: int
    currency: str
    faults: list[Fault]


class LineView(msgspec.Struct, frozen=True):
    """A line of the queue; `party` is whom it seems to be meant for."""

    id: str
    account: str
    incoming: bool
    amount_minor: int
    currency: str
    booked_on: date
    state: LineState
    reason: str | None
    party: str | None
    has_sender: bool


class SenderView(msgspec.Struct, frozen=True):
    """What the bank said of a line's other side; looking leaves a trace in the journal."""

    name: str | None
    iban: str | None
    text: str | None


def accounts(tx: Tx) -> list[AccountOpened]:
    """The house's safeguarding accounts."""
    return [receiving.view(account) for account in store.accounts(tx)]


def top_up(tx: Tx, party: UUID, id_: UUID) -> TopUpView:
    """One of a party's top-ups; raises `NotFound`."""
    row = payments.top_up(tx, party, id_)
    if row is None:
        raise NotFound(noun="top-up", id=public(model.TOP_UP, id_))
    account = store.account(tx, row.account)
    assert account is not None, "an account that was promised money stays"
    return _top_up(row, account)


def top_ups(tx: Tx, party: UUID, page: Page) -> Listing[TopUpView]:
    """A page of a party's top-ups, newest first."""
    before = page.after_id(model.TOP_UP)
    rows = payments.top_ups_of(tx, party, before, page.fetch)
    accounts = {account.id: account for account in store.accounts(tx)}
    return page.of([_top_up(row, accounts[row.account]) for row in rows], key=lambda view: view.id)


def _top_up(row: TopUp, account: Account) -> TopUpView:
    asked = asdict(receiving.asked(row, account))
    return TopUpView(**asked, received_minor=row.received_minor, credited_at=row.credited_at)


def withdrawal(tx: Tx, party: UUID, id_: UUID) -> WithdrawalView:
    """One of a party's withdrawals; raises `NotFound`."""
    row = payments.payment(tx, party, id_)
    if row is None:
        raise NotFound(noun="withdrawal", id=public(model.PAYMENT, id_))
    return _withdrawal(row)


def withdrawals(tx: Tx, party: UUID, page: Page) -> Listing[WithdrawalView]:
    """A page of a party's withdrawals, newest first."""
    before = page.after_id(model.PAYMENT)
    rows = payments.payments_of(tx, party, before, page.fetch)
    return page.of([_withdrawal(row) for row in rows], key=lambda view: view.id)


def _withdrawal(row: Payment) -> WithdrawalView:
    return WithdrawalView(
        id=public(model.PAYMENT, row.id),
        state=row.state,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.reason,
        created_at=row.created_at,
        sent_at=row.sent_at,
        booked_at=row.booked_at,
        ended_at=row.ended_at,
    )


def statements(tx: Tx, account: UUID) -> list[StatementView]:
    """An account's statements by closing; raises `NotFound`."""
    found = store.account(tx, account)
    if found is None:
        raise NotFound(noun="bank-account", id=public(model.ACCOUNT, account))
    rows = store.statements(tx, account)
    faults: dict[UUID, list[Fault]] = {}
    for each in findings.examine(rows):
        faults.setdefault(each.statement, []).append(each.fault)
    return [
        StatementView(
            account=public(model.ACCOUNT, account),
            opening_on=row.opening_on,
            closing_on=row.closing_on,
            opening_minor=row.opening_minor,
            closing_minor=row.closing_minor,
            currency=found.currency,
            faults=faults.get(row.id, []),
        )
        for row in rows
    ]


def queue(tx: Tx, page: Page) -> Listing[LineView]:
    """A page of the lines that wait for an operator."""
    after = page.after_id(model.LINE)
    currencies = {account.id: account.currency for account in store.accounts(tx)}
    rows = store.unmatched(tx, after, page.fetch)
    return page.of([_line(row, currencies[row.account]) for row in rows], key=lambda v: v.id)


def _line(row: Line, currency: str) -> LineView:
    return LineView(
        id=public(model.LINE, row.id),
        account=public(model.ACCOUNT, row.account),
        incoming=row.incoming,
        amount_minor=row.amount_minor,
        currency=currency,
        booked_on=row.booked_on,
        state=row.state,
        reason=row.reason,
        party=None if row.party is None else public("par", row.party),
        has_sender=row.sealed is not None,
    )


def sender(database: Database, by: UUID, line: UUID) -> SenderView:
    """Open what the bank said of a line's other side."""
    names = desk.look(database, by, line, Purpose.PAYMENT)
    if names is None:
        return SenderView(None, None, None)
    return SenderView(names.name, names.number, names.text)
