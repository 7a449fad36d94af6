"""The verbs of groups: make, join, leave, remove, invite anew."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.kit.errors import Forbidden, NotFound, Refusal
from sycee.kit.ids import public, token
from sycee.products.envelopes.model import crew as rules
from sycee.products.envelopes.model.crew import NOUN, Crew, Emblem, GroupFull, InvitationUnknown
from sycee.products.envelopes.store import crews as store
from sycee.runtime.db import Tx


class Make(msgspec.Struct, frozen=True):
    """Make a group."""

    by: UUID
    emblem: Emblem


class Join(msgspec.Struct, frozen=True):
    """Join a group by its invitation."""

    by: UUID
    token: str


class Leave(msgspec.Struct, frozen=True):
    """Take somebody out of a group: oneself, or anyone if one keeps it."""

    by: UUID
    crew: UUID
    party: UUID


class Invite(msgspec.Struct, frozen=True):
    """Make another invitation; the last one opens nothing then."""

    by: UUID
    crew: UUID


class Invitation(msgspec.Struct, frozen=True):
    """A group, and the token that lets others in."""

    id: str
    token: str


class Membership(msgspec.Struct, frozen=True):
    """A group, and how many are in it now."""

    id: str
    members: int


def make(tx: Tx, command: Make) -> Invitation:
    """Make a group of one. Raises the maker's standing, `GroupFull`."""
    _check_standing(tx, command.by)
    id_, invitation = tx.new_id(), token()
    store.insert(tx, Crew(id_, command.by, command.emblem, 1, tx.now), _digest(invitation))
    store.join(tx, id_, command.by)
    _note(tx, command.by, "group.made", id_, command.by)
    return Invitation(public(NOUN, id_), invitation)


def join(tx: Tx, command: Join) -> Membership:
    """Join a group; again changes nothing. Raises `InvitationUnknown`, `GroupFull`, standing."""
    found = store.invited(tx, _digest(command.token))
    crew = None if found is None else store.lock(tx, found)
    if crew is None:
        raise InvitationUnknown
    if store.among(tx, [(crew.id, command.by)]):
        return _membership(crew)
    _check_standing(tx, command.by)
    after = rules.grown(crew, command.by)
    store.join(tx, crew.id, command.by)
    store.save(tx, after)
    _note(tx, command.by, "group.joined", crew.id, command.by)
    return _membership(after)


def leave(tx: Tx, command: Leave) -> Membership:
    """Take somebody out; who kept the group hands it to its earliest member.

    Raises `NotFound` for a group that `by` is not in, `Forbidden`.
    """
    crew = _own(tx, command.crew, command.by)
    if command.party != command.by and crew.owner != command.by:
        raise Forbidden("to keep the group")
    if not store.leave(tx, crew.id, command.party):
        raise NotFound(noun="party", id=public("par", command.party))
    rest = store.members(tx, crew.id, 1)
    after = rules.shrunk(crew, command.party, rest[0] if rest else None)
    store.save(tx, after)
    _note(tx, command.by, "group.left", crew.id, command.party)
    return _membership(after)


def invite(tx: Tx, command: Invite) -> Invitation:
    """Make another invitation. Raises `NotFound`, `Forbidden` for whoever does not keep it."""
    crew = _own(tx, command.crew, command.by)
    if crew.owner != command.by:
        raise Forbidden("to keep the group")
    invitation = token()
    store.invite(tx, crew.id, _digest(invitation))
    return Invitation(public(NOUN, crew.id), invitation)


def _own(tx: Tx, id_: UUID, by: UUID) -> Crew:
    crew = store.lock(tx, id_)
    if crew is None or not store.among(tx, [(id_, by)]):
        raise NotFound(noun="group", id=public(NOUN, id_))
    return crew


def _check_standing(tx: Tx, party: UUID) -> None:
    refusal = parties.get(tx, party).refusal
    if isinstance(refusal, Refusal):
        raise refusal
    if len(store.of_party(tx, party, rules.GROUPS_MAX)) == rules.GROUPS_MAX:
        raise GroupFull


def _digest(invitation: str) -> bytes:
    return sha256(invitation.encode()).digest()


def _membership(crew: Crew) -> Membership:
    return Membership(public(NOUN, crew.id), crew.members)


def _note(tx: Tx, by: UUID, verb: str, crew: UUID, whom: UUID) -> None:
    body: dict[str, int | str] = {"group": public(NOUN, crew), "party": public("par", whom)}
    concerned = tuple(dict.fromkeys((by, whom)))
    append(tx, [Entry(by, verb, crew, concerned, "gift", body)])
