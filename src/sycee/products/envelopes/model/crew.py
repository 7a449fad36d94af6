"""Groups of people who give to each other, and what is refused of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal

NOUN = "grp"
MEMBERS_MAX = 500
GROUPS_MAX = 50


class Emblem(StrEnum):
    """What a group is, in the place of a name: free text about people would belong in the vault."""

    FAMILY = "family"
    FRIENDS = "friends"
    WORK = "work"
    SCHOOL = "school"
    NEIGHBOURS = "neighbours"
    CLUB = "club"


class Crew(msgspec.Struct, frozen=True):
    """A group as stored: who keeps it, what it is, and how many are in it."""

    id: UUID
    owner: UUID
    emblem: str
    members: int
    created_at: datetime


@dataclass(unsafe_hash=True)
class InvitationUnknown(Refusal):
    """This invitation opens no group.

    It is mistyped, or another one was made in its place. Ask for a new one.
    """

    code = "group-invitation-unknown"
    kind = Kind.NOT_FOUND


@dataclass(unsafe_hash=True)
class GroupFull(Refusal):
    """The group is full, or you are in too many.

    A group has `members_max` people at most, and a person is in `groups_max` groups at most.
    """

    code = "group-full"
    kind = Kind.LIMIT
    members_max: int = MEMBERS_MAX
    groups_max: int = GROUPS_MAX


def grown(crew: Crew, joiner: UUID) -> Crew:
    """The group with one member more, who keeps it if nobody was left; raises `GroupFull`."""
    if crew.members >= MEMBERS_MAX:
        raise GroupFull
    owner = crew.owner if crew.members else joiner
    return msgspec.structs.replace(crew, members=crew.members + 1, owner=owner)


def shrunk(crew: Crew, leaver: UUID, heir: UUID | None) -> Crew:
    """The group with one member less; who kept it hands it on to the next, if there is one."""
    owner = heir if leaver == crew.owner and heir is not None else crew.owner
    return msgspec.structs.replace(crew, members=crew.members - 1, owner=owner)
