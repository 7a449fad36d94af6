"""What callers see of parties and keys: views, and the commands behind the routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from sycee.core.parties import apikeys, handles, onboarding, parties
from sycee.core.parties.apikeys import ApiKey, Secret
from sycee.core.parties.model import Kind, NewParty, Party, Status
from sycee.core.parties.scopes import Role, permitted
from sycee.core.policy.model import Initiator
from sycee.kit.errors import Forbidden, NotFound
from sycee.kit.ids import parse, public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page
from sycee.runtime.http.problems import RateExceeded
from sycee.runtime.perform import Call, perform_one

C = TypeVar("C", bound=msgspec.Struct)


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


class ChangeStatus(msgspec.Struct, frozen=True):
    """Restrict, reinstate or close a party."""

    party: UUID
    by: UUID


class SetTier(msgspec.Struct, frozen=True):
    """Move a party to a tier, on the strength of these kinds of checks."""

    party: UUID
    tier: str
    evidence: tuple[str, ...]
    actor: UUID


class Create(msgspec.Struct, frozen=True):
    """Add a party."""

    new: NewParty
    by: UUID


class Rename(msgspec.Struct, frozen=True):
    """Change a party's public names; None stays."""

    party: UUID
    display_name: str | None
    handle: str | None
    by: UUID


class IssueKey(msgspec.Struct, frozen=True):
    """Issue an API key."""

    party: UUID
    name: str
    scopes: list[str]
    expires_at: datetime | None
    networks: list[str]
    by: UUID


class RotateKey(msgspec.Struct, frozen=True):
    """Replace an API key; the old one lives on for a grace."""

    key: UUID
    grace_seconds: int
    by: UUID


class RevokeKey(msgspec.Struct, frozen=True):
    """End an API key. `owner` None lets the operator end anyone's."""

    key: UUID
    owner: UUID | None
    by: UUID


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


def _state(party: Party) -> PartyState:
    return PartyState(party.public_id, party.kind, party.status, party.tier)


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


def create(tx: Tx, command: Create) -> PartyState:
    """`parties.create` for a route, by a clerk. Refuses `ProductSuspended` besides."""
    onboarding.check_open(tx, command.new, Initiator.HOUSE)
    return _state(parties.create(tx, command.new, actor=command.by))


def rename(tx: Tx, command: Rename) -> PartyState:
    """`parties.rename` for a route."""
    renamed = parties.rename(
        tx,
        command.party,
        display_name=command.display_name,
        handle=command.handle,
        actor=command.by,
    )
    return _state(renamed)


def restrict(tx: Tx, command: ChangeStatus) -> PartyState:
    """`parties.restrict` for a route."""
    return _state(parties.restrict(tx, command.party, actor=command.by))


def reinstate(tx: Tx, command: ChangeStatus) -> PartyState:
    """`parties.reinstate` for a route."""
    return _state(parties.reinstate(tx, command.party, actor=command.by))


def set_tier(tx: Tx, command: SetTier) -> PartyState:
    """Move a party to another tier."""
    return _state(
        parties.set_tier(
            tx, command.party, command.tier, actor=command.actor, evidence=command.evidence
        )
    )


def verify(tx: Tx, command: ChangeStatus) -> PartyState:
    """Give a party the role that shows as a badge."""
    return _state(parties.appoint(tx, command.party, Role.VERIFIED, actor=command.by))


def unverify(tx: Tx, command: ChangeStatus) -> PartyState:
    """Take that role away."""
    return _state(parties.dismiss(tx, command.party, Role.VERIFIED, actor=command.by))


def close(tx: Tx, command: ChangeStatus) -> PartyState:
    """`parties.close` for a route."""
    return _state(parties.close(tx, command.party, actor=command.by))


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


def _key_state(key: ApiKey) -> KeyState:
    return KeyState(
        id=key.public_id,
        party=public("par", key.party),
        prefix=f"sk_{key.prefix}",
        scopes=list(key.scopes),
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def issue_key(
    database: Database, caller: Caller, idempotency_key: str, command: IssueKey
) -> KeyIssued:
    """Issue a key for the caller, or for anyone if the operator asks.

    The secret is made before the transaction and never enters the command or the stored answer.
    """
    if command.party != caller.party and "operator" not in caller.scopes:
        raise Forbidden(needs="operator")

    def act(tx: Tx, command: IssueKey, secret: Secret) -> ApiKey:
        key, _ = apikeys.issue(
            tx,
            command.party,
            command.name,
            command.scopes,
            command.expires_at,
            networks=command.networks,
            by=caller,
            secret=secret,
        )
        return key

    return _shown_once(database, caller, idempotency_key, "key.issue", command, act)


def rotate_key(
    database: Database, caller: Caller, idempotency_key: str, command: RotateKey
) -> KeyIssued:
    """Rotate a key of the caller's, or anyone's if the operator asks."""

    def act(tx: Tx, command: RotateKey, secret: Secret) -> ApiKey:
        key, _ = apikeys.rotate(
            tx,
            command.key,
            timedelta(seconds=command.grace_seconds),
            owner=owner_for(caller),
            by=caller,
            secret=secret,
        )
        return key

    return _shown_once(database, caller, idempotency_key, "key.rotate", command, act)


def owner_for(caller: Caller) -> UUID | None:
    """Whose keys the caller may touch: its own; None, anyone's, for the operator."""
    return None if "operator" in caller.scopes else caller.party


def _shown_once(
    database: Database,
    caller: Caller,
    idempotency_key: str,
    action: str,
    command: C,
    act: Callable[[Tx, C, Secret], ApiKey],
) -> KeyIssued:
    secret = apikeys.draft()
    answer = perform_one(
        database,
        Call(caller.party, idempotency_key, action, command),
        lambda tx, command: _key_state(act(tx, command, secret)),
    )
    state = answer.unwrap()
    if answer.replayed:
        return KeyIssued(msgspec.convert(state, KeyState), None)
    return KeyIssued(state, secret.text)


def after(noun: str, page: Page) -> UUID | None:
    """The id that a page's cursor names, or None for the first page; raises `Invalid`."""
    return None if page.after is None else parse(noun, page.after, "cursor")


def revoke_key(tx: Tx, command: RevokeKey) -> KeyState:
    """`apikeys.revoke` for a route."""
    return _key_state(apikeys.revoke(tx, command.key, owner=command.owner, actor=command.by))
