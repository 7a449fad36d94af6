"""Who is calling: an API key or a session resolved to a party, and the short memory of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from uuid import UUID

import msgspec

CACHE_SECONDS = 5.0
"""A revoked or expired key stops within this time; at most 10 s."""

CACHE_KEYS = 10_000
"""Keys remembered at once; the memory is emptied when it is full."""


class Caller(msgspec.Struct, frozen=True):
    """The party behind an API key or a session, and what it may do.

    `key_id` is the key's own id. A session's caller has the session's id in its place, and names
    its device and session: someone touched a passkey there. A key's caller has neither.
    """

    party: UUID
    key_id: UUID
    scopes: frozenset[str]
    device: UUID | None = None
    session: UUID | None = None

    @property
    def eyes(self) -> UUID:
        """Who counts as one person where two must agree: a device, as someone touched it.

        Nobody touches anything for an API key, so all keys of a party are one pair of eyes.
        """
        return self.device or self.party


class Holder(msgspec.Struct, frozen=True):
    """Whom a session's cookie belongs to; `key` is the P-256 point that its requests are signed by.

    `session` is the session's public id, as it stands in the signed text.
    """

    caller: Caller
    session: str
    key: bytes


Resolve = Callable[[str, str], Caller]
"""Blocking: the secret of a key and the address it came from → its caller.

Raises a `Refusal` (unknown, revoked, expired, from elsewhere), which is answered with 401.
"""

Admit = Callable[[str], Holder]
"""Blocking: the cookie of a session → its holder; raises a `Refusal` likewise."""


class Keyring:
    """Resolved keys by a SHA-256 of header and address, for `CACHE_SECONDS`.

    Only success is remembered, and no secret is. Used from the event loop alone, hence no lock.
    """

    def __init__(self, *, seconds: float = CACHE_SECONDS, most: int = CACHE_KEYS) -> None:
        if not 0 <= seconds <= 10:
            raise ValueError("a revoked key must stop within 10 s")
        self._seconds, self._most = seconds, most
        self._known: dict[bytes, tuple[float, Caller]] = {}

    def find(self, authorization: bytes, address: str) -> Caller | None:
        """The caller remembered for this header from this address, while it is fresh."""
        entry = self._known.get(_digest(authorization, address))
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1]

    def keep(self, authorization: bytes, address: str, caller: Caller, *, since: float) -> None:
        """Remember `caller`, counted from `since`: the reading before the key was looked up."""
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[_digest(authorization, address)] = (since + self._seconds, caller)


def _digest(authorization: bytes, address: str) -> bytes:
    return hashlib.sha256(b"%s\0%s" % (authorization, address.encode())).digest()
