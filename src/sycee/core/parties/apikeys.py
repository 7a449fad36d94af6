"""API keys: issue, rotate, revoke and list them.

A secret is `sk_`, 8 characters that name the key, `_`, and 43 that hold 256 random bits. Only its
SHA-256 is stored: a fast hash is right for a secret that nobody can guess. Secrets are returned
once and never logged.
"""

from __future__ import annotations

import ipaddress
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import keyrows, parties, scopes
from sycee.core.parties.model import ApiKey, Party, PartyClosed, Status, check_name
from sycee.kit.errors import Invalid, Kind, NotFound, Refusal
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller

_ALPHABET = string.ascii_letters + string.digits
GRACE_MAX = timedelta(days=30)
KEYS_MAX = 100
NETWORKS_MAX = 20


@dataclass(unsafe_hash=True)
class ApiKeyExpired(Refusal):
    """The API key has expired.

    Its time is over, or the grace after it was rotated is. Use the newer key or issue one.
    """

    code = "api-key-expired"
    kind = Kind.FORBIDDEN
    key: str


@dataclass(unsafe_hash=True)
class ApiKeyRevoked(Refusal):
    """The API key was revoked.

    Revoking is final. Issue another key.
    """

    code = "api-key-revoked"
    kind = Kind.FORBIDDEN
    key: str


@dataclass(unsafe_hash=True)
class ScopeNotGrantable(Refusal):
    """The scope cannot be given to this key.

    A key holds no scope that its party may not have by kind or role, nor one that the caller who
    issues it lacks. `GET /v1/me` lists what one may give.
    """

    code = "scope-not-grantable"
    kind = Kind.FORBIDDEN
    scope: str


@dataclass(unsafe_hash=True)
class TooManyApiKeys(Refusal):
    """The party has as many API keys as it may have.

    Revoke one that is not used; `last_used_at` says which.
    """

    code = "api-key-too-many"
    kind = Kind.LIMIT
    limit: int


@dataclass(frozen=True, slots=True)
class Secret:
    """A fresh secret. It does not show itself in a repr, so no log or traceback holds it."""

    prefix: str
    digest: bytes = field(repr=False)
    text: str = field(repr=False)


