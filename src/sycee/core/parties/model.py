"""Parties as values: kinds, what a name may look like, and the refusals. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from uuid import UUID
from zoneinfo import available_timezones

import msgspec

from sycee.kit.errors import Invalid, Refusal
from sycee.kit.errors import Kind as Sort
from sycee.kit.ids import public, uuid8


class Kind(StrEnum):
    """What sort of party it is; fixed for life."""

    PERSON = "person"
    MERCHANT = "merchant"
    BILLER = "biller"
    DRIVER = "driver"
    OPERATOR = "operator"
    REGULATOR = "regulator"


class Status(StrEnum):
    """Active; restricted (may be paid nothing new and pay nothing); closed for good."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    CLOSED = "closed"


HOUSE_KINDS = frozenset({Kind.OPERATOR, Kind.REGULATOR})
"""Those who may have a handle that is a reserved word."""

PURSE: dict[Kind, str] = {
    Kind.PERSON: "wallet",
    Kind.MERCHANT: "merchant",
    Kind.BILLER: "merchant",
    Kind.DRIVER: "wallet",
    Kind.OPERATOR: "wallet",
}
"""The code of the account a party of a kind receives money on; a regulator receives none."""

FLOOR: dict[str, int] = {"wallet": 0, "merchant": 0}
"""The accounts a party may have, by code, and the least each may hold."""


class NewParty(msgspec.Struct, frozen=True):
    """A party to be. `display_name` is public and the only plain personal datum in the house."""

    kind: Kind
    display_name: str
    jurisdiction: str = "CN"
    zone: str = "Asia/Shanghai"
    tier: str = "standard"
    handle: str | None = None


class Party(msgspec.Struct, frozen=True):
    """A party as stored. `zone` is IANA's and says what "a day" is; `tier` names its limits."""

    id: UUID
    kind: Kind
    display_name: str
    handle: str | None
    jurisdiction: str
    zone: str
    tier: str
    status: Status
    roles: tuple[str, ...]
    created_at: datetime
    changed_at: datetime

    @property
    def public_id(self) -> str:
        return public("par", self.id)

    @property
    def refusal(self) -> Refusal | None:
        """Why this party may start nothing new, or None when it is active."""
        return standing(self.id, self.status)

    def purse_ids(self, currency: str) -> tuple[UUID, ...]:
        """The account it receives money on in a currency, opened or not; none for a regulator."""
        code = PURSE.get(self.kind)
        return () if code is None else (account_id(self.id, code, currency),)


class Account(msgspec.Struct, frozen=True):
    """One of a party's ledger accounts."""

    party: UUID
    code: str
    currency: str
    account: UUID
    opened_at: datetime


class Purse(msgspec.Struct, frozen=True):
    """Where a party receives money, with what a policy question needs beside it."""

    party: UUID
    kind: Kind
    status: Status
    jurisdiction: str
    zone: str
    tier: str
    code: str
    account: UUID

    @property
    def refusal(self) -> Refusal | None:
        """Why this party may start nothing new, or None when it is active."""
        return standing(self.party, self.status)


class ApiKey(msgspec.Struct, frozen=True):
    """An API key as stored, without its secret. `last_used_at` is exact to the minute.

    `seat` is the device in whose session it was made, None for one that the house made.
    """

    id: UUID
    party: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: UUID | None
    last_used_at: datetime | None
    seat: UUID | None = None

    @property
    def public_id(self) -> str:
        return public("key", self.id)

    def valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(unsafe_hash=True)
class PartyRestricted(Refusal):
    """The party is restricted.

    An operator has restricted it: it keeps what it has and what it owes, but starts nothing new.
    Ask the operator to reinstate it.
    """

    code = "party-restricted"
    kind = Sort.FORBIDDEN
    party: str


@dataclass(unsafe_hash=True)
class PartyClosed(Refusal):
    """The party is closed.

    Closing is final. Nothing can be paid to or by it any more.
    """

    code = "party-closed"
    kind = Sort.CONFLICT
    party: str


@dataclass(unsafe_hash=True)
class PartyHasBalance(Refusal):
    """The party still has money or money reserved.

    A party closes only when each of its accounts stands at zero with nothing reserved; `account`
    names the first that does not. Pay it out or wait for its holds to end, then close again.
    """

    code = "party-has-balance"
    kind = Sort.CONFLICT
    party: str
    account: str


@dataclass(unsafe_hash=True)
class PartyHasUnfinished(Refusal):
    """Something of the party's is still open.

    `open` names what may still bring it money or take some: a trade in which it buys, sells or gets
    a part, a refund, an envelope, a gift, a payment on its way to the bank. Each has its own end:
    let it be finished or cancelled, or wait for its deadline, then close again.
    """

    code = "party-has-unfinished"
    kind = Sort.CONFLICT
    party: str
    open: tuple[str, ...]


@dataclass(unsafe_hash=True)
class PartyHasNoPurse(Refusal):
    """A party of this kind receives no money.

    Regulators watch; they have no account to be paid on.
    """

    code = "party-has-no-purse"
    kind = Sort.CONFLICT
    party: str


