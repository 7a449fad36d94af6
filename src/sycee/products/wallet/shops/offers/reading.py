"""Offers as their payee sees them, and as whoever scans one does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import public
from sycee.kit.money import EXPONENT, parse_major
from sycee.products.wallet import store as transfers
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.people import faces, memorows, memos
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.qr.currencies import CURRENCY
from sycee.products.wallet.qr.decode import Decoded, decode
from sycee.products.wallet.shops.codes import text as codes
from sycee.products.wallet.shops.codes.model import CodeNotOurs
from sycee.products.wallet.shops.offers import model, store
from sycee.products.wallet.shops.offers.model import Offer, Sort, State
from sycee.products.wallet.store import OfOrigin
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Listing, Page

AMONG = 2_000
"""How many of a payer's last transfers are looked at for an earlier one to a payee."""

CODES = (Sort.STATIC, Sort.DYNAMIC)


class CodeView(msgspec.Struct, frozen=True):
    """A code of one's own. `text` is what to draw; a dynamic one is for one payment.

    `paid_minor` is all that was paid by it, tips among it, `refunded_minor` what went back.
    """

    id: str
    sort: Sort
    text: str
    token: str
    amount_minor: int | None
    currency: str
    tips: bool
    state: State
    transfer: str | None
    payments: int
    paid_minor: int
    tip_minor: int
    refunded_minor: int
    created_at: datetime
    expires_at: datetime | None


class LinkView(msgspec.Struct, frozen=True):
    """A link of one's own; a sealed title is read through `/v1/memos`. Amounts as in `CodeView`."""

    id: str
    token: str
    title: str | None
    memo: bool
    amount_minor: int | None
    least_minor: int | None
    most_minor: int | None
    currency: str
    once: bool
    tips: bool
    state: State
    transfer: str | None
    payments: int
    paid_minor: int
    tip_minor: int
    refunded_minor: int
    created_at: datetime
    expires_at: datetime | None
    return_url: str | None


class OfferView(msgspec.Struct, frozen=True):
    """What a payer is shown of a code or link: whom, by this house's own name, and how much.

    Without an amount the payer says one, within the bounds. `return_url` is where the shop wants
    its payer back. `title` is null where it is sealed and
    nobody is logged in.
    """

    sort: Sort
    payee: Face
    title: str | None
    amount_minor: int | None
    least_minor: int | None
    most_minor: int | None
    currency: str
    tips: bool
    once: bool
    state: State
    expires_at: datetime | None
    return_url: str | None


class Resolved(msgspec.Struct, frozen=True):
    """What a scanned text is. `offer` is null for another scheme's code: it is read, not paid here.

    `fields` is what the code itself says, by name: never show its name as the payee's.
    `first_time`: the payee is not among one's last 2,000 payments.
    """

    profile: str
    fields: dict[str, Any]
    amount_minor: int | None
    currency: str | None
    offer: OfferView | None
    first_time: bool | None
    mine: bool


def code(tx: Tx, payee: UUID, id_: UUID) -> CodeView:
    """One code of a payee; raises `NotFound`."""
    return _codes(tx, payee, [_own(tx, payee, id_, model.CODE)])[0]


def link(tx: Tx, payee: UUID, id_: UUID) -> LinkView:
    """One link of a payee; raises `NotFound`."""
    return _links(tx, payee, [_own(tx, payee, id_, model.LINK)])[0]


def _own(tx: Tx, payee: UUID, id_: UUID, noun: str) -> Offer:
    offer = store.read(tx, payee, id_)
    if offer is None or offer.noun != noun:
        raise NotFound(noun="offer", id=public(noun, id_))
    return offer


def code_text(tx: Tx, payee: UUID, id_: UUID) -> str:
    """What to draw for a code; raises `NotFound`."""
    return codes.write(_own(tx, payee, id_, model.CODE), parties.get(tx, payee))


def code_page(tx: Tx, payee: UUID, page: Page, state: State | None) -> Listing[CodeView]:
    """A page of codes, newest first."""
    return page.of(
        _codes(tx, payee, _page(tx, payee, CODES, page, state, model.CODE)), key=lambda v: v.id
    )


def link_page(tx: Tx, payee: UUID, page: Page, state: State | None) -> Listing[LinkView]:
    """A page of links, newest first."""
    found = _page(tx, payee, (Sort.LINK,), page, state, model.LINK)
    return page.of(_links(tx, payee, found), key=lambda view: view.id)


