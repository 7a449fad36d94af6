"""Orders as they are shown: the list, what one says, what it would stop, and public notices."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.ledger import activity
from sycee.core.policy import outgoing
from sycee.core.policy.model import ANY
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.oversight.regulator.orders import store
from sycee.oversight.regulator.orders.beginning import SENT_MAX, concerns
from sycee.oversight.regulator.orders.document import (
    NOUN,
    Document,
    canonical,
    check,
    parsed,
    signed_text,
)
from sycee.oversight.regulator.orders.issuing import KEY
from sycee.oversight.regulator.orders.meaning import limits, stops
from sycee.oversight.regulator.orders.states import State, state_of
from sycee.oversight.regulator.orders.store import Order
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page

RECENT = timedelta(hours=24)
FALLBACK = "en"
_HOMES = {"bank": "wallet", "gift": "wallet", "envelope": "envelopes", "deposit": "wallet"}
"""The product whose codes have another first word."""


class KeyView(msgspec.Struct, frozen=True):
    """A signing key of your party."""

    id: str
    public: str
    registered_at: datetime
    revoked_at: datetime | None


class SentView(msgspec.Struct, frozen=True):
    """What was already on its way when the order took effect."""

    subject: UUID
    product: str
    operation: str
    amount_minor: int
    currency: str
    sent_at: datetime


class OrderView(msgspec.Struct, frozen=True):
    """An order, its signature and what became of it; `approved_by` is the second one's party."""

    id: str
    state: State
    order: Document
    sha256: str
    signature: str
    key: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    issued_at: datetime | None
    effective_at: datetime | None
    ends_at: datetime | None
    ended_by: str | None
    already_sent: list[SentView]


class Flow(msgspec.Struct, frozen=True):
    """Movements of the last 24 hours with one code, in one currency."""

    code: str
    currency: str
    count: int
    amount_minor: int
    spared: bool


class Shut(msgspec.Struct, frozen=True):
    """One product × operation × place that would be shut; `*` is any."""

    product: str
    operation: str
    jurisdiction: str


class Preview(msgspec.Struct, frozen=True):
    """What an order would do if it were issued now; `text` in base64 is what to sign."""

    text: str
    sha256: str
    needs_two: bool
    stops: list[Shut]
    limits: int
    recent: list[Flow]
    already_sent: list[SentView]
    overlaps: list[str]


class Notice(msgspec.Struct, frozen=True):
    """What customers must be told: an order in force, in the language asked for or the nearest."""

    order: str
    authority: str
    effect: str
    language: str
    text: str
    since: datetime
    products: list[str]


def keys(tx: Tx, party: UUID) -> list[KeyView]:
    """A party's signing keys, oldest first."""
    return [
        KeyView(
            public(KEY, key.id),
            base64.b64encode(key.public).decode(),
            key.registered_at,
            key.revoked_at,
        )
        for key in store.keys(tx, party=party)
    ]


def orders(tx: Tx, page: Page, state: State | None = None) -> Listing[OrderView]:
    """Orders, newest first; of one state if it is named."""
    before = page.after_id(NOUN)
    found = store.orders(tx, before=before, limit=page.fetch if state is None else None)
    wanted = [row for row in found if state is None or state_of(row, tx.now) is state]
    rows = [_view(tx, row, sent=False) for row in wanted[: page.fetch]]
    return page.of(rows, lambda row: row.id)


def order(tx: Tx, id_: UUID) -> OrderView:
    """One order with what was already sent. Raises `NotFound`."""
    found = store.orders(tx, [id_])
    if not found:
        raise NotFound(noun="order", id=public(NOUN, id_))
    return _view(tx, found[0])


def preview(tx: Tx, document: Document) -> Preview:
    """What a document would stop right now; changes nothing. Raises what is wrong with it."""
    check(document, tx.now)
    text = canonical(document)
    shut = stops(document, tx.now)
    products = {stop.product for stop in shut}
    packs = limits(document, tx.now)["limits"] if document.limit is not None else ()
    return Preview(
        text=base64.b64encode(signed_text(text)).decode(),
        sha256=hashlib.sha256(text).hexdigest(),
        needs_two=document.loosens,
        stops=[Shut(stop.product, str(stop.operation), stop.jurisdiction) for stop in shut],
        limits=len(packs),
        recent=[
            Flow(code, currency, count, amount, spared=code in document.exemptions)
            for code, currency, count, amount in activity.by_code(tx, tx.now - RECENT)
            if ANY in products or home(code) in products
        ],
        already_sent=[
            _sent(one) for one in outgoing.standing(tx, SENT_MAX) if concerns(document, one)
        ],
        overlaps=[
            public(NOUN, row.id) for row, other in in_force(tx) if _overlaps(document, other)
        ],
    )


def notices(tx: Tx, language: str) -> list[Notice]:
    """Notices of the orders in force, newest first."""
    return [
        Notice(
            order=public(NOUN, row.id),
            authority=document.authority,
            effect=str(document.effect),
            language=chosen,
            text=document.notice[chosen],
            since=row.effective_at or row.proposed_at,
            products=list(document.scope.products or (ANY,)),
        )
        for row, document in in_force(tx)
        if (chosen := nearest(language, document.notice)) is not None
    ]


def in_force(tx: Tx) -> Iterable[tuple[Order, Document]]:
    """Every order in force now, with its document."""
    for row in store.orders(tx, in_force=True):
        yield row, parsed(row.document)


def nearest(language: str, known: Iterable[str]) -> str | None:
    """The language itself, one with the same first part, English, or any; None if there is none."""
    names = sorted(known)
    first = language.partition("-")[0]
    near = [name for name in names if name.partition("-")[0] == first]
    return next((n for n in (language, *near, FALLBACK, *names) if n in names), None)


def _sent(one: outgoing.Sent) -> SentView:
    return SentView(
        one.subject, one.product, one.operation, one.amount_minor, one.currency, one.sent_at
    )


def home(code: str) -> str:
    """The product that a code or a kind of pot belongs to."""
    first = code.partition(".")[0]
    return _HOMES.get(first, first)


def _overlaps(document: Document, other: Document) -> bool:
    mine = {(stop.product, str(stop.operation)) for stop in stops(document, datetime.min)}
    return any(
        (ANY in (a, c) or a == c) and (ANY in (b, d) or b == d)
        for a, b in mine
        for stop in stops(other, datetime.min)
        for c, d in [(stop.product, str(stop.operation))]
    )


def _view(tx: Tx, row: Order, *, sent: bool = True) -> OrderView:
    return OrderView(
        id=public(NOUN, row.id),
        state=state_of(row, tx.now),
        order=parsed(row.document),
        sha256=hashlib.sha256(row.document).hexdigest(),
        signature=base64.b64encode(row.signature).decode(),
        key=public(KEY, row.key),
        proposed_by=public("par", row.proposer),
        proposed_at=row.proposed_at,
        approved_by=None if row.approver in (None, row.proposer) else public("par", row.approver),
        issued_at=row.issued_at,
        effective_at=row.effective_at,
        ends_at=row.ends_at,
        ended_by=None if row.ended_by is None else public(NOUN, row.ended_by),
        already_sent=[SentView(*each) for each in store.sent(tx, row.id)] if sent else [],
    )
