"""What a passkey signs when a payment is approved. Pure.

The challenge is SHA-256 over these lines, each ended by a line feed, so that a browser can show
them, hash them and see that it signs what it shows:

    sycee-approval-2
    payment          what for: payment, series or withdrawal
    par_…            payer
    par_…            payee; of a withdrawal two lines, the IBAN and whose account it is
    12345            amount in minor units, of a series each time
    CNY              currency
    …                of a series five lines: every, from, times, until, closed-days
    …                nonce: 16 random bytes in base64url
    1790000000000    expiry in milliseconds since 1970

Source: the "dynamic linking" of Delegated Regulation (EU) 2018/389, Article 5.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public, uuid8
from sycee.kit.money import format_major

VERSION = "sycee-approval-2"
NONCE_BYTES = 16
LIFE = timedelta(minutes=5)
"""How long an approval may be given, and then be used."""


INSTRUMENT = "Sycee wallet"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Cpath fill='%23c3423f' d='M4 12h24l-4 10H8z'/%3E%3C/svg%3E"
)
"""What Secure Payment Confirmation must show as the means of payment, by name and as a picture."""


PURPOSE, SERIES, WITHDRAWAL = "payment", "series", "withdrawal"
"""What an approval is for. It is part of what is signed, so one serves for nothing else."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be approved. `payee` is what the mandate will be made out to.

    For a payment that is the party. For what names more than a party it is an id that stands for
    all of it (`bound`), `to` and `terms` are the lines that say it, and `party` is who is paid.
    """

    purpose: str
    payee: UUID
    amount_minor: int
    currency: str
    to: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    party: UUID | None = None


def bound(*parts: str) -> UUID:
    """An id that stands for some words and for no others (UUID version 8, from SHA-256)."""
    return uuid8(hashlib.sha256("\x00".join(parts).encode()).digest())


class Payment(msgspec.Struct, frozen=True):
    """A payment that somebody is asked to approve; `to` and `terms` as in `Wish`."""

    payer: UUID
    payee: UUID
    amount_minor: int
    currency: str
    nonce: bytes
    expires_ms: int
    purpose: str = PURPOSE
    to: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed, as lines."""
        nonce = urlsafe_b64encode(self.nonce).rstrip(b"=").decode()
        lines = (
            VERSION,
            self.purpose,
            public("par", self.payer),
            *(self.to or (public("par", self.payee),)),
            str(self.amount_minor),
            self.currency,
            *self.terms,
            nonce,
            str(self.expires_ms),
        )
        return "".join(f"{line}\n" for line in lines)

    @property
    def challenge(self) -> bytes:
        """The 32 bytes that a passkey signs."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def value(self) -> str:
        """The amount as Secure Payment Confirmation writes it."""
        return format_major(self.amount_minor, self.currency)


@dataclass(unsafe_hash=True)
class ApprovalNotYours(Refusal):
    """Approvals are given on the device that asked for them, in its own session.

    An API key cannot give one: it has no passkey, and its owner's leave to pay already. Ask in the
    session of the device whose passkey will be touched.
    """

    code = "approval-not-yours"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class PaymentShownDiffers(Refusal):
    """The browser showed another payment than the one to be approved.

    `field` is what differs: currency, value, payee or instrument. Nothing was approved.
    """

    code = "payment-shown-differs"
    kind = Kind.FORBIDDEN
    field: str


def differs(shown: dict[str, Any], payment: Payment, payee_name: str, origin: str) -> str | None:
    """What a browser showed otherwise (Secure Payment Confirmation), or None."""
    total = shown["total"]
    if total["currency"] != payment.currency:
        return "currency"
    if total["value"] != payment.value:
        return "value"
    if shown.get("payeeName", payee_name) != payee_name:
        return "payee"
    if shown.get("payeeOrigin", origin) != origin:
        return "payee"
    instrument = shown["instrument"]
    if instrument["displayName"] != INSTRUMENT or instrument["icon"] != ICON:
        return "instrument"
    return None