def _page(
    tx: Tx, payee: UUID, sorts: Sequence[Sort], page: Page, state: State | None, noun: str
) -> list[Offer]:
    before = page.after_id(noun)
    return store.page(tx, payee, sorts, state, before, page.fetch)


def _codes(tx: Tx, payee: UUID, offers: Sequence[Offer]) -> list[CodeView]:
    party = parties.get(tx, payee)
    return [
        CodeView(sort=offer.sort, text=codes.write(offer, party), **both)
        for offer, both in _both(tx, payee, offers)
    ]


def _links(tx: Tx, payee: UUID, offers: Sequence[Offer]) -> list[LinkView]:
    return [
        LinkView(
            title=offer.title,
            memo=offer.memo,
            least_minor=offer.least_minor,
            most_minor=offer.most_minor,
            once=offer.once,
            return_url=offer.return_url,
            **both,
        )
        for offer, both in _both(tx, payee, offers)
    ]


def _both(tx: Tx, payee: UUID, offers: Sequence[Offer]) -> Iterator[tuple[Offer, dict[str, Any]]]:
    """What its payee sees of an offer, be it a code or a link: with what was paid by it."""
    paid = transfers.by_origin(tx, payee, [offer.id for offer in offers])
    for offer in offers:
        yield (
            offer,
            {
                "id": offer.public,
                "token": offer.token,
                "amount_minor": offer.amount_minor,
                "currency": offer.currency,
                "tips": offer.tips,
                "state": model.standing(offer, tx.now),
                "transfer": None if offer.transfer is None else public(TRANSFER, offer.transfer),
                "created_at": offer.created_at,
                "expires_at": offer.expires_at,
                **paid.get(offer.id, OfOrigin())._asdict(),
            },
        )


def shown(tx: Tx, token: str) -> OfferView:
    """What anyone who holds a link sees; raises `NotFound`."""
    offer = store.by_tokens(tx, [token]).get(token)
    if offer is None or offer.sort is not Sort.LINK:
        raise NotFound(noun="link", id="")
    return _view(tx, offer, offer.title)


def _view(tx: Tx, offer: Offer, title: str | None) -> OfferView:
    return OfferView(
        sort=offer.sort,
        payee=faces.read(tx, [offer.payee])[offer.payee],
        title=title,
        amount_minor=offer.amount_minor,
        least_minor=offer.least_minor,
        most_minor=offer.most_minor,
        currency=offer.currency,
        tips=offer.tips,
        once=offer.once,
        state=model.standing(offer, tx.now),
        expires_at=offer.expires_at,
        return_url=offer.return_url,
    )


def resolve(database: Database, caller: UUID, text: str) -> Resolved:
    """What a scanned text is: one of ours with its payee, or another scheme's code, read.

    A sealed title is opened, which leaves a journal row. Refuses `CodeUnreadable`, `CodeAltered`,
    `NotFound`, and what a vault refuses.
    """
    token = codes.token_of(text)
    decoded = decode(text)
    said = decoded if isinstance(decoded, Decoded) else Decoded("Sycee link", {})
    if isinstance(token, CodeNotOurs):
        return Resolved(said.profile, said.fields, *_amount(said.fields), None, None, False)
    if isinstance(token, Refusal):
        raise token
    with database.read() as tx:
        offer = store.by_tokens(tx, [token]).get(token)
        if offer is None:
            raise NotFound(noun="offer", id="")
        memo = memorows.of(tx, offer.id) if offer.memo else None
        view = _view(tx, offer, offer.title)
        before = transfers.last_paid(tx, caller, [offer.payee], AMONG)
    if memo is not None:
        (title,) = memos.open_all(database, caller, [memo])
        view = msgspec.structs.replace(view, title=title)
    return Resolved(
        said.profile,
        said.fields,
        offer.amount_minor,
        offer.currency,
        view,
        first_time=not before,
        mine=offer.payee == caller,
    )


def _amount(fields: dict[str, Any]) -> tuple[int | None, str | None]:
    """The amount and currency that another scheme's code asks for, where they can be read."""
    name = str(fields.get("currency", ""))
    currency = CURRENCY.get(name, name)
    if currency not in EXPONENT:
        return None, None
    try:
        return parse_major(str(fields.get("amount", "")), currency), currency
    except Invalid:
        return None, currency
