"""Top-ups, payments, bank lines and the queue as values, with their refusals. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal

TOP_UP = "top"
PAYMENT = "wdr"
LINE = "bln"
ACCOUNT = "bac"
FILE = "bfl"

FILE_MAX_BYTES = 10 * 1024 * 1024
LINES_MAX = 5_000
"""The most lines of one file; a bank that has more sends several."""

BATCH_MAX = 500
"""The most payments of one file to the bank."""


class TopUpState(StrEnum):
    """Waiting for the money, or credited with it."""

    PENDING = "pending"
    CREDITED = "credited"


class PaymentState(StrEnum):
    """Where a payment out is. The last three are its ends; a booked one may still come back."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"


class LineState(StrEnum):
    """What became of a bank line."""

    TOP_UP = "top-up"
    BOOKED = "booked"
    BANK_RETURN = "bank-return"
    UNMATCHED = "unmatched"
    ASSIGNED = "assigned"
    RETURNING = "returning"
    RETURNED = "returned"
    OWN = "own"


class Why(StrEnum):
    """Why a line stands in the queue."""

    NO_REFERENCE = "no-reference"
    REFERENCE_UNKNOWN = "reference-unknown"
    REFERENCE_USED = "reference-used"
    PARTY_CANNOT_RECEIVE = "party-cannot-receive"
    LIMIT_REACHED = "limit-reached"
    SUSPENDED = "suspended"
    DEBIT_UNKNOWN = "debit-unknown"
    PAYMENT_DIFFERS = "payment-differs"
    REJECTED_BY_BANK = "rejected-by-bank"


class Account(msgspec.Struct, frozen=True):
    """A safeguarding account; its id is also that of its account in the ledger."""

    id: UUID
    number: str
    bic: str | None
    name: str
    currency: str


class TopUp(msgspec.Struct, frozen=True):
    """A promise of money to come, found again by its reference."""

    reference: str
    id: UUID
    party: UUID
    account: UUID
    amount_minor: int
    currency: str
    line: UUID | None
    received_minor: int | None
    created_at: datetime
    credited_at: datetime | None

    @property
    def state(self) -> TopUpState:
        return TopUpState.PENDING if self.line is None else TopUpState.CREDITED


class Payment(msgspec.Struct, frozen=True):
    """A payment out: a party's withdrawal, or the return of a queued line."""

    id: UUID
    account: UUID
    party: UUID | None
    line: UUID | None
    amount_minor: int
    currency: str
    state: PaymentState
    reason: str | None
    batch: UUID | None
    seal_subject: UUID
    sealed: bytes | None
    created_at: datetime
    sent_at: datetime | None
    booked_at: datetime | None
    ended_at: datetime | None


class Batch(msgspec.Struct, frozen=True):
    """Payments of one account that go to the bank in one file, in the order that they have in it.

    `written_at` is when the file was put into the bank's folder, None before.
    """

    account: UUID
    sent_at: datetime
    written_at: datetime | None
    payments: list[Payment]


class Line(msgspec.Struct, frozen=True):
    """A line of the bank's books as stored."""

    account: UUID
    id: UUID
    entry: str
    part: int
    incoming: bool
    amount_minor: int
    booked_on: date
    state: LineState
    reason: str | None
    party: UUID | None
    subject: UUID | None
    file: UUID
    sealed: bytes | None
    imported_at: datetime
    settled_at: datetime | None


@dataclass(unsafe_hash=True)
class IbanInvalid(Refusal):
    """This is no IBAN.

    `rule` says what is wrong: its country, its length, its check digits or the bank's own digits.
    Copy it again from the account's statement.
    """

    code = "iban-invalid"
    kind = Kind.INVALID
    field: str
    rule: str


@dataclass(unsafe_hash=True)
class BankAccountMissing(Refusal):
    """There is no safeguarding account in this currency.

    Money in this currency can neither be paid in nor out by bank until the operator opens one.
    """

    code = "bank-account-missing"
    kind = Kind.CONFLICT
    currency: str


