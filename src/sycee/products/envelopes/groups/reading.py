"""What is seen of a group, by those who are in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.envelopes.model.crew import GROUPS_MAX, MEMBERS_MAX, NOUN, Emblem
from sycee.products.envelopes.store import crews as store
from sycee.runtime.db import Tx


class MemberView(msgspec.Struct, frozen=True):
    """Somebody in a group."""

    party: str
    name: str


class GroupView(msgspec.Struct, frozen=True):
    """A group, who keeps it, and who is in it, the earliest first; in a list the first eight."""

    id: str
    emblem: Emblem
    owner: str
    size: int
    members: list[MemberView]
    created_at: datetime


def listing(tx: Tx, party: UUID) -> list[GroupView]:
    """The groups that somebody is in, the newest first, each with its first members."""
    ids = store.of_party(tx, party, GROUPS_MAX)
    return [_view(tx, id_, 8) for id_ in ids]


def one(tx: Tx, party: UUID, id_: UUID) -> GroupView:
    """A group that one is in; raises `NotFound`."""
    if not store.among(tx, [(id_, party)]):
        raise NotFound(noun="group", id=public(NOUN, id_))
    return _view(tx, id_, MEMBERS_MAX)


def _view(tx: Tx, id_: UUID, most: int) -> GroupView:
    crew = store.read(tx, [id_])[id_]
    ids = store.members(tx, id_, most)
    names = {each: found.display_name for each, found in parties.read(tx, ids).items()}
    return GroupView(
        id=public(NOUN, id_),
        emblem=Emblem(crew.emblem),
        owner=public("par", crew.owner),
        size=crew.members,
        members=[MemberView(public("par", each), names.get(each, "")) for each in ids],
        created_at=crew.created_at,
    )
