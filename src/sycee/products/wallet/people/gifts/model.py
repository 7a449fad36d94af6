"""A gift, what may become of it, and why not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, Kind, NotFound, Refusal
from sycee.kit.ids import public

NOUN = "gft"
EXPIRES = timedelta(days=14)
EXPIRES_MAX = timedelta(days=90)
WAITING_MAX = 100
"""How many gifts of one sender may wait to be opened."""

SEND, OPEN, RETURN = "gift.send", "gift.open", "gift.return"
"""Why the money of a gift moves."""


class Card(StrEnum):
    """What the gift looks like until it is opened, and after."""

    PLAIN = "plain"
    BIRTHDAY = "birthday"
    THANKS = "thanks"
    WEDDING = "wedding"
    BABY = "baby"
    FESTIVAL = "festival"
    TRAVEL = "travel"


class State(StrEnum):
    """A gift waits until it is opened (`claimed`) or its money goes back (`returned`)."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RETURNED = "returned"


class Why(StrEnum):
    """Why a gift went back: its time was over, it was declined, or its sender took it back."""

    EXPIRED = "expired"
    DECLINED = "declined"
    TAKEN_BACK = "taken-back"


class Gift(msgspec.Struct, frozen=True):
    """A gift as stored. Without a recipient it is a link, kept as SHA-256 of its token.

    `account` is the sender's, to which it goes back; `transfer` the posting that ended it.
    """

    id: UUID
    sender: UUID
    recipient: UUID | None
    digest: bytes | None
    amount_minor: int
    currency: str
    card: Card
    memo: bool
    state: State
    claimed_by: UUID | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    account: UUID
    why: Why | None
    transfer: UUID | None

    @property
    def public(self) -> str:
        return public(NOUN, self.id)


@dataclass(unsafe_hash=True)
class GiftNotWaiting(Refusal):
    """The gift was opened, or has gone back.

    `state` says which; `why` why it went back: expired, declined or taken-back. Nothing was moved.
    """

    code = "gift-not-waiting"
    kind = Kind.CONFLICT
    gift: str
    state: str
    why: str | None = None


@dataclass(unsafe_hash=True)
class GiftIsOwn(Refusal):
    """The gift is your own.

    You cannot open what you gave; take it back instead.
    """

    code = "gift-is-own"
    kind = Kind.CONFLICT
    gift: str


@dataclass(unsafe_hash=True)
class GiftsTooMany(Refusal):
    """Too many of your gifts wait to be opened.

    `limit` may wait at a time. Take some back, or wait until they are opened.
    """

    code = "gifts-too-many"
    kind = Kind.LIMIT
    limit: int


def expiry(now: datetime, wanted: datetime | None) -> datetime:
    """When a gift goes back; `Invalid` for a time that is past or more than 90 days away."""
    if wanted is None:
        return now + EXPIRES
    if wanted.tzinfo is None or not now < wanted <= now + EXPIRES_MAX:
        raise Invalid("expires_at", "must be a time with a zone within the next 90 days")
    return wanted


def standing(gift: Gift, now: datetime) -> tuple[State, Why | None]:
    """A gift's state at a moment: one past its time is expired before the sweep says so."""
    if gift.state is State.WAITING and gift.expires_at <= now:
        return State.RETURNED, Why.EXPIRED
    return gift.state, gift.why


def check_waiting(gift: Gift, now: datetime) -> Refusal | None:
    """Why nothing can be done with a gift any more."""
    state, why = standing(gift, now)
    if state is State.WAITING:
        return None
    return GiftNotWaiting(gift=gift.public, state=str(state), why=None if why is None else str(why))


def check_open(gift: Gift | None, by: UUID, digest: bytes | None, now: datetime) -> Refusal | None:
    """Why `by` cannot open a gift, named by its id or by the digest of its link's token."""
    if gift is None:
        return NotFound(noun="gift", id="")
    if gift.sender == by:
        return GiftIsOwn(gift=gift.public)
    if gift.digest != digest if gift.recipient is None else gift.recipient != by:
        return NotFound(noun="gift", id=gift.public)
    return check_waiting(gift, now)


def claimed(gift: Gift, by: UUID, transfer: UUID, now: datetime) -> Gift:
    """The gift after it was opened."""
    return msgspec.structs.replace(
        gift, state=State.CLAIMED, claimed_by=by, transfer=transfer, ended_at=now
    )


def returned(gift: Gift, why: Why, transfer: UUID, now: datetime) -> Gift:
    """The gift after its money went back."""
    return msgspec.structs.replace(
        gift, state=State.RETURNED, why=why, transfer=transfer, ended_at=now
    )
