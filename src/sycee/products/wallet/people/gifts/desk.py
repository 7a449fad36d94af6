"""Sending a gift: whom is looked up and what is written is sealed before any write."""

from __future__ import annotations

from datetime import datetime

from sycee.products.wallet.api import Mandate, approval_of
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.gifts import actions
from sycee.products.wallet.people.gifts.actions import Send
from sycee.products.wallet.people.gifts.model import Card
from sycee.products.wallet.people.memos import MemoText
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency
from sycee.runtime.perform import Call, perform_one


class GiftBody(Body, frozen=True):
    """Who is given how much (no one: a link), with which card and message, and until when."""

    amount_minor: Amount
    currency: Currency
    recipient: PayeeRef | None = None
    card: Card = Card.PLAIN
    memo: MemoText | None = None
    expires_at: datetime | None = None
    mandate: Mandate | None = None


def send(database: Database, caller: Caller, key: str, body: GiftBody) -> object:
    """Find the recipient, seal the message, and give; the stored answer for a known key."""
    by = caller.party
    recipient = None if body.recipient is None else resolve(database, by, body.recipient).id
    note = memos.seal(by, body.memo)
    mandate, touchless = approval_of(caller, body.mandate)
    command = Send(
        by,
        recipient,
        body.amount_minor,
        body.currency,
        body.card,
        body.expires_at,
        note.fingerprint,
        mandate,
        touchless,
    )
    return perform_one(
        database,
        Call(by, key, "gift.send", command),
        lambda tx, sent: actions.send(tx, sent, sealed=note.sealed),
    ).unwrap()
