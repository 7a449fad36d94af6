"""Money on its way in: the house's accounts at banks, and references to pay into them with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.model import NewAccount
from sycee.core.parties import parties
from sycee.kit.errors import Refusal
from sycee.kit.ids import public, uuid7
from sycee.kit.money import check_amount, check_currency
from sycee.products.wallet.bank import iban, model
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.model import (
    Account,
    BankAccountExists,
    BankAccountMissing,
    TopUp,
    TopUpState,
)
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime.db import Tx


class OpenAccount(msgspec.Struct, frozen=True):
    """A safeguarding account of the house at a bank."""

    iban: str
    bic: str | None
    name: str
    currency: str
    by: UUID | None


class AccountOpened(msgspec.Struct, frozen=True):
    """A safeguarding account."""

    id: str
    iban: str
    bic: str | None
    name: str
    currency: str


class AskTopUp(msgspec.Struct, frozen=True):
    """A party wants to pay money in."""

    party: UUID
    amount_minor: int
    currency: str


class TopUpAsked(msgspec.Struct, frozen=True):
    """What to put on the bank transfer: to whom, how much, and the reference that finds it again.

    `reference` is a creditor reference by ISO 11649; `reference_printed` is it in groups of four.
    """

    id: str
    state: TopUpState
    amount_minor: int
    currency: str
    reference: str
    reference_printed: str
    iban: str
    bic: str | None
    name: str
    created_at: datetime


def open_account(tx: Tx, command: OpenAccount) -> AccountOpened:
    """Open a safeguarding account. Refuses `Invalid`, `IbanInvalid`, `BankAccountExists`."""
    check_currency(command.currency)
    number = iban.check(command.iban)
    bic = None if command.bic is None else iban.check_bic(command.bic)
    made = Account(uuid7(), number, bic, command.name, command.currency)
    if not store.insert_account(tx, made):
        known = next(a for a in store.accounts(tx) if a.number == number)
        raise BankAccountExists(account=public(model.ACCOUNT, known.id))
    (outcome,) = ledger.open(tx, [NewAccount(made.id, None, "bank", made.currency)])
    if isinstance(outcome, Refusal):
        raise outcome
    entry = posting.note(
        "bank.account-opened",
        model.ACCOUNT,
        made.id,
        actor=command.by,
        party=None,
        purpose="bank",
        currency=made.currency,
    )
    append(tx, [entry])
    return view(made)


def view(account: Account) -> AccountOpened:
    """An account as it is shown."""
    return AccountOpened(
        public(model.ACCOUNT, account.id),
        account.number,
        account.bic,
        account.name,
        account.currency,
    )


def account_of(tx: Tx, currency: str) -> Account:
    """The house's safeguarding account of a currency; raises `Invalid`, `BankAccountMissing`."""
    check_currency(currency)
    found = next((a for a in store.accounts(tx) if a.currency == currency), None)
    if found is None:
        raise BankAccountMissing(currency=currency)
    return found


def ask_top_up(tx: Tx, command: AskTopUp) -> TopUpAsked:
    """Give out a reference. The money is asked about when it comes: what comes is credited."""
    check_amount(command.amount_minor)
    account = account_of(tx, command.currency)
    parties.active_purse(tx, command.party, command.currency)
    row = TopUp(
        reference=iban.reference(),
        id=uuid7(),
        party=command.party,
        account=account.id,
        amount_minor=command.amount_minor,
        currency=command.currency,
        line=None,
        received_minor=None,
        created_at=tx.now,
        credited_at=None,
    )
    payments.insert_top_up(tx, row)
    entry = posting.note(
        "top-up.asked",
        model.TOP_UP,
        row.id,
        actor=command.party,
        party=command.party,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )
    append(tx, [entry])
    return asked(row, account)


def asked(row: TopUp, account: Account) -> TopUpAsked:
    """A top-up as whoever is to pay needs it."""
    return TopUpAsked(
        id=public(model.TOP_UP, row.id),
        state=row.state,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reference=row.reference,
        reference_printed=iban.spaced(row.reference),
        iban=account.number,
        bic=account.bic,
        name=account.name,
        created_at=row.created_at,
    )
