"""The commands behind the routes of parties and keys, and their answers, which are stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from sycee.core.parties import apikeys, onboarding, parties
from sycee.core.parties.apikeys import Secret
from sycee.core.parties.model import ApiKey, Kind, NewParty, Party
from sycee.core.parties.scopes import Role
from sycee.core.parties.views import KeyIssued, KeyState, PartyState
from sycee.core.policy.model import Initiator
from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.perform import Call, perform_one

C = TypeVar("C", bound=msgspec.Struct)


class ChangeStatus(msgspec.Struct, frozen=True):
    """Restrict, reinstate, close, verify or appoint a party: whom, and who does it."""

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


def _state(party: Party) -> PartyState:
    return PartyState(party.public_id, party.kind, party.status, party.tier)


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


def appoint(tx: Tx, command: ChangeStatus) -> PartyState:
    """Make a person a mediator. Refuses `Invalid` for a party of another kind."""
    if parties.get(tx, command.party).kind is not Kind.PERSON:
        raise Invalid(field="party", rule="must be a person, as a mediator is")
    return _state(parties.appoint(tx, command.party, Role.MEDIATOR, actor=command.by))


def dismiss(tx: Tx, command: ChangeStatus) -> PartyState:
    """Let a mediator rule no more."""
    return _state(parties.dismiss(tx, command.party, Role.MEDIATOR, actor=command.by))


def close(tx: Tx, command: ChangeStatus) -> PartyState:
    """`parties.close` for a route."""
    return _state(parties.close(tx, command.party, actor=command.by))


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


def revoke_key(tx: Tx, command: RevokeKey) -> KeyState:
    """`apikeys.revoke` for a route."""
    return _key_state(apikeys.revoke(tx, command.key, owner=command.owner, actor=command.by))


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
