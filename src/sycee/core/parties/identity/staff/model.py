"""A member of the staff, and what refuses one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties.scopes import Duty
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

NOUN = "stf"
MOST = 200
"""How many people may work for one party at a time."""


class Member(msgspec.Struct, frozen=True):
    """Someone who works for a party; `refund_minor` is what they may give back in a day."""

    shop: UUID
    id: UUID
    person: UUID
    duty: Duty
    refund_minor: int
    currency: str
    added_at: datetime
    removed_at: datetime | None = None

    @property
    def public(self) -> str:
        return public(NOUN, self.id)


class Working(msgspec.Struct, frozen=True):
    """Who is at a device that has a duty: their devices, their limit, and when their day began.

    A device that was asked in for nobody by name has no limit to give back by.
    """

    member: Member | None
    devices: tuple[UUID, ...]
    day_began_at: datetime

    def refund_limit(self, currency: str) -> int:
        """What may be given back in a day in a currency."""
        if self.member is None or self.member.currency != currency:
            return 0
        return self.member.refund_minor


@dataclass(unsafe_hash=True)
class StaffAlready(Refusal):
    """This person works here already.

    `staff` is the entry. Change its limit, ask another of the person's devices in, or remove it
    first.
    """

    code = "staff-already"
    kind = Kind.CONFLICT
    staff: str


@dataclass(unsafe_hash=True)
class StaffTooMany(Refusal):
    """There are as many people on the staff as there may be.

    Remove someone who no longer works here.
    """

    code = "staff-too-many"
    kind = Kind.LIMIT
    limit: int
