"""The verbs on offers: make one, take one back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties.identity.staff import actions as staff
from sycee.kit.errors import Forbidden, NotFound
from sycee.kit.ids import public, token, uuid7
from sycee.kit.money import check_currency
from sycee.products.wallet.people import memos
from sycee.products.wallet.shops.offers import model, store
from sycee.products.wallet.shops.offers.model import Offer, OffersTooMany, Sort, State
from sycee.runtime.db import Tx


class Make(msgspec.Struct, frozen=True):
    """The command: offer to be paid. `fingerprint` stands for a sealed title."""

    by: UUID
    sort: Sort
    currency: str
    amount_minor: int | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    once: bool = False
    tips: bool = False
    title: str | None = None
    fingerprint: str | None = None
    place: str = ""
    category: str = "0000"
    expires_at: datetime | None = None
    device: UUID | None = None
    return_url: str | None = None


class Close(msgspec.Struct, frozen=True):
    """The command: take an offer back, at one of the payee's devices or by a key."""

    by: UUID
    offer: UUID
    noun: str
    device: UUID | None = None


class OfferState(msgspec.Struct, frozen=True):
    """An offer after a write."""

    id: str
    state: State


def make(tx: Tx, command: Make, *, sealed: bytes | None = None) -> OfferState:
    """Offer to be paid.

    Refuses `Invalid`; `PartyRestricted`, `PartyClosed`, `PartyHasNoPurse`; `OffersTooMany`.
    """
    model.bounds(command.amount_minor, command.least_minor, command.most_minor)
    check_currency(command.currency)
    if command.sort is Sort.DYNAMIC and command.amount_minor is not None:
        model.check_code(command.amount_minor, command.currency)
    expires_at = model.expiry(tx.now, command.sort, command.expires_at)
    parties.active_purse(tx, command.by, command.currency)
    if store.count_open(tx, command.by) >= model.OPEN_MAX:
        raise OffersTooMany(limit=model.OPEN_MAX)
    offer = Offer(
        id=uuid7(),
        payee=command.by,
        sort=command.sort,
        token=token(),
        amount_minor=command.amount_minor,
        least_minor=command.least_minor,
        most_minor=command.most_minor,
        currency=command.currency,
        once=command.once,
        tips=command.tips,
        title=command.title,
        memo=sealed is not None,
        place=command.place,
        category=command.category,
        device=command.device,
        state=State.OPEN,
        transfer=None,
        created_at=tx.now,
        expires_at=expires_at,
        ended_at=None,
        return_url=model.check_return(command.return_url),
    )
    store.insert(tx, offer)
    memos.keep(tx, offer.id, offer.payee, None, sealed)
    append(tx, [_entry(offer, "made")])
    return OfferState(offer.public, offer.state)


def close(tx: Tx, command: Close) -> OfferState:
    """Take an offer back: nobody can pay it from now on.

    Refuses `NotFound`, `OfferNotOpen`; `Forbidden` for a cashier who did not make it.
    """
    offer = store.lock(tx, [command.offer]).get(command.offer)
    if offer is None or offer.payee != command.by or offer.noun != command.noun:
        raise NotFound(noun="offer", id=public(command.noun, command.offer))
    working = staff.working_at(tx, command.by, command.device)
    if working is not None and offer.device != command.device:
        raise Forbidden(needs="owner")
    refusal = model.check_open(offer, tx.now)
    if refusal is not None:
        raise refusal
    store.close(tx, offer.id)
    append(tx, [_entry(offer, "closed")])
    return OfferState(offer.public, State.CLOSED)


def _entry(offer: Offer, what: str) -> Entry:
    body: dict[str, int | str] = {
        offer.word: offer.public,
        "sort": str(offer.sort),
        "currency": offer.currency,
    }
    if offer.amount_minor is not None:
        body["amount_minor"] = offer.amount_minor
    verb = f"{offer.word}.{what}"
    return Entry(offer.payee, verb, offer.id, (offer.payee,), "payment", dict(body))
