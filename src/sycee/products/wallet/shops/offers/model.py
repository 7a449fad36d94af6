"""An offer to be paid: its states, its bounds, and which payments fit it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.kit.money import check_amount, format_major
from sycee.products.wallet.model import Transfer

CODE, LINK = "cod", "lnk"
DYNAMIC_LIFE = timedelta(minutes=15)
"""How long a code for one sale lives unless its maker says otherwise."""

LIFE_MAX = timedelta(days=366)
RETURN_MAX = 1_000
"""How many characters a shop's address to come back to may have."""

AMOUNT_MAX = 13
"""How many characters a code's amount may have."""

OPEN_MAX = 2_000
"""How many open offers one payee may have."""


class Sort(StrEnum):
    """A code on the wall, a code for one sale, or a link that is sent."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    LINK = "link"


class State(StrEnum):
    """Where an offer stands; only an open one can be paid."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    EXPIRED = "expired"


class Offer(msgspec.Struct, frozen=True):
    """An offer as stored. Without an amount the payer says how much, within the bounds."""

    id: UUID
    payee: UUID
    sort: Sort
    token: str
    amount_minor: int | None
    least_minor: int | None
    most_minor: int | None
    currency: str
    once: bool
    tips: bool
    title: str | None
    memo: bool
    place: str
    category: str
    device: UUID | None
    state: State
    transfer: UUID | None
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    return_url: str | None = None

    @property
    def noun(self) -> str:
        """What its public id begins with, and its events: a code or a link."""
        return LINK if self.sort is Sort.LINK else CODE

    @property
    def public(self) -> str:
        return public(self.noun, self.id)

    @property
    def word(self) -> str:
        """What it is called in verbs and refusals."""
        return "link" if self.sort is Sort.LINK else "code"


@dataclass(unsafe_hash=True)
class OfferNotOpen(Refusal):
    """The code or link can no longer be paid.

    `state` says why: paid (it was for one payment), closed by its maker, or expired. Nothing was
    moved. Ask for a fresh one.
    """

    code = "offer-not-open"
    kind = Kind.CONFLICT
    offer: str
    state: str


@dataclass(unsafe_hash=True)
class OfferDiffers(Refusal):
    """The payment is not the one that the code or link asks for.

    `field` is what differs: payee, currency or amount. Resolve the code again, show the payer what
    it says, and pay exactly that; without an amount of its own it takes from `least_minor` to
    `most_minor` (null where there is no bound). Nothing was moved.
    """

    code = "offer-differs"
    kind = Kind.CONFLICT
    offer: str
    field: str
    least_minor: int | None = None
    most_minor: int | None = None


@dataclass(unsafe_hash=True)
class TipNotTaken(Refusal):
    """This code or link takes no tip.

    Its maker has not asked for tips. Pay without one.
    """

    code = "tip-not-taken"
    kind = Kind.CONFLICT
    offer: str


@dataclass(unsafe_hash=True)
class OffersTooMany(Refusal):
    """There are too many open codes and links.

    `limit` is how many one payee may have open. Close those that are not needed.
    """

    code = "offers-too-many"
    kind = Kind.LIMIT
    limit: int


def check_code(amount_minor: int, currency: str) -> None:
    """Raises `Invalid` for an amount with more digits than a code has room for (EMVCo, tag 54)."""
    if len(format_major(amount_minor, currency)) > AMOUNT_MAX:
        raise Invalid(field="amount_minor", rule="has more digits than a code has room for")


def bounds(amount: int | None, least: int | None, most: int | None) -> None:
    """Raises `Invalid` for bounds beside an amount, and for bounds that nothing fits."""
    for value, field in ((amount, "amount_minor"), (least, "least_minor"), (most, "most_minor")):
        if value is not None:
            check_amount(value, field)
    if amount is not None and (least, most) != (None, None):
        raise Invalid(field="least_minor", rule="has no place beside amount_minor")
    if least is not None and most is not None and least > most:
        raise Invalid(field="most_minor", rule="must not be below least_minor")


def expiry(now: datetime, sort: Sort, wanted: datetime | None) -> datetime | None:
    """When an offer expires; `Invalid` for a time that is past or more than a year away."""
    if wanted is None:
        return now + DYNAMIC_LIFE if sort is Sort.DYNAMIC else None
    if wanted.tzinfo is None or not now < wanted <= now + LIFE_MAX:
        raise Invalid(field="expires_at", rule="must be a time with a zone within the next year")
    return wanted


def check_return(url: str | None) -> str | None:
    """Raises `Invalid` for a way back that is not an http address, or hides whose it is."""
    if url is None:
        return None
    rule = "must be an http or https address without a user or a password"
    if len(url) > RETURN_MAX or any(ord(char) <= 32 or ord(char) > 126 for char in url):
        raise Invalid(field="return_url", rule=rule)
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named, parts = False, urlsplit("")
    if not named or parts.username is not None:  # empty before a password alone
        raise Invalid(field="return_url", rule=rule)
    return url


def standing(offer: Offer, now: datetime) -> State:
    """An offer's state at a moment."""
    over = offer.expires_at is not None and offer.expires_at <= now
    return State.EXPIRED if offer.state is State.OPEN and over else offer.state


def check_open(offer: Offer, now: datetime) -> Refusal | None:
    """Why an offer can be neither paid nor closed."""
    state = standing(offer, now)
    return None if state is State.OPEN else OfferNotOpen(offer=offer.public, state=str(state))


def check(offer: Offer, payment: Transfer, now: datetime) -> Refusal | None:
    """Why a payment does not fit an offer, or None."""
    refusal = check_open(offer, now)
    if refusal is not None:
        return refusal
    if payment.payee != offer.payee:
        return OfferDiffers(offer=offer.public, field="payee")
    if payment.currency != offer.currency:
        return OfferDiffers(offer=offer.public, field="currency")
    if payment.tip_minor and not offer.tips:
        return TipNotTaken(offer=offer.public)
    price = payment.amount_minor - payment.tip_minor
    least = offer.amount_minor or offer.least_minor
    most = offer.amount_minor or offer.most_minor
    if (least is not None and price < least) or (most is not None and price > most):
        return OfferDiffers(offer.public, "amount_minor", least, most)
    return None


def taken(offer: Offer, payment: Transfer) -> Transfer:
    """The payment as it is ordered: by a code it came in by the camera, and one on the wall may
    have been swapped."""
    return msgspec.structs.replace(
        payment,
        origin=offer.id,
        channel=payment.channel if offer.sort is Sort.LINK else "qr",
        unproven=offer.sort is Sort.STATIC,
        device=offer.device,
    )


def named(code: str | None, link: str | None) -> str | None:
    """What a payment names it by: the text or token of a code, or a link's token; not both."""
    if code is not None and link is not None:
        raise Invalid(field="link", rule="has no place beside code")
    return code or link
