"""An envelope, who may take from it, and what is refused, in order of precedence. Pure."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.kit.money import check_amount, check_currency
from sycee.products.envelopes.model import shares

PRODUCT = "envelopes"
"""What gates and limits call this product."""

NOUN = "env"
LIFE = timedelta(hours=24)
LIFE_MOST = timedelta(days=3)
TRIES = 10
"""Wrong passwords that one person may say to one envelope."""

TRIES_ALL = 200
"""Wrong passwords that one envelope hears from all people together."""

NAMED_MAX = 100


class Greeting(StrEnum):
    """What stands on the cover, in the reader's own language; free words are sealed beside it."""

    WISH = "wish"
    FORTUNE = "fortune"
    HEALTH = "health"
    LUCK = "luck"
    LOVE = "love"
    THANKS = "thanks"


class State(StrEnum):
    """Open while shares are left and its time runs; then empty or expired, for good."""

    OPEN = "open"
    EMPTY = "empty"
    EXPIRED = "expired"


class Envelope(msgspec.Struct, frozen=True):
    """An envelope as stored. `returned` are places whose taker could not be paid after all.

    `crew` is the group it is for; `newcomers` says that only who joined the house after it was sent
    may take; `wrong` is how many wrong passwords it has heard.
    """

    id: UUID
    sender: UUID
    account: UUID
    kind: shares.Kind
    currency: str
    amount_minor: int
    count: int
    cover: str
    password: bytes | None
    salt: bytes
    named: tuple[UUID, ...]
    commitment: bytes
    seed: bytes
    state: State
    taken: int
    claimed: int
    claimed_minor: int
    refunded_minor: int
    returned: tuple[int, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    crew: UUID | None = None
    newcomers: bool = False
    greeting: str = Greeting.WISH
    wrong: int = 0

    @property
    def left(self) -> int:
        """Shares that nobody has taken."""
        return self.count - self.taken + len(self.returned)

    @property
    def held_minor(self) -> int:
        """What the pot holds."""
        return self.amount_minor - self.claimed_minor - self.refunded_minor


class Taker(msgspec.Struct, frozen=True):
    """Who wants a share: what they said, whether they are in the envelope's group, wrong tries.

    `joined_at` is when they joined the house; read where it matters.
    """

    party: UUID
    said: str | None = None
    member: bool = False
    tries: int = 0
    joined_at: datetime | None = None


class Bounds(msgspec.Struct, frozen=True):
    """The most that one envelope may be: what one transaction can write, data of this house."""

    count_max: int
    share_max_minor: int


@dataclass(unsafe_hash=True)
class EnvelopeUnknown(Refusal):
    """There is no such envelope.

    The link is mistyped or incomplete. Ask for it again.
    """

    code = "envelope-unknown"
    kind = Kind.NOT_FOUND


@dataclass(unsafe_hash=True)
class EnvelopeTooLarge(Refusal):
    """The envelope has too many shares, or too much in them.

    `count_max` shares at most, and `share_max_minor` in each on average.
    """

    code = "envelope-too-large"
    kind = Kind.LIMIT
    count_max: int
    share_max_minor: int


@dataclass(unsafe_hash=True)
class EnvelopeNotForYou(Refusal):
    """The envelope is for others.

    It names people or is for a group, and you are not among them. A link that was passed on opens
    nothing for others.
    """

    code = "envelope-not-for-you"
    kind = Kind.FORBIDDEN
    envelope: str


@dataclass(unsafe_hash=True)
class EnvelopeForNewcomers(Refusal):
    """The envelope welcomes somebody new.

    Only a person who joined after it was sent may open it.
    """

    code = "envelope-for-newcomers"
    kind = Kind.FORBIDDEN
    envelope: str


@dataclass(unsafe_hash=True)
class EnvelopeExpired(Refusal):
    """The envelope's time is over.

    What was left in it has gone back to its sender.
    """

    code = "envelope-expired"
    kind = Kind.CONFLICT
    envelope: str


@dataclass(unsafe_hash=True)
class EnvelopeEmpty(Refusal):
    """All shares are taken.

    Others were faster. Look at the envelope to see who had the best luck.
    """

    code = "envelope-empty"
    kind = Kind.CONFLICT
    envelope: str


@dataclass(unsafe_hash=True)
class PasswordWrong(Refusal):
    """The password is not the one.

    `tries_left` more may be said by you to this envelope.
    """

    code = "envelope-password-wrong"
    kind = Kind.FORBIDDEN
    envelope: str
    tries_left: int


@dataclass(unsafe_hash=True)
class PasswordTriesOver(Refusal):
    """Too many wrong passwords.

    This envelope does not listen any more, not even to the right one: you have guessed too often,
    or all people together have. What is left goes back to its sender at the end.
    """

    code = "envelope-tries-over"
    kind = Kind.LIMIT
    envelope: str


@dataclass(unsafe_hash=True)
class SenderLacksFunds(Refusal):
    """The sender has too little available for the envelope.

    Nothing was moved. The refusal stays on the Idempotency-Key: top up and use a new one.
    """

    code = "envelope-sender-lacks-funds"
    kind = Kind.CONFLICT
    amount_minor: int


def check(amount_minor: int, currency: str, count: int, bounds: Bounds) -> None:
    """Refuse what cannot be an envelope: `Invalid`, `EnvelopeTooLarge`."""
    check_amount(amount_minor)
    check_currency(currency)
    if count < 1:
        raise Invalid("shares", "must be at least 1")
    if count > amount_minor:
        raise Invalid("shares", "must not be more than the amount has minor units")
    if count > bounds.count_max or amount_minor > bounds.share_max_minor * count:
        raise EnvelopeTooLarge(bounds.count_max, bounds.share_max_minor)


def spoken(key: bytes, password: str) -> str:
    """A spoken password as a command carries it: under the house's key, so that nobody who holds
    the database alone can guess it. Case, width and spaces do not matter.
    """
    said = "".join(unicodedata.normalize("NFKC", password).casefold().split())
    return hmac.digest(key, b"password\0" + said.encode(), "sha256").hex()


def digest(salt: bytes, said: str) -> bytes:
    """What `spoken` gave, as it is kept: two envelopes with one password do not look alike."""
    return hmac.digest(salt, said.encode(), "sha256")


def refuse(envelope: Envelope, by: Taker, now: datetime) -> Refusal | None:
    """Why somebody who has no share yet gets none, or None. Time is looked at before shares."""
    name = public(NOUN, envelope.id)
    if not welcome(envelope, by.party, by.member):
        return EnvelopeNotForYou(envelope=name)
    if envelope.newcomers and (by.joined_at is None or by.joined_at <= envelope.created_at):
        return EnvelopeForNewcomers(envelope=name)
    if envelope.state is State.EXPIRED or now >= envelope.expires_at:
        return EnvelopeExpired(envelope=name)
    if envelope.password is not None:
        if by.tries >= TRIES or envelope.wrong >= TRIES_ALL:
            return PasswordTriesOver(envelope=name)
        if not hmac.compare_digest(digest(envelope.salt, by.said or ""), envelope.password):
            return PasswordWrong(envelope=name, tries_left=TRIES - by.tries - 1)
    if envelope.left == 0:
        return EnvelopeEmpty(envelope=name)
    return None


def welcome(envelope: Envelope, party: UUID, member: bool) -> bool:
    """Whether an envelope is for somebody; `member` says if they are in its group."""
    if envelope.crew is not None:
        return member
    return not envelope.named or party in envelope.named


def hear(envelope: Envelope) -> Envelope:
    """The envelope after one more wrong password."""
    return msgspec.structs.replace(envelope, wrong=envelope.wrong + 1)


def take(envelope: Envelope) -> tuple[Envelope, int]:
    """The envelope with one share less, and the place of the share that was taken."""
    if envelope.returned:
        place, *rest = envelope.returned
        return msgspec.structs.replace(envelope, returned=tuple(rest)), place
    return msgspec.structs.replace(envelope, taken=envelope.taken + 1), envelope.taken


def put_back(envelope: Envelope, place: int) -> Envelope:
    """The envelope with a share that could not be paid."""
    return msgspec.structs.replace(envelope, returned=(*envelope.returned, place))


def settle(envelope: Envelope, count: int, minor: int, now: datetime) -> Envelope:
    """The envelope after so many shares were paid; empty when none is left."""
    done = msgspec.structs.replace(
        envelope, claimed=envelope.claimed + count, claimed_minor=envelope.claimed_minor + minor
    )
    if done.left == 0:
        return msgspec.structs.replace(done, state=State.EMPTY, ended_at=now)
    return done


def expire(envelope: Envelope, now: datetime) -> Envelope | None:
    """The envelope at its end, what is left going back; None if there is nothing to do."""
    if envelope.state is not State.OPEN or now < envelope.expires_at:
        return None
    return msgspec.structs.replace(
        envelope, state=State.EXPIRED, refunded_minor=envelope.held_minor, ended_at=now
    )
