"""The verb of withdrawals: a party's money sets out for an account elsewhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import FloorReached
from sycee.core.parties import parties
from sycee.core.policy.check import check_one
from sycee.core.tender import mandates
from sycee.kit.ids import public
from sycee.kit.money import check_amount
from sycee.products.wallet.approvals.model import bound
from sycee.products.wallet.bank import model
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.actions.paying import entry
from sycee.products.wallet.bank.actions.receiving import account_of
from sycee.products.wallet.bank.model import Payment, PaymentState
from sycee.products.wallet.bank.store import payments
from sycee.products.wallet.model import InsufficientFunds
from sycee.runtime.db import Tx


class Withdraw(msgspec.Struct, frozen=True):
    """A party sends its money to an account elsewhere; name and IBAN travel beside it, sealed."""

    party: UUID
    amount_minor: int
    currency: str
    fingerprint: str
    mandate: UUID | msgspec.UnsetType = msgspec.UNSET

    @property
    def authority(self) -> UUID:
        """What stands for the account outside in the mandate of an approval."""
        return authority(self.fingerprint)


class Withdrawn(msgspec.Struct, frozen=True):
    """A withdrawal: its money has left the wallet and waits for the bank."""

    id: str
    state: PaymentState
    amount_minor: int
    currency: str
    created_at: datetime


def authority(fingerprint: str) -> UUID:
    """What stands for a name and an IBAN, by their fingerprint, in the mandate of an approval."""
    return bound("withdrawal", fingerprint)


def withdraw(tx: Tx, command: Withdraw, *, id_: UUID, sealed: bytes) -> Withdrawn:
    """Take the money out of the wallet at once, into `bank-transit`; the worker sends it."""
    check_amount(command.amount_minor)
    account = account_of(tx, command.currency)
    purse = parties.active_purse(tx, command.party, command.currency)
    minor, currency = command.amount_minor, command.currency
    check_one(tx, posting.payout(purse, minor, currency))
    if command.mandate is not msgspec.UNSET:
        signed, by = command.authority, command.party
        mandates.consume(tx, command.mandate, signed, minor, currency, subject=id_, by=by)
    transit = posting.house(tx, posting.TRANSIT, currency)
    try:
        post_all(tx, [posting.move(tx, purse.account, transit, minor, "bank.withdraw", id_)])
    except FloorReached as refusal:
        raise InsufficientFunds(available_minor=max(0, refusal.available_minor)) from None
    row = Payment(
        id=id_,
        account=account.id,
        party=command.party,
        line=None,
        amount_minor=minor,
        currency=currency,
        state=PaymentState.QUEUED,
        reason=None,
        batch=None,
        seal_subject=command.party,
        sealed=sealed,
        created_at=tx.now,
        sent_at=None,
        booked_at=None,
        ended_at=None,
    )
    payments.insert_payment(tx, row)
    append(tx, [entry("withdrawal.made", row, actor=command.party)])
    return Withdrawn(public(model.PAYMENT, id_), row.state, minor, currency, tx.now)
