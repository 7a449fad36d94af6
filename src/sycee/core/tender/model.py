"""A mandate to pay, what may be wrong with using it, and the shape of pay codes. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public, uuid8

PAY_CODE = "pay-code"
"""The kind of mandate that is used by showing its code; every other kind is used by its id."""

APPROVAL = "approval"
"""The kind that a person gives by touching a passkey for one payee and one amount, to the unit."""

CODE_PREFIX = "28"
COMPUTED_PREFIX = "29"
"""What a code begins with that a device computed; see `core.paycodes`."""

CODE_DIGITS = 16
_CODE = re.compile(r"2[89][0-9]{16}")


class Mandate(msgspec.Struct, frozen=True):
    """A payer's leave to take up to `ceiling_minor` once, by `payee` (None = anyone).

    `device` is where it was given; it is worth nothing once that is revoked. `code` is set only in
    the answer to `issue` of a pay code; nobody can read it again.
    """

    id: UUID
    kind: str
    payer: UUID
    account: UUID
    ceiling_minor: int
    currency: str
    payee: UUID | None
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    spent_at: datetime | None = None
    spent_by: UUID | None = None
    spent_to: UUID | None = None
    spent_minor: int | None = None
    device: UUID | None = None
    code: str | None = None

    def __repr__(self) -> str:
        return f"Mandate({public('mdt', self.id)}, {self.kind})"  # the code stays out of logs


class Use(msgspec.Struct, frozen=True):
    """One wish to pay by a mandate: its code (str) or id (UUID), to whom, how much, and for what.

    `subject` is the id of the trade or bill: the same use again is answered as the first was. `by`
    is who asks for it: an approval is used by nobody but the payer who gave it.
    """

    tender: str | UUID
    payee: UUID
    amount_minor: int
    currency: str
    subject: UUID
    by: UUID | None = None


class MandateRefusal(Refusal):
    """The family of refusals to use a mandate, in order of precedence."""


@dataclass(unsafe_hash=True)
class MandateUnknown(MandateRefusal):
    """There is no such pay code or mandate.

    The code was mistyped, or it was never issued here. Ask the payer for a fresh one.
    """

    code = "mandate-unknown"
    kind = Kind.NOT_FOUND


@dataclass(unsafe_hash=True)
class MandateSpent(MandateRefusal):
    """The pay code or mandate has been used for something else.

    Each is good for one payment. The same payment sent again gets the first answer instead.
    """

    code = "mandate-spent"
    kind = Kind.CONFLICT
    mandate: str


@dataclass(unsafe_hash=True)
class MandateRevoked(MandateRefusal):
    """The payer has withdrawn the pay code or mandate.

    Ask the payer for a fresh one.
    """

    code = "mandate-revoked"
    kind = Kind.CONFLICT
    mandate: str


@dataclass(unsafe_hash=True)
class MandateExpired(MandateRefusal):
    """The pay code or mandate is past its time.

    Pay codes live for about a minute. Ask the payer for a fresh one.
    """

    code = "mandate-expired"
    kind = Kind.CONFLICT
    mandate: str


@dataclass(unsafe_hash=True)
class MandatePayeeDiffers(MandateRefusal):
    """The mandate is made out to another payee.

    Nothing was moved, and the payee it names can still use it.
    """

    code = "mandate-payee-differs"
    kind = Kind.FORBIDDEN
    mandate: str


@dataclass(unsafe_hash=True)
class MandateCurrencyDiffers(MandateRefusal):
    """The mandate is in another currency than the payment.

    `currency` is the mandate's. Nothing was moved; it can still be used.
    """

    code = "mandate-currency-differs"
    kind = Kind.CONFLICT
    mandate: str
    currency: str


@dataclass(unsafe_hash=True)
class MandateCeilingExceeded(MandateRefusal):
    """The payment is larger than what the payer allowed.

    `ceiling_minor` is the most that this mandate may take. Nothing was moved; it can still be used.
    """

    code = "mandate-ceiling-exceeded"
    kind = Kind.LIMIT
    mandate: str
    ceiling_minor: int


@dataclass(unsafe_hash=True)
class MandateAmountDiffers(MandateRefusal):
    """The approval was given for another amount.

    An approval holds to the unit: `amount_minor` is what the payer saw and touched a passkey for.
    Nothing was moved; ask for another approval if the amount has changed.
    """

    code = "mandate-amount-differs"
    kind = Kind.CONFLICT
    mandate: str
    amount_minor: int


APPROVAL_REFUSALS = (
    MandateUnknown,
    MandateSpent,
    MandateRevoked,
    MandateExpired,
    MandatePayeeDiffers,
    MandateCurrencyDiffers,
    MandateAmountDiffers,
    MandateCeilingExceeded,
)
"""What a mandate that is used by its id may be refused for, in order of precedence."""


def new_code() -> str:
    """18 digits: 28, then 16 from the system's random source (10^16 codes, 53 bits)."""
    return CODE_PREFIX + str(secrets.randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)


def is_computed(code: str) -> bool:
    """Whether a phone computed this code by itself, rather than the server after a touch."""
    return code.startswith(COMPUTED_PREFIX)


def is_code(text: str) -> bool:
    """Whether a text has the shape of a pay code."""
    return _CODE.fullmatch(text) is not None


def id_of(code: str, key: bytes = b"") -> UUID:
    """The id of a code's mandate: 122 bits of HMAC-SHA256(key, code) in a UUID version 8.

    Guessing online: with 10^5 codes alive, 10^11 calls for one hit, and the doors limit their rate.
    Guessing offline from a copy of the table: 10^16 hashes, 17 minutes of 10^13 a second, while a
    code lives one; a `key` from the server's settings closes even that.
    """
    return uuid8(hmac.digest(key, b"sycee.pay-code\x00" + code.encode(), hashlib.sha256))


def refuse(mandate: Mandate | None, use: Use, now: datetime) -> MandateRefusal | None:
    """Why a use is refused, in order of precedence; None = it may go ahead, or it already has.

    A pay code's mandate is used by its code alone: its id is no secret.
    """
    if mandate is None or (mandate.kind == PAY_CODE) is not isinstance(use.tender, str):
        return MandateUnknown()
    if mandate.kind == APPROVAL and use.by != mandate.payer:
        return MandateUnknown()
    name = public("mdt", mandate.id)
    if mandate.spent_at is not None:
        return None if repeats(mandate, use) else MandateSpent(mandate=name)
    if mandate.revoked_at is not None:
        return MandateRevoked(mandate=name)
    if mandate.expires_at <= now:
        return MandateExpired(mandate=name)
    if mandate.payee is not None and mandate.payee != use.payee:
        return MandatePayeeDiffers(mandate=name)
    if mandate.currency != use.currency:
        return MandateCurrencyDiffers(mandate=name, currency=mandate.currency)
    if mandate.kind == APPROVAL and use.amount_minor != mandate.ceiling_minor:
        return MandateAmountDiffers(mandate=name, amount_minor=mandate.ceiling_minor)
    if use.amount_minor > mandate.ceiling_minor:
        return MandateCeilingExceeded(mandate=name, ceiling_minor=mandate.ceiling_minor)
    return None


def repeats(mandate: Mandate, use: Use) -> bool:
    """Whether the mandate was spent by this very use."""
    spent = (mandate.spent_by, mandate.spent_to, mandate.spent_minor, mandate.currency)
    return spent == (use.subject, use.payee, use.amount_minor, use.currency)
