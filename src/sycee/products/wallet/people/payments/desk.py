"""Payments to someone known by a handle or an id, with a memo: sealed first, then paid."""

from __future__ import annotations

from sycee.products.wallet.api import Mandate, approval_of
from sycee.products.wallet.model import Transfer
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.memos import MemoText
from sycee.products.wallet.people.payments import actions
from sycee.products.wallet.people.payments.actions import Pay
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency, Reference
from sycee.runtime.perform import Call, perform_one


class PaymentBody(Body, frozen=True):
    """Who is paid, how much, and a memo that only the two of you can read."""

    payee: PayeeRef
    amount_minor: Amount
    currency: Currency
    memo: MemoText | None = None
    out_ref: Reference | None = None
    mandate: Mandate | None = None


def pay(database: Database, caller: Caller, key: str, body: PaymentBody) -> object:
    """Find the payee, seal the memo, and pay; the stored answer for a known key."""
    payer = caller.party
    payee = resolve(database, payer, body.payee)
    note = memos.seal(payer, body.memo)
    mandate, touchless = approval_of(caller, body.mandate)
    transfer = Transfer(
        payer,
        payee.id,
        body.amount_minor,
        body.currency,
        body.out_ref,
        mandate=mandate,
        touchless=touchless,
    )
    return perform_one(
        database,
        Call(payer, key, "payment.make", Pay(transfer, note.fingerprint)),
        lambda tx, command: actions.pay(tx, command, sealed=note.sealed),
    ).unwrap()
