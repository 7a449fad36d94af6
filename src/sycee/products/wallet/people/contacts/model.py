"""A contact and what may be wrong with one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal

CONTACTS_MAX = 2_000
IMPORT_MAX = 200


class Contact(msgspec.Struct, frozen=True):
    """A contact as stored: `sealed` is the owner's own name for the party."""

    owner: UUID
    party: UUID
    favourite: bool
    blocked: bool
    sealed: bytes | None
    added_at: datetime


@dataclass(unsafe_hash=True)
class ContactsFull(Refusal):
    """There are as many contacts as one may have.

    Remove some first.
    """

    code = "contacts-full"
    kind = Kind.LIMIT
    limit: int


@dataclass(unsafe_hash=True)
class ContactIsSelf(Refusal):
    """One is not a contact of one's own."""

    code = "contact-is-self"
    kind = Kind.INVALID
