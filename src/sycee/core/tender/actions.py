"""A payer's own pay codes: made for a minute from the payer's wallet, and withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.tender import mandates
from sycee.core.tender.model import PAY_CODE, Mandate
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.runtime.db import Tx

WALLET = "wallet"
NOUN = "mdt"


@dataclass(unsafe_hash=True)
class WalletMissing(Refusal):
    """The payer has no wallet in this currency.

    A wallet is opened when money first comes in; there is nothing to pay from yet.
    """

    code = "wallet-missing"
    kind = Kind.CONFLICT
    currency: str


class PayCode(msgspec.Struct, frozen=True):
    """A pay code, shown this once: 18 digits to show to the payee as text, bar code or QR code."""

    id: str
    code: str
    ceiling_minor: int
    currency: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"PayCode({self.id})"  # the code stays out of logs


class Revoke(msgspec.Struct, frozen=True):
    """Withdraw one's own mandate."""

    party: UUID
    mandate: UUID


class Revoked(msgspec.Struct, frozen=True):
    """A mandate that can no longer be used."""

    id: str
    revoked_at: datetime


def issue(
    tx: Tx, party: UUID, ceiling_minor: int, currency: str, payee: UUID | None, seconds: int
) -> PayCode:
    """Make a pay code on the party's wallet; raises `Invalid`, `WalletMissing`."""
    owned = [
        one
        for one in accounts.owned(tx, [party])
        if one.code == WALLET and one.currency == currency and not one.closed
    ]
    if not owned:
        raise WalletMissing(currency=currency)
    expires_at = tx.now + timedelta(seconds=seconds)
    made = mandates.issue(
        tx, party, owned[0].id, ceiling_minor, currency, payee, expires_at, PAY_CODE
    )
    _note(tx, made, "issued")
    return PayCode(public(NOUN, made.id), made.code or "", ceiling_minor, currency, expires_at)


def revoke(tx: Tx, command: Revoke) -> Revoked:
    """Withdraw a mandate; again changes nothing. Raises `MandateUnknown`, `MandateSpent`."""
    gone = mandates.revoke(tx, command.mandate, command.party)
    assert gone.revoked_at is not None
    if gone.revoked_at == tx.now:
        _note(tx, gone, "revoked")
    return Revoked(public(NOUN, gone.id), gone.revoked_at)


def _note(tx: Tx, mandate: Mandate, what: str) -> None:
    body = {
        "mandate": public(NOUN, mandate.id),
        "kind": mandate.kind,
        "ceiling_minor": mandate.ceiling_minor,
        "currency": mandate.currency,
    }
    append(
        tx, [Entry(mandate.payer, f"mandate.{what}", mandate.id, (mandate.payer,), "payment", body)]
    )
