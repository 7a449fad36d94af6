"""Asking to be paid: whom is looked up and what is written is sealed before any write."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sycee.products.wallet.api import Mandate
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.memos import MemoText
from sycee.products.wallet.people.requests import actions
from sycee.products.wallet.people.requests.actions import Ask
from sycee.runtime.db import Database
from sycee.runtime.http.shapes import Amount, Body, Currency
from sycee.runtime.perform import Call, perform_one


class RequestBody(Body, frozen=True):
    """Who is asked (no one: a link), for how much (left out: the payer says), and what for."""

    currency: Currency
    payer: PayeeRef | None = None
    amount_minor: Amount | None = None
    memo: MemoText | None = None
    expires_at: datetime | None = None


class PayBody(Body, frozen=True):
    """How much, where the request leaves it open; a session brings the mandate of an approval."""

    amount_minor: Amount | None = None
    mandate: Mandate | None = None


def ask(database: Database, by: UUID, key: str, body: RequestBody) -> object:
    """Find the payer, seal the memo, and ask; the stored answer for a known key."""
    payer = None if body.payer is None else resolve(database, by, body.payer).id
    note = memos.seal(by, body.memo)
    command = Ask(by, payer, body.amount_minor, body.currency, body.expires_at, note.fingerprint)
    return perform_one(
        database,
        Call(by, key, "request.ask", command),
        lambda tx, asked: actions.ask(tx, asked, sealed=note.sealed),
    ).unwrap()
