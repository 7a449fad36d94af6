"""Routes of bank money: a party's top-ups and withdrawals, and the operator's desk."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen, CeilingReached
from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.keyring import KeyMissing, SubjectForgotten
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import OPENING_REFUSALS, VaultAbsent
from sycee.core.policy.model import LimitReached, ProductSuspended
from sycee.core.tender.model import APPROVAL_REFUSALS
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.wallet.api import Mandate
from sycee.products.wallet.approvals.actions import Asked
from sycee.products.wallet.approvals.model import ApprovalNotYours
from sycee.products.wallet.bank import desk, model, reading
from sycee.products.wallet.bank.actions import queue, receiving
from sycee.products.wallet.bank.actions.items import Imported
from sycee.products.wallet.bank.actions.queue import Settled
from sycee.products.wallet.bank.actions.receiving import AccountOpened, TopUpAsked
from sycee.products.wallet.bank.actions.withdrawing import Withdrawn
from sycee.products.wallet.bank.model import (
    BankAccountExists,
    BankAccountMissing,
    BankAccountUnknown,
    BankCurrencyDiffers,
    BankFileIncomplete,
    BankFileInvalid,
    BankFileKnown,
    BankFileTooLong,
    BankFileUnknownKind,
    BankFileUnreadable,
    BankLineDiffers,
    BankLineOutgoing,
    BankLineSettled,
    BankLineWithoutSender,
    IbanInvalid,
)
from sycee.products.wallet.bank.reading import (
    LineView,
    SenderView,
    StatementView,
    TopUpView,
    WithdrawalView,
)
from sycee.products.wallet.model import InsufficientFunds
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Amount, Body, Currency, Raw, Text, public_id

Iban = Annotated[str, msgspec.Meta(min_length=5, max_length=42, description="An IBAN.")]
Bic = Annotated[str, msgspec.Meta(min_length=8, max_length=11, description="A BIC (ISO 9362).")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_PURSE = (*STANDING_REFUSALS, NotFound)


class AccountBody(Body, frozen=True):
    """A safeguarding account at a bank; `name` is the holder's as the bank has it."""

    iban: Iban
    name: Text
    currency: Currency
    bic: Bic | None = None


class TopUpBody(Body, frozen=True):
    """How much is to come."""

    amount_minor: Amount
    currency: Currency


class WithdrawalBody(Body, frozen=True):
    """How much goes to whose account; the name and the IBAN are sealed at once."""

    amount_minor: Amount
    currency: Currency
    iban: Iban
    name: Name


class ApprovedWithdrawalBody(WithdrawalBody, frozen=True):
    """A withdrawal, and the mandate of the approval of just this one."""

    mandate: Mandate | None = None


class AssignBody(Body, frozen=True):
    """Whose money it is that came; or of money that went out, the payments that it was."""

    party: Annotated[str, public_id("par")] | None = None
    payments: Annotated[tuple[str, ...], msgspec.Meta(max_length=model.BATCH_MAX)] = ()


class BankFile(Raw, frozen=True):
    """A file of the bank, as it is."""

    media: ClassVar[str] = "application/xml"
    limit_bytes: ClassVar[int] = model.FILE_MAX_BYTES


@write(
    "/v1/top-ups",
    "bank.top-up",
    receiving.ask_top_up,
    scope="transfers:write",
    gives=TopUpAsked,
    refuses=(Invalid, BankAccountMissing, *_PURSE),
)
def ask_top_up(body: TopUpBody, *, caller: Caller) -> receiving.AskTopUp:
    """Ask for a reference to pay money in with.

    Transfer the amount from your bank to the IBAN with the reference. What comes is credited once,
    whatever the amount; a second transfer with the same reference waits for the operator.
    """
    return receiving.AskTopUp(caller.party, body.amount_minor, body.currency)


@read(
    "/v1/top-ups/{top_up:top}",
    scope="transfers:read",
    gives=TopUpView,
    refuses=(Forbidden, NotFound),
)
def top_up(tx: Tx, *, caller: Caller, top_up: UUID) -> TopUpView:
    """Look up one of your top-ups. A cashier's device does not."""
    sessions.check_books(caller)
    return reading.top_up(tx, caller.party, top_up)


@read("/v1/top-ups", scope="transfers:read", gives=Listing[TopUpView], refuses=(Forbidden,))
def top_ups(tx: Tx, *, caller: Caller, page: Page) -> Listing[TopUpView]:
    """List your top-ups, newest first. A cashier's device does not."""
    sessions.check_books(caller)
    return reading.top_ups(tx, caller.party, page)


@direct(
    "/v1/withdrawal-approvals",
    scope="transfers:write",
    gives=Asked,
    refuses=(Invalid, IbanInvalid, ApprovalNotYours, VaultAbsent, SubjectForgotten, KeyMissing),
    status=201,
)
def ask_withdrawal(database: Database, body: WithdrawalBody, *, caller: Caller) -> Asked:
    """Ask for the approval of a withdrawal: the amount, the IBAN and whose it is are signed.

    Give it by `POST /v1/approvals/{approval}`, and withdraw with its mandate. To another account,
    or of another amount, the mandate refuses.
    """
    return desk.ask_withdrawal(
        database, caller, body.amount_minor, body.currency, body.iban, body.name
    )


