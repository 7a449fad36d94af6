"""What callers see of parties and keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties import handles, parties
from sycee.core.parties.model import ApiKey, Kind, Party, Status
from sycee.core.parties.scopes import Role, permitted
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.problems import RateExceeded


class PartyView(msgspec.Struct, frozen=True):
    """A party as it sees itself, and as the operator sees it."""

    id: str
    kind: Kind
    display_name: str
    handle: str | None
    jurisdiction: str
    zone: str
    tier: str
    status: Status
    roles: list[str]
    created_at: datetime


class DirectoryView(msgspec.Struct, frozen=True):
    """What anyone may know of a party: enough to see whom one is about to pay."""

    id: str
    kind: Kind
    display_name: str
    handle: str
    verified: bool


class PartyState(msgspec.Struct, frozen=True):
    """The answer of a write: an id and states, nothing personal, since it is stored."""

    id: str
    kind: Kind
    status: Status
    tier: str


class MeView(msgspec.Struct, frozen=True):
    """Who the key or session speaks for, what it may do, and what its party could give to a key.

    `house` is the operator, to whom the approval of an envelope is made out: it keeps the pot.
    """

    party: PartyView
    key: str | None
    scopes: list[str]
    grantable: list[str]
    session: str | None = None
    device: str | None = None
    house: str | None = None


class KeyView(msgspec.Struct, frozen=True):
    """An API key without its secret; `last_used_at` is exact to the minute."""

    id: str
    party: str
    name: str
    prefix: str
    scopes: list[str]
    networks: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None
    last_used_at: datetime | None


class KeyState(msgspec.Struct, frozen=True):
    """The answer of a write on keys, as stored: no name, no secret."""

    id: str
    party: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyIssued(msgspec.Struct, frozen=True):
    """A new key. `secret` is shown this once; a repeated request answers null, as nobody has it."""

    key: KeyState
    secret: str | None


def party_view(party: Party) -> PartyView:
    """A party as itself and the operator see it."""
    return PartyView(
        id=party.public_id,
        kind=party.kind,
        display_name=party.display_name,
        handle=party.handle,
        jurisdiction=party.jurisdiction,
        zone=party.zone,
        tier=party.tier,
        status=party.status,
        roles=list(party.roles),
        created_at=party.created_at,
    )


def visible(tx: Tx, caller: Caller, id_: UUID) -> PartyView:
    """A party that the caller may read: itself, or any for the operator; else `NotFound`."""
    if id_ != caller.party and "operator" not in caller.scopes:
        raise NotFound(noun="party", id=public("par", id_))
    return party_view(parties.get(tx, id_))


def in_directory(database: Database, caller: Caller, handle: str) -> DirectoryView:
    """What anyone may know of the party of a handle. Refuses as `look_up`."""
    party = look_up(database, caller.party, handle)
    return DirectoryView(
        party.public_id,
        party.kind,
        party.display_name,
        party.handle or "",
        str(Role.VERIFIED) in party.roles,
    )


def look_up(database: Database, by: UUID, handle: str) -> Party:
    """The party of a handle, counted whether there is one or not.

    Refuses `RateExceeded`; `NotFound` when nobody has the handle or its party is closed.
    """
    with database.transaction() as tx:
        counted = handles.count_look_up(tx, by)
    if not counted:
        raise RateExceeded(per="look-up", retry_after_seconds=handles.LOOK_UP_SECONDS)
    with database.read() as tx:
        id_ = parties.find(tx, handle)
        party = parties.get(tx, id_) if id_ else None
    if party is None or party.handle is None or party.status is Status.CLOSED:
        raise NotFound(noun="handle", id="")
    return party


def me(tx: Tx, caller: Caller) -> MeView:
    """The caller."""
    party = parties.get(tx, caller.party)
    house = parties.operator(tx)
    return MeView(
        party=party_view(party),
        key=None if caller.session else public("key", caller.key_id),
        scopes=sorted(caller.scopes),
        grantable=sorted(permitted(party.kind, party.roles)),
        session=public("ses", caller.session) if caller.session else None,
        device=public("dev", caller.device) if caller.device else None,
        house=public("par", house) if house else None,
    )


def key_view(key: ApiKey) -> KeyView:
    """A key as its owner sees it."""
    return KeyView(
        id=key.public_id,
        party=public("par", key.party),
        name=key.name,
        prefix=f"sk_{key.prefix}",
        scopes=list(key.scopes),
        networks=list(key.networks),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        replaced_by=None if key.replaced_by is None else public("key", key.replaced_by),
        last_used_at=key.last_used_at,
    )
