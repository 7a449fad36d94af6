"""A refund: why, of how much, and what refuses it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.products.wallet import model as wallet
from sycee.products.wallet.model import Row

NOUN = "rfd"


class Reason(StrEnum):
    """Why money goes back; a closed list, since nothing that a person wrote is kept here."""

    RETURNED = "goods-returned"
    MISSING = "not-delivered"
    FAULTY = "faulty"
    AMOUNT = "wrong-amount"
    TWICE = "paid-twice"
    CANCELLED = "cancelled"
    GOODWILL = "goodwill"
    OTHER = "other"


class Refund(msgspec.Struct, frozen=True):
    """Money that went back, of a payment by `payer`; `tip_minor` is the part that was a tip."""

    payer: UUID
    id: UUID
    transfer: UUID
    payee: UUID
    amount_minor: int
    tip_minor: int
    currency: str
    reason: Reason
    device: UUID | None
    made_at: datetime

    @property
    def public(self) -> str:
        return public(NOUN, self.id)


@dataclass(unsafe_hash=True)
class RefundExceedsPayment(Refusal):
    """The refund is more than what is left of the payment.

    `left_minor` is what was paid and has not gone back yet. Nothing was moved.
    """

    code = "refund-exceeds-payment"
    kind = Kind.CONFLICT
    transfer: str
    left_minor: int


@dataclass(unsafe_hash=True)
class CashierLimitReached(Refusal):
    """The cashier may not give back so much today.

    The shop's owner sets what each cashier may refund in a day; `left_minor` is what is left of it.
    Ask the owner to refund it, or to raise the limit. Nothing was moved.
    """

    code = "cashier-limit-reached"
    kind = Kind.LIMIT
    left_minor: int


def parts(row: Row, amount_minor: int) -> tuple[int, int]:
    """How much of a refund is of the price and how much of the tip: the price goes back first.

    Raises `RefundExceedsPayment`.
    """
    left = row.amount_minor - row.refunded_minor
    if amount_minor > left:
        raise RefundExceedsPayment(transfer=public(wallet.NOUN, row.id), left_minor=left)
    price = min(amount_minor, max(0, row.price_minor - row.refunded_minor))
    return price, amount_minor - price
