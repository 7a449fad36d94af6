"""Transfers as values: the command, the outcome, and the refusals in order of precedence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen, FloorReached, LedgerRefusal
from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.kit.money import check_amount, check_currency

PRODUCT = "wallet"
"""What gates and limits call this product."""

NOUN = "tfr"
"""What a transfer's public id begins with."""


class State(StrEnum):
    """A transfer is posted or does not exist."""

    POSTED = "posted"


class PayCode(StrEnum):
    """Who made a pay code: a phone by itself, or the server after a touch."""

    COMPUTED = "computed"
    ISSUED = "issued"


class Transfer(msgspec.Struct, frozen=True):
    """The command: `payer` pays `payee`. `out_ref` is the payer's own reference, used once.

    `mandate` is the payer's approval of this payee and amount; `touchless` a session without one.
    `channel` is the way it came in, for the regulator's orders. `tip_minor` is how much of the
    amount is a tip, `unproven` that the payee was named by a code which anyone may have swapped,
    `device` where the payee took it. `pay_code` is which sort of pay code the payer showed,
    if one. `offer` names a code or link as the payer did, by text or
    token; `origin` is which one that turned out to be.
    """

    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    out_ref: str | None = None
    mandate: UUID | None = None
    touchless: bool = False
    channel: str = "api"
    tip_minor: int = 0
    unproven: bool = False
    device: UUID | None = None
    origin: UUID | None = None
    offer: str | None = None
    pay_code: PayCode | msgspec.UnsetType = msgspec.UNSET


class Made(msgspec.Struct, frozen=True):
    """The outcome: a posted transfer. `posted_at` is the ledger's time."""

    id: str
    amount_minor: int
    currency: str
    state: State
    posted_at: datetime


class Row(msgspec.Struct, frozen=True):
    """A transfer as stored; `id` is also the id of its posting in the ledger.

    A tip, part of the amount, is posted by itself. `grade` is what `grade_kept` says of it.
    """

    id: UUID
    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    out_ref: str | None
    posted_at: datetime
    tip_minor: int = 0
    grade: str | None = None
    device: UUID | None = None
    origin: UUID | None = None
    refunded_minor: int = 0

    @property
    def price_minor(self) -> int:
        """The amount without the tip."""
        return self.amount_minor - self.tip_minor


@dataclass(unsafe_hash=True)
class TransferToSelf(Refusal):
    """Payer and payee are the same party.

    Name another party as `payee`.
    """

    code = "transfer-to-self"
    kind = Kind.INVALID
    party: str


@dataclass(unsafe_hash=True)
class PayeeUnknown(Refusal):
    """There is no such payee.

    No party has this id. Check it with the person you want to pay.
    """

    code = "payee-unknown"
    kind = Kind.NOT_FOUND
    payee: str


@dataclass(unsafe_hash=True)
class PayeeCannotReceive(Refusal):
    """The payee cannot receive this money.

    Its account is closed, restricted, of a kind that takes no payments, or as full as it may get;
    which of these is the payee's own affair. Nothing was moved.
    """

    code = "payee-cannot-receive"
    kind = Kind.CONFLICT
    payee: str


@dataclass(unsafe_hash=True)
class OutRefUsed(Refusal):
    """The payer has used this `out_ref` for another transfer.

    `transfer` is the one that has it: look it up before you pay again. The reference of a refused
    transfer is free again.
    """

    code = "out-ref-used"
    kind = Kind.CONFLICT
    out_ref: str
    transfer: str


@dataclass(unsafe_hash=True)
class InsufficientFunds(Refusal):
    """The payer has too little available.

    `available_minor` is what the payer's wallet has in this currency, reservations taken off. The
    refusal stays on the Idempotency-Key: after topping up, pay under a new key.
    """

    code = "insufficient-funds"
    kind = Kind.CONFLICT
    available_minor: int


def check(command: Transfer) -> Refusal | None:
    """What can be refused without asking anyone: the amount, the currency, paying oneself."""
    try:
        check_amount(command.amount_minor)
        check_currency(command.currency)
    except Refusal as refusal:
        return refusal
    if not 0 <= command.tip_minor < command.amount_minor:
        return Invalid(field="tip_minor", rule="must be from 0 to less than the amount")
    if command.payer == command.payee:
        return TransferToSelf(party=public("par", command.payer))
    return None


def as_paid(row: Row, amount_minor: int) -> Transfer:
    """A payment as its payer ordered it, of another amount: what a refund undoes."""
    return Transfer(
        row.payer,
        row.payee,
        amount_minor,
        row.currency,
        touchless=row.grade in ("plain", "static-touchless"),
        unproven=row.grade in ("static", "static-touchless"),
        origin=row.origin,
        pay_code=PayCode(row.grade) if row.grade in set(PayCode) else msgspec.UNSET,
    )


def grade_kept(command: Transfer) -> str | None:
    """How a payment was approved, as its row has it; None = the payer signed it, or a key did."""
    if command.unproven:
        return "static-touchless" if command.touchless else "static"
    if command.pay_code is not msgspec.UNSET:
        return str(command.pay_code)
    return "plain" if command.touchless else None


def tip_id(transfer: UUID) -> UUID:
    """The id of the posting of a transfer's tip: the transfer's own with its last bit turned."""
    return UUID(int=transfer.int ^ 1)


def translate(refusal: Refusal, command: Transfer, payer_account: UUID) -> Refusal:
    """A refusal of the ledger in the words of a payer, who learns nothing of the payee's account.

    What the ledger says of the payer's own account passes (closed, frozen); too little on it has a
    name of its own; whatever is wrong on the other side is `PayeeCannotReceive`.
    """
    if isinstance(refusal, FloorReached):
        return InsufficientFunds(available_minor=max(0, refusal.available_minor))
    if isinstance(refusal, (AccountClosed, AccountFrozen)):
        if refusal.account == str(payer_account):
            return type(refusal)(account=public("acc", payer_account))
        return PayeeCannotReceive(payee=public("par", command.payee))
    if isinstance(refusal, LedgerRefusal):
        return PayeeCannotReceive(payee=public("par", command.payee))
    return refusal
