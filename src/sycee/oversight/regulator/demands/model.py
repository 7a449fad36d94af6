"""Demands as values: what must be in one, narrowing, and the refusals. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

NOUN = "dmd"
SUBJECTS_MAX = 100
GAG_DAYS_MAX = 366
"""A gag without an end is no gag but a secret: a year, and then the person is told."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class Field(StrEnum):
    """What can be demanded of a person."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH_DATE = "birth-date"
    STATEMENT = "statement"


class State(StrEnum):
    """Where a demand stands."""

    RECEIVED = "received"
    APPROVED_ONCE = "approved-once"
    GRANTED = "granted"
    ANSWERED = "answered"
    DECLINED = "declined"


class Extent(msgspec.Struct, frozen=True):
    """Whom, what, and of which time: statements cover since ≤ posted < until."""

    subjects: tuple[str, ...]
    fields: tuple[Field, ...]
    since: datetime | None = None
    until: datetime | None = None

    @property
    def canonical(self) -> bytes:
        """The same bytes for the same extent, in whatever order it was written."""
        ordered = Extent(
            tuple(sorted(set(self.subjects))),
            tuple(sorted(set(self.fields))),
            self.since,
            self.until,
        )
        return _encode(ordered)


class Demand(msgspec.Struct, frozen=True):
    """A demand as stored; `sealed` is the verbatim request under the demand's own key."""

    id: UUID
    authority: str
    legal_basis: str
    offence: str
    sha256: bytes
    sealed: bytes
    asked: bytes
    gag_until: datetime | None
    gag_basis: str | None
    received_by: UUID
    received_at: datetime
    state: State
    granted: bytes | None
    answered_at: datetime | None
    answer: bytes | None
    told_at: datetime | None

    @property
    def public_id(self) -> str:
        return public(NOUN, self.id)

    def gagged(self, now: datetime) -> bool:
        """Whether the people concerned may not be told yet."""
        return self.gag_until is not None and now < self.gag_until


class Word(msgspec.Struct, frozen=True):
    """Someone's word on a demand."""

    credential: UUID
    party: UUID
    kind: str
    at: datetime


@dataclass(unsafe_hash=True)
class DemandIncomplete(Refusal):
    """The demand lacks what the law wants of one.

    `missing` names the parts: without an authority, a legal basis, the request word for word, the
    people, and what is wanted of them, nobody's data is looked for. Send it back with this list.
    """

    code = "demand-incomplete"
    kind = Kind.INVALID
    missing: tuple[str, ...]


@dataclass(unsafe_hash=True)
class DemandGrantWider(Refusal):
    """More would be granted than was demanded.

    `field` names the part. A grant may only narrow: fewer people, fewer fields, a shorter time.
    """

    code = "demand-grant-wider"
    kind = Kind.INVALID
    field: str


@dataclass(unsafe_hash=True)
class DemandGrantDiffers(Refusal):
    """The two approvals do not agree.

    The second person approves exactly what the first one granted, or declines.
    """

    code = "demand-grant-differs"
    kind = Kind.CONFLICT
    demand: str


@dataclass(unsafe_hash=True)
class DemandNeedsAnother(Refusal):
    """It takes two people to grant a demand.

    Whoever has given a word on it cannot give another. Two people are two devices, each with a
    passkey touched in the last five minutes. An API key is the eyes of the device that it was made
    on; all keys of a party that the house made are one pair.
    """

    code = "demand-needs-another"
    kind = Kind.FORBIDDEN
    demand: str


@dataclass(unsafe_hash=True)
class DemandNotStanding(Refusal):
    """The demand is not in the state for that.

    `state` says where it is: words are given while it is open, and only what two people granted is
    answered, once.
    """

    code = "demand-not-standing"
    kind = Kind.CONFLICT
    demand: str
    state: str


def missing(
    authority: str,
    legal_basis: str,
    text: str,
    asked: Extent,
    gag_until: datetime | None,
    gag_basis: str | None,
) -> tuple[str, ...]:
    """The parts that a demand lacks, in the order in which they are looked for."""
    period = asked.since is not None and asked.until is not None and asked.since < asked.until
    wanting = (
        ("authority", authority.strip()),
        ("legal_basis", legal_basis.strip()),
        ("text", text.strip()),
        ("subjects", asked.subjects),
        ("fields", asked.fields),
        ("period", period or Field.STATEMENT not in asked.fields),
        ("gag_basis", gag_until is None or (gag_basis or "").strip()),
        ("gag_until", gag_basis is None or gag_until is not None),
    )
    return tuple(name for name, there in wanting if not there)


def check_narrower(asked: Extent, granted: Extent) -> None:
    """Refuse `DemandGrantWider` unless a grant lies inside what was demanded."""
    if not granted.subjects or not set(granted.subjects) <= set(asked.subjects):
        raise DemandGrantWider(field="subjects")
    if not granted.fields or not set(granted.fields) <= set(asked.fields):
        raise DemandGrantWider(field="fields")
    if Field.STATEMENT not in granted.fields:
        return
    if granted.since is None or asked.since is None or granted.since < asked.since:
        raise DemandGrantWider(field="since")
    if granted.until is None or asked.until is None or granted.until > asked.until:
        raise DemandGrantWider(field="until")


def extent(canonical: bytes) -> Extent:
    """The inverse of `Extent.canonical`."""
    return msgspec.json.decode(canonical, type=Extent)


def digest_of(content: bytes) -> bytes:
    """The SHA-256 of a verbatim request or a sealed answer, as the authority can make it too."""
    return hashlib.sha256(content).digest()


def details(fields: Sequence[Field]) -> list[str]:
    """The fields that stand in the vault."""
    return [str(field) for field in fields if field is not Field.STATEMENT]
