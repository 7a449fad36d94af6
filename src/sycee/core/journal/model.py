"""A journal row: what may stand in it, its canonical form and its leaf. Pure.

**Canonical form, version 1.** The bytes of a JSON object by RFC 8785 (JCS): members sorted by name,
no spaces, UTF-8, whole numbers only.

    {"actor":null or uuid,"at":microseconds since 1970,"body":{…},"id":uuid,"parties":[uuid,…],
     "purpose":text,"subject":uuid,"verb":text,"version":1}

`xid` and `ordinal` are not part of it: sealing fixes the place by the leaf's index.

**Leaf.** SHA-256(0x00 ‖ HMAC-SHA256(salt, canonical bytes)); 0x00 is the leaf prefix of RFC 6962
§2.1. The salt is 32 random bytes of the row's own: the leaf tells nothing without it, and
destroying it makes the leaf unlinkable while proofs over it still verify.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from sycee.kit.clock import micros

VERSION = 1
"""Version of the canonical form of the rows written now."""

LONGEST_TEXT = 200
LONGEST_LIST = 1_000
MOST_MEMBERS = 64
LARGEST_INT = 2**53

Body = dict[str, Any]
"""Ids, amounts and states: str ≤ 200 characters, whole numbers, booleans and lists of them."""

VERB = re.compile(r"[a-z][a-z0-9-]{0,39}(?:\.[a-z][a-z0-9-]{0,39}){1,3}")
_MEMBER = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_encode = msgspec.json.Encoder(order="deterministic").encode


class Entry(msgspec.Struct, frozen=True):
    """What an action tells the journal.

    `actor` is who did it (None = the house), `verb` what (`trade.paid`; also the webhook event's
    name), `subject` the id of the trade, transfer or order, `parties` those it concerns: each may
    read the whole `body` as an event. `purpose` says why, in a word (`payment`, `dispute`).
    """

    actor: UUID | None
    verb: str
    subject: UUID
    parties: tuple[UUID, ...]
    purpose: str
    body: Body


class Cursor(NamedTuple):
    """A place in commit order: everything up to and including (xid, ordinal) has been read."""

    xid: int
    ordinal: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.ordinal}"


PUBLIC = UUID(int=6962)
"""In the place of a party: a row that is everybody's business, which `party=PUBLIC` finds."""

START = Cursor(0, -1)
"""Before the first row."""


class Row(msgspec.Struct, frozen=True):
    """A journal row as read back; `salt` is None once an erasure destroyed it."""

    xid: int
    ordinal: int
    id: UUID
    at: datetime
    actor: UUID | None
    verb: str
    subject: UUID
    parties: tuple[UUID, ...]
    purpose: str
    version: int
    body: Body
    salt: bytes | None
    leaf: bytes

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.xid, self.ordinal)


class _Canonical(msgspec.Struct):
    """The members in their sorted order, which msgspec keeps."""

    actor: UUID | None
    at: int
    body: msgspec.Raw
    id: UUID
    parties: Sequence[UUID]
    purpose: str
    subject: UUID
    verb: str
    version: int


def cursor(text: str) -> Cursor:
    """The inverse of `str(cursor)`; raises ValueError for anything else."""
    match = re.fullmatch(r"([0-9]{1,19})-([0-9]{1,9})", text)
    if match is None:
        raise ValueError("must be a cursor that an earlier answer gave")
    return Cursor(int(match[1]), int(match[2]))


def encode_body(body: Body) -> bytes:
    """Canonical JSON of a checked body."""
    return _encode(body)


def canonical(id: UUID, at: datetime, entry: Entry | Row, body: bytes) -> bytes:
    """The canonical bytes of a row, version 1; `body` is what `encode_body` gave."""
    return _encode(
        _Canonical(
            entry.actor,
            micros(at),
            msgspec.Raw(body),
            id,
            entry.parties,
            entry.purpose,
            entry.subject,
            entry.verb,
            VERSION,
        )
    )


def leaf(salt: bytes, canonical_bytes: bytes) -> bytes:
    """SHA-256(0x00 ‖ HMAC-SHA256(salt, canonical bytes)): 32 bytes."""
    return hashlib.sha256(b"\x00" + hmac.digest(salt, canonical_bytes, "sha256")).digest()


def verify(row: Row) -> bool:
    """Whether a row that still has its salt matches its leaf."""
    if row.salt is None:
        return False
    made = leaf(row.salt, canonical(row.id, row.at, row, encode_body(row.body)))
    return hmac.compare_digest(made, row.leaf)


def check(entry: Entry) -> Entry:
    """`entry` itself; raises ValueError for a row that must never be written.

    A wrong entry is a defect in the program, not a refusal: nobody outside chooses what it says.
    """
    _check_verb(entry.verb)
    _check_text("purpose", entry.purpose)
    if len(entry.body) > MOST_MEMBERS:
        raise ValueError(f"a journal body has at most {MOST_MEMBERS} members")
    for name, value in entry.body.items():
        _check_member(name)
        if type(value) is list or type(value) is tuple:
            if len(value) > LONGEST_LIST:
                raise ValueError(f"journal body {name} has more than {LONGEST_LIST} items")
            for item in value:
                _check_scalar(name, item)
        else:
            _check_scalar(name, value)
    return entry


# The program has few verbs and names of members, and each append repeats them.
@lru_cache(maxsize=1_024)
def _check_verb(verb: str) -> None:
    if VERB.fullmatch(verb) is None:
        raise ValueError(f"journal verb {verb!r} is not like trade.paid")


@lru_cache(maxsize=4_096)
def _check_member(name: str) -> None:
    if _MEMBER.fullmatch(name) is None:
        raise ValueError(f"journal body member {name!r} is not like amount_minor")


def _check_scalar(name: str, value: object) -> None:
    if isinstance(value, str):
        _check_text(name, value)
    elif type(value) is int:
        if not -LARGEST_INT <= value <= LARGEST_INT:
            raise ValueError(f"journal body {name} is beyond 2^53")
    elif type(value) is not bool:
        kind = type(value).__name__
        raise ValueError(f"journal body {name} is a {kind}: only ids, amounts and states belong")


def _check_text(name: str, value: str) -> None:
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"journal {name} is longer than {LONGEST_TEXT} characters")
    if not value.isprintable() and _CONTROL.search(value):
        raise ValueError(f"journal {name} has a control character")