@dataclass(unsafe_hash=True)
class HandleTaken(Refusal):
    """The handle belongs to someone else.

    Handles are unique without regard to case and to letters that look alike; a closed party keeps
    its own, and one that was given up is kept for a year. Choose another.
    """

    code = "party-handle-taken"
    kind = Sort.CONFLICT
    field: str = "handle"


@dataclass(unsafe_hash=True)
class OperatorSeated(Refusal):
    """There is an operator already.

    A database has one operator; another house needs a database of its own.
    """

    code = "party-operator-seated"
    kind = Sort.CONFLICT
    operator: str


STANDING_REFUSALS = (PartyRestricted, PartyClosed, PartyHasNoPurse)
"""Why a party may start nothing new with its purse; `parties.purse` puts them in its place."""


def standing(party: UUID, status: Status) -> Refusal | None:
    """The refusal that goes with a status, or None for an active party."""
    if status is Status.CLOSED:
        return PartyClosed(party=public("par", party))
    if status is Status.RESTRICTED:
        return PartyRestricted(party=public("par", party))
    return None


def account_id(party: UUID, code: str, currency: str) -> UUID:
    """The id of a party's account: the same for every process that works it out (RFC 9562 §5.8).

    Two that open it at once insert one row, so nobody has to read back who won. The first 48 bits
    are the party's own (its time of making), which keeps accounts of one time on the same pages.
    """
    digest = sha256(f"sycee.account|{party}|{code}|{currency}".encode()).digest()
    return uuid8(party.bytes[:6] + digest[:10])


NAME_MAX = 64
_HANDLE = re.compile(r"[a-z0-9](?:[._-]?[a-z0-9]){1,29}", re.ASCII)
_JURISDICTION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", re.ASCII)
_TIER = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_MARKS_MAX = 4
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that draw nothing: the Hangul fillers, blank Braille, inherent vowels."""


def _ideographic(char: str) -> bool:
    """Whether a character is of the two ideographic planes, assigned or not.

    Unicode gives rare family names a code there before Python's tables know of it.
    """
    return 0x20000 <= ord(char) < 0x40000 and ord(char) & 0xFFFE != 0xFFFE


def _unseen(char: str) -> bool:
    """Whether a character cannot be seen: controls, bidi overrides, private use, separators."""
    if char in _BLANK:
        return True
    category = unicodedata.category(char)
    if category == "Cn":
        return not _ideographic(char)
    return category[0] == "C" or category in {"Zl", "Zp"} or (category == "Zs" and char != " ")


def check_name(text: str, field: str = "display_name") -> str:
    """`text` in NFC without outer spaces, or `Invalid`: 1 to 64 characters that a person can see.

    Refused: controls, bidi overrides and other format characters, line breaks, spaces in a row,
    more than four marks on one letter, and names without a letter or digit. Source: Unicode TR 36.
    """
    if any(unicodedata.category(char) == "Cs" for char in text):
        raise Invalid(field=field, rule="is not valid Unicode")
    name = unicodedata.normalize("NFC", text).strip(" ")
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid(field=field, rule=f"must have from 1 to {NAME_MAX} characters")
    if any(_unseen(char) for char in name):
        raise Invalid(field=field, rule="has a character that cannot be seen")
    if "  " in name:
        raise Invalid(field=field, rule="has more than one space in a row")
    if not any(unicodedata.category(char)[0] in "LN" or _ideographic(char) for char in name):
        raise Invalid(field=field, rule="must have a letter or a digit")
    marks = 0
    for char in name:
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        if marks > _MARKS_MAX:
            raise Invalid(field=field, rule=f"has more than {_MARKS_MAX} marks on one letter")
    return name


def check_handle(text: str, field: str = "handle") -> str:
    """`text` in lower case, or `Invalid`: 2 to 30 of a–z, 0–9, single `.`, `_`, `-` between."""
    handle = text.lower()
    if not text.isascii() or len(handle) > 30 or _HANDLE.fullmatch(handle) is None:
        raise Invalid(
            field=field, rule="must have 2 to 30 of a-z and 0-9, with single . _ - in between"
        )
    return handle


def check_zone(text: str, field: str = "zone") -> str:
    """`text` itself, or `Invalid` when the IANA database has no such zone."""
    if text not in _zones():
        raise Invalid(field=field, rule="must be an IANA time zone")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


def check_tier(text: str, field: str = "tier") -> str:
    """`text` itself, or `Invalid`: a lower-case word of up to 32 letters, digits and dashes."""
    if _TIER.fullmatch(text) is None:
        raise Invalid(field=field, rule="must have 1 to 32 of a-z, 0-9 and -")
    return text


def check(new: NewParty) -> NewParty:
    """`new` with its texts in their stored form, or `Invalid` naming the first field that fails."""
    name = check_name(new.display_name)
    handle = None if new.handle is None else check_handle(new.handle)
    if _JURISDICTION.fullmatch(new.jurisdiction) is None:
        raise Invalid(field="jurisdiction", rule="must be an ISO 3166 code such as CN or US-CA")
    check_zone(new.zone)
    check_tier(new.tier)
    return msgspec.structs.replace(new, display_name=name, handle=handle)
