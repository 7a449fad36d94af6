"""From the secret of an API key to its caller."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sycee.core.parties import keyrows, scopes
from sycee.core.parties.apikeys import ApiKeyExpired, ApiKeyRevoked, digest
from sycee.core.parties.model import PartyClosed, Status
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller

_SECRET = re.compile(r"sk_([A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_NOBODY = bytes(32)


@dataclass(unsafe_hash=True)
class ApiKeyUnknown(Refusal):
    """The API key is not known.

    The secret is malformed or belongs to no key. It is sent as `Authorization: Bearer sk_…`.
    """

    code = "api-key-unknown"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class ApiKeyElsewhere(Refusal):
    """The API key may not be used from this address.

    The key has a list of networks and the caller's address is in none of them.
    """

    code = "api-key-elsewhere"
    kind = Kind.FORBIDDEN
    key: str


INVALID = (ApiKeyUnknown, ApiKeyRevoked, ApiKeyExpired, ApiKeyElsewhere, PartyClosed)
"""What `resolve` and `admit` refuse."""


def resolve(tx: Tx, secret: str, address: str | None = None) -> Caller:
    """Who is calling. One query, and a comparison in constant time.

    `address` is the caller's IP address; a key with a list of networks refuses without it. Scopes
    are those of the key that its party may have *now*, so a dismissed mediator's key rules no more.
    Refuses what `INVALID` names; all but `ApiKeyUnknown` only to whoever has the right secret.
    """
    found, _ = _resolved(tx, [(secret, address)])[0]
    if isinstance(found, Refusal):
        raise found
    return found


def admit(
    database: Database, presented: Sequence[tuple[str, str | None]]
) -> list[Caller | Refusal]:
    """`resolve` for many, in a transaction of its own, noting each use at most once a minute.

    What the HTTP door calls behind its memory of a few seconds.
    """
    with database.read() as tx:
        found = _resolved(tx, presented)
        minute = tx.now.replace(second=0, microsecond=0)
    used = sorted(
        {
            caller.key_id
            for caller, last in found
            if isinstance(caller, Caller) and (last is None or last < minute)
        }
    )
    if used:
        with database.transaction() as tx:
            keyrows.use(tx, used, minute)
    return [caller for caller, _ in found]


def _resolved(
    tx: Tx, presented: Sequence[tuple[str, str | None]]
) -> list[tuple[Caller | Refusal, datetime | None]]:
    """For each key its caller and when it was last used, or why there is none."""
    names = [match[1] if (match := _SECRET.fullmatch(secret)) else "" for secret, _ in presented]
    rows = keyrows.by_prefixes(tx, sorted({name for name in names if name}))
    answers: list[tuple[Caller | Refusal, datetime | None]] = []
    for name, (secret, address) in zip(names, presented, strict=True):
        try:
            answers.append(_resolve(tx, rows.get(name), secret if name else "", address))
        except Refusal as refusal:
            answers.append((refusal, None))
    return answers


def _resolve(
    tx: Tx, found: keyrows.Found | None, secret: str, address: str | None
) -> tuple[Caller, datetime | None]:
    same = hmac.compare_digest(_NOBODY if found is None else found.digest, digest(secret))
    if found is None or not same:
        raise ApiKeyUnknown()
    key = found.key
    if key.revoked_at is not None:
        raise ApiKeyRevoked(key=key.public_id)
    if not key.valid(tx.now):
        raise ApiKeyExpired(key=key.public_id)
    if key.networks and not _inside(address, key.networks):
        raise ApiKeyElsewhere(key=key.public_id)
    if found.status is Status.CLOSED:
        raise PartyClosed(party=public("par", key.party))
    granted = frozenset(key.scopes) & scopes.permitted(found.kind, found.roles)
    left = (key.expires_at - tx.now).total_seconds() if key.expires_at else None
    caller = Caller(key.party, key.id, granted, seat=key.seat, left_seconds=left)
    return caller, key.last_used_at


def _inside(address: str | None, networks: Sequence[str]) -> bool:
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(each) for each in networks)