@dataclass(unsafe_hash=True)
class BankAccountExists(Refusal):
    """This bank account is known already.

    `account` is the one that has its number.
    """

    code = "bank-account-exists"
    kind = Kind.CONFLICT
    account: str


@dataclass(unsafe_hash=True)
class BankFileUnreadable(Refusal):
    """The bank's file cannot be read.

    It is not well-formed XML, is cut short, declares a document type or entities, is nested too
    deep, or is larger than 10 MiB. `place` is the line. Nothing of it was taken; get it again.
    """

    code = "bank-file-unreadable"
    kind = Kind.INVALID
    rule: str
    place: int | None = None


@dataclass(unsafe_hash=True)
class BankFileUnknownKind(Refusal):
    """The file is of no kind that is read here.

    Read are camt.053 and camt.054 (versions 001.02 and 001.08) and pain.002 (001.03, 001.10 and
    001.12). Nothing of it was taken.
    """

    code = "bank-file-unknown-kind"
    kind = Kind.INVALID


@dataclass(unsafe_hash=True)
class BankFileInvalid(Refusal):
    """The bank's file breaks the schema of its kind, or has more money than books can hold.

    `rule` and `place` (its line, where it is one) say what. Nothing of it was taken; ask the bank.
    """

    code = "bank-file-invalid"
    kind = Kind.INVALID
    rule: str
    place: int | None = None


@dataclass(unsafe_hash=True)
class BankFileIncomplete(Refusal):
    """The file says it has other lines than it has.

    `expected` entries are announced and `found` are there. It was cut or changed on its way.
    Nothing of it was taken.
    """

    code = "bank-file-incomplete"
    kind = Kind.INVALID
    expected: int
    found: int


@dataclass(unsafe_hash=True)
class BankFileKnown(Refusal):
    """This very file was taken before.

    `file` is the first one. Nothing was changed.
    """

    code = "bank-file-known"
    kind = Kind.CONFLICT
    file: str


@dataclass(unsafe_hash=True)
class BankFileTooLong(Refusal):
    """The file has more lines than are taken at once.

    Split it by statement and import the parts.
    """

    code = "bank-file-too-long"
    kind = Kind.LIMIT
    lines: int
    limit: int


@dataclass(unsafe_hash=True)
class BankAccountUnknown(Refusal):
    """The file is about an account that is none of the house's.

    `place` counts its statements from 1. Nothing of the file was taken, not even other statements.
    """

    code = "bank-account-unknown"
    kind = Kind.CONFLICT
    place: int


@dataclass(unsafe_hash=True)
class BankCurrencyDiffers(Refusal):
    """The file has an amount in another currency than its account.

    Nothing of the file was taken.
    """

    code = "bank-currency-differs"
    kind = Kind.CONFLICT
    expected: str
    found: str


@dataclass(unsafe_hash=True)
class BankLineDiffers(Refusal):
    """A line that was taken before comes again with another amount.

    The bank's own reference names one line for good; two amounts cannot both be right. Nothing of
    the file was taken; ask the bank.
    """

    code = "bank-line-differs"
    kind = Kind.CONFLICT
    line: str
    before_minor: int
    now_minor: int


@dataclass(unsafe_hash=True)
class BankLineSettled(Refusal):
    """The line no longer waits in the queue.

    Someone has settled it; `state` says how.
    """

    code = "bank-line-settled"
    kind = Kind.CONFLICT
    state: str


@dataclass(unsafe_hash=True)
class BankLineOutgoing(Refusal):
    """The line is money that went out.

    It cannot be given to a party or sent back; it may be assigned to the payments that it books, or
    be marked as the house's own.
    """

    code = "bank-line-outgoing"
    kind = Kind.CONFLICT
    line: str


@dataclass(unsafe_hash=True)
class BankLineWithoutSender(Refusal):
    """The bank did not say from which account the money came.

    It cannot be sent back by itself. Ask the bank, or assign it to its owner.
    """

    code = "bank-line-without-sender"
    kind = Kind.CONFLICT
    line: str