def draft() -> Secret:
    """A new secret from the operating system's randomness; nothing knows of it yet."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    text = f"sk_{prefix}_{secrets.token_urlsafe(32)}"
    return Secret(prefix, digest(text), text)


def digest(text: str) -> bytes:
    """What is stored of a secret."""
    return sha256(text.encode()).digest()


def issue(
    tx: Tx,
    party: UUID,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    *,
    networks: Sequence[str] = (),
    by: Caller | None = None,
    secret: Secret | None = None,
) -> tuple[ApiKey, str]:
    """Issue a key: its row, and the secret that is shown once.

    `networks` are the addresses or CIDR ranges it may come from (none: any). `by` is the caller,
    who can give only scopes of its own; None is the house. `secret` is a `draft` made before the
    transaction. Refuses `Invalid`, `NotFound`, `PartyClosed`, `ScopeNotGrantable`,
    `TooManyApiKeys`.
    """
    owner = _owner(tx, party)
    wanted = _check_scopes(owner, scopes, by)
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= tx.now):
        raise Invalid(field="expires_at", rule="must be a time with a zone, and in the future")
    if keyrows.count_live(tx, party) >= KEYS_MAX:
        raise TooManyApiKeys(limit=KEYS_MAX)
    made = secret or draft()
    key = ApiKey(
        id=uuid7(),
        party=party,
        name=check_name(name, "name"),
        prefix=made.prefix,
        scopes=wanted,
        networks=_check_networks(networks),
        created_at=tx.now,
        expires_at=expires_at,
        revoked_at=None,
        replaced_by=None,
        last_used_at=None,
        seat=by.seat if by else None,
    )
    keyrows.insert(tx, key, made.digest)
    _note(tx, by.party if by else None, "key.issue", key, {"scopes": list(wanted)})
    return key, made.text


def rotate(
    tx: Tx,
    key: UUID,
    grace: timedelta = timedelta(hours=24),
    *,
    owner: UUID | None = None,
    by: Caller | None = None,
    secret: Secret | None = None,
) -> tuple[ApiKey, str]:
    """Replace a key by one with its name, scopes and networks; the old one lives on for `grace`.

    `grace` is 0 to 30 days and never lengthens a life. The new key has no end of its own unless the
    old one had: then it lives as long as the old one was made to. A key is rotated once: refuses
    `ApiKeyExpired`, `ApiKeyRevoked` for one that is over or replaced; `NotFound` if `owner`
    differs.
    """
    if not timedelta(0) <= grace <= GRACE_MAX:
        raise Invalid(field="grace_seconds", rule="must be from 0 to 30 days")
    old = _locked(tx, key, owner)
    if old.revoked_at is not None:
        raise ApiKeyRevoked(key=old.public_id)
    if old.replaced_by is not None or not old.valid(tx.now):
        raise ApiKeyExpired(key=old.public_id)
    life = old.expires_at - old.created_at if old.expires_at else None
    _check_scopes(_owner(tx, old.party), old.scopes, by)
    made = secret or draft()
    new = msgspec.structs.replace(
        old,
        id=uuid7(),
        prefix=made.prefix,
        created_at=tx.now,
        expires_at=tx.now + life if life else None,
        last_used_at=None,
        seat=(by.seat if by else None) or old.seat,
    )
    keyrows.insert(tx, new, made.digest)
    end = tx.now + grace
    keyrows.replace(tx, old.id, new.id, min(end, old.expires_at) if old.expires_at else end)
    _note(tx, by.party if by else None, "key.rotate", old, {"replaced_by": new.public_id})
    return new, made.text


def revoke(tx: Tx, key: UUID, *, owner: UUID | None = None, actor: UUID | None = None) -> ApiKey:
    """End a key now. Revoking twice changes nothing. Refuses `NotFound` if `owner` differs."""
    row = _locked(tx, key, owner)
    if row.revoked_at is not None:
        return row
    keyrows.revoke(tx, key)
    _note(tx, actor, "key.revoke", row, {})
    return msgspec.structs.replace(row, revoked_at=tx.now)


def page(tx: Tx, party: UUID, *, after: UUID | None = None, limit: int = 50) -> list[ApiKey]:
    """A party's keys in order of making, from behind `after`; revoked and expired ones too."""
    return keyrows.page(tx, party, after, max(1, min(limit, 200)))


def _check_networks(networks: Sequence[str]) -> tuple[str, ...]:
    if len(networks) > NETWORKS_MAX:
        raise Invalid(field="networks", rule=f"must be at most {NETWORKS_MAX}")
    try:
        return tuple(sorted({str(ipaddress.ip_network(each)) for each in networks}))
    except ValueError:
        raise Invalid(field="networks", rule="must be addresses or CIDR ranges") from None


def _check_scopes(owner: Party, wanted: Iterable[str], by: Caller | None) -> tuple[str, ...]:
    asked = tuple(sorted(set(wanted)))
    if not asked:
        raise Invalid(field="scopes", rule="must name at least one scope")
    allowed = scopes.permitted(owner.kind, owner.roles)
    for scope in asked:
        if scope not in scopes.SCOPES:
            raise Invalid(field="scopes", rule="must be scopes of the documented table")
        delegated = by is None or "operator" in by.scopes or scope in by.scopes
        if scope not in allowed or not delegated:
            raise ScopeNotGrantable(scope=scope)
    return asked


def _owner(tx: Tx, party: UUID) -> Party:
    owner = parties.get(tx, party)
    if owner.status is Status.CLOSED:
        raise PartyClosed(party=owner.public_id)
    return owner


def _locked(tx: Tx, key: UUID, owner: UUID | None) -> ApiKey:
    row = keyrows.lock(tx, key)
    if row is None or (owner is not None and row.party != owner):
        raise NotFound(noun="api-key", id=public("key", key))
    return row


def _note(
    tx: Tx, actor: UUID | None, verb: str, key: ApiKey, body: dict[str, int | str | list[str]]
) -> None:
    append(
        tx,
        [
            Entry(
                actor=actor,
                verb=verb,
                subject=key.id,
                parties=(key.party,),
                purpose="parties",
                body=dict(body),
            )
        ],
    )