@direct(
    "/v1/withdrawals",
    scope="transfers:write",
    gives=Withdrawn,
    refuses=(
        Invalid,
        IbanInvalid,
        BankAccountMissing,
        *_PURSE,
        ProductSuspended,
        LimitReached,
        AccountClosed,
        AccountFrozen,
        InsufficientFunds,
        VaultAbsent,
        SubjectForgotten,
        KeyMissing,
        *TOUCH_REFUSALS,
        *APPROVAL_REFUSALS,
    ),
)
def withdraw(
    database: Database, body: ApprovedWithdrawalBody, *, caller: Caller, key: str
) -> Withdrawn:
    """Send money from your wallet to a bank account.

    It leaves the wallet at once and comes back by itself if the bank refuses or returns it. A
    session brings the `mandate` of an approval of just this withdrawal, or has touched its passkey
    within the last five minutes.
    """
    return desk.withdraw(
        database,
        caller,
        key,
        body.amount_minor,
        body.currency,
        body.iban,
        body.name,
        body.mandate,
    ).unwrap()


@read(
    "/v1/withdrawals/{withdrawal:wdr}",
    scope="transfers:read",
    gives=WithdrawalView,
    refuses=(Forbidden, NotFound),
)
def withdrawal(tx: Tx, *, caller: Caller, withdrawal: UUID) -> WithdrawalView:
    """Look up one of your withdrawals. A cashier's device does not."""
    sessions.check_books(caller)
    return reading.withdrawal(tx, caller.party, withdrawal)


@read(
    "/v1/withdrawals", scope="transfers:read", gives=Listing[WithdrawalView], refuses=(Forbidden,)
)
def withdrawals(tx: Tx, *, caller: Caller, page: Page) -> Listing[WithdrawalView]:
    """List your withdrawals, newest first. A cashier's device does not."""
    sessions.check_books(caller)
    return reading.withdrawals(tx, caller.party, page)


@write(
    "/v1/bank/accounts",
    "bank.open-account",
    receiving.open_account,
    scope="operator",
    gives=AccountOpened,
    refuses=(Invalid, IbanInvalid, BankAccountExists),
)
def open_account(body: AccountBody, *, caller: Caller) -> receiving.OpenAccount:
    """Open a safeguarding account: the ledger's side of an account at a bank."""
    return receiving.OpenAccount(body.iban, body.bic, body.name, body.currency, caller.party)


@read("/v1/bank/accounts", scope="operator", gives=list[AccountOpened])
def accounts(tx: Tx, *, caller: Caller) -> list[AccountOpened]:
    """List the house's safeguarding accounts."""
    return reading.accounts(tx)


@read(
    "/v1/bank/accounts/{account:bac}/statements",
    scope="operator",
    gives=list[StatementView],
    refuses=(NotFound,),
)
def statements(tx: Tx, *, caller: Caller, account: UUID) -> list[StatementView]:
    """List an account's statements by closing, with what does not fit."""
    return reading.statements(tx, account)


@direct(
    "/v1/bank/files",
    scope="operator",
    gives=Imported,
    refuses=(
        BankFileUnreadable,
        BankFileUnknownKind,
        BankFileInvalid,
        BankFileIncomplete,
        BankFileTooLong,
        BankFileKnown,
        BankAccountUnknown,
        BankCurrencyDiffers,
        BankLineDiffers,
        VaultAbsent,
        SubjectForgotten,
        KeyMissing,
    ),
)
def take(database: Database, body: BankFile, *, caller: Caller, key: str) -> Imported:
    """Take a file of the bank: camt.053, camt.054 or pain.002, whole or not at all."""
    return desk.take(database, body.content, by=caller.party, key=key).unwrap()


@read("/v1/bank/queue", scope="operator", gives=Listing[LineView], refuses=(Invalid,))
def unmatched(tx: Tx, *, caller: Caller, page: Page) -> Listing[LineView]:
    """List the bank lines that belong to nobody yet."""
    return reading.queue(tx, page)


@direct(
    "/v1/bank/lines/{line:bln}/sender",
    scope="operator",
    gives=SenderView,
    refuses=(NotFound, *OPENING_REFUSALS),
)
def sender(database: Database, *, caller: Caller, line: UUID) -> SenderView:
    """See what the bank said of a queued line's other side. It leaves a row in the journal."""
    return reading.sender(database, caller.party, line)


@write(
    "/v1/bank/lines/{line:bln}/assign",
    "bank.assign",
    queue.assign,
    scope="operator",
    gives=Settled,
    refuses=(
        *(Invalid, BankLineSettled, BankLineOutgoing, *_PURSE),
        *(ProductSuspended, LimitReached, CeilingReached),
    ),
)
def assign(body: AssignBody, *, caller: Caller, line: UUID) -> queue.Assign:
    """Give a queued line to the party it belongs to, or to the payments that it books.

    Name `party` for money that came in. For money that went out name `payments`, each `wdr_…`, that
    the bank has booked without naming them. They sum to the line, and are booked with it.
    """
    return desk.assignment(line, body.party, body.payments, caller.party)


@direct(
    "/v1/bank/lines/{line:bln}/return",
    scope="operator",
    gives=Settled,
    refuses=(NotFound, BankLineSettled, BankLineOutgoing, BankLineWithoutSender, *OPENING_REFUSALS),
)
def send_back(database: Database, *, caller: Caller, line: UUID, key: str) -> Settled:
    """Send a queued line's money back to the account it came from."""
    return desk.send_back(database, caller.party, key, line).unwrap()


@write(
    "/v1/bank/lines/{line:bln}/own",
    "bank.own",
    queue.own,
    scope="operator",
    gives=Settled,
    refuses=(NotFound, BankLineSettled),
)
def own(*, caller: Caller, line: UUID) -> queue.Own:
    """Mark a queued line as the house's own money: capital put in, or a charge of the bank."""
    return queue.Own(line, caller.party)


routes = [
    ask_top_up,
    top_up,
    top_ups,
    ask_withdrawal,
    withdraw,
    withdrawal,
    withdrawals,
    open_account,
    accounts,
    statements,
    take,
    unmatched,
    sender,
    assign,
    send_back,
    own,
]
