"""Transfers as values: the command, the outcome, and the refusals in order of precedence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen, FloorReached, LedgerRefusal
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.kit.money import check_amount, check_currency

NOUN = "tfr"
"""What a transfer's public id begins with."""


class State(StrEnum):
    """A transfer is posted or does not exist."""

    POSTED = "posted"


class Transfer(msgspec.Struct, frozen=True):
    """The command: `payer` pays `payee`. `out_ref` is the payer's own reference, used once.

    `mandate` is the payer's approval of this payee and amount; `touchless` a session without one.
    `channel` is the way it came in, for the regulator's orders.
    """

    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    out_ref: str | None = None
    mandate: UUID | None = None
    touchless: bool = False
    channel: str = "api"


class Made(msgspec.Struct, frozen=True):
    """The outcome: a posted transfer. `posted_at` is the ledger's time."""

    id: str
    amount_minor: int
    currency: str
    state: State
    posted_at: datetime


class Row(msgspec.Struct, frozen=True):
    """A transfer as stored; `id` is also the id of its posting in the ledger."""

    id: UUID
    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    out_ref: str | None
    posted_at: datetime


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
    if command.payer == command.payee:
        return TransferToSelf(party=public("par", command.payer))
    return None


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
