"""Who is calling: an API key or a session resolved to a party, and the short memory of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from sycee.kit.errors import Refusal

CACHE_SECONDS = 5.0
"""A revoked key stops within this time, at most 10 s; an expired one at its end."""

RENEWED_AFTER = 0.6
"""The share of that time after which a key in use is looked up again, before anybody waits."""

CACHE_KEYS = 10_000
"""Keys remembered at once; the memory is emptied when it is full."""


class Caller(msgspec.Struct, frozen=True):
    """The party behind an API key or a session, and what it may do.

    `key_id` is the key's own id. A session's caller has the session's id in its place, and names
    its device and session: someone touched a passkey there. A key's caller has neither. `seat` is
    the device that a session is on, or that a key was made on; None for one that the house made.
    `left_seconds` is how long the key was still good for when it was looked up; None without end.
    """

    party: UUID
    key_id: UUID
    scopes: frozenset[str]
    device: UUID | None = None
    session: UUID | None = None
    seat: UUID | None = None
    left_seconds: float | None = None

    @property
    def eyes(self) -> UUID:
        """Who counts as one person where two must agree: a device, as someone touched it.

        Nobody touches anything for an API key. It is the eyes of the device that it was made on,
        or one person would be two; all keys of a party that the house made are one pair of eyes.
        """
        return self.seat or self.party


class Holder(msgspec.Struct, frozen=True):
    """Whom a session's cookie belongs to; `key` is the P-256 point that its requests are signed by.

    `session` is the session's public id, as it stands in the signed text.
    """

    caller: Caller
    session: str
    key: bytes


PresentedKey = tuple[str, str]
"""The secret of a key and the address that it came from."""

Resolve = Callable[[Sequence[PresentedKey]], Sequence[Caller | Refusal]]
"""Blocking: keys as they were presented → the caller of each, or a `Refusal` (unknown, revoked,
expired, from elsewhere), which is answered with 401.
"""

Admit = Callable[[str], Holder]
"""Blocking: the cookie of a session → its holder; raises a `Refusal` likewise."""


class _Known(msgspec.Struct):
    caller: Caller
    until: float
    renew: float


class Keyring:
    """Resolved keys by a SHA-256 of header and address, for `CACHE_SECONDS`.

    Only success is remembered, and no secret is. Used from the event loop alone, hence no lock.
    """

    def __init__(self, *, seconds: float = CACHE_SECONDS, most: int = CACHE_KEYS) -> None:
        if not 0 <= seconds <= 10:
            raise ValueError("a revoked key must stop within 10 s")
        self._seconds, self._most = seconds, most
        self._known: dict[bytes, _Known] = {}

    def find(self, authorization: bytes, address: str) -> tuple[Caller, bool] | None:
        """The caller remembered for this header from this address, while it is fresh.

        With it, whether it is time to look the key up again: said once.
        """
        known = self._known.get(_digest(authorization, address))
        now = time.monotonic()
        if known is None or known.until < now:
            return None
        due = known.renew < now
        if due:
            known.renew = known.until
        return known.caller, due

    def knew(self, authorization: bytes, address: str) -> bool:
        """Whether this header from this address was good when it was last looked up."""
        return _digest(authorization, address) in self._known

    def keep(self, authorization: bytes, address: str, caller: Caller, *, since: float) -> None:
        """Remember `caller`, counted from `since`: the reading before the key was looked up."""
        if len(self._known) >= self._most:
            self._known.clear()
        left = caller.left_seconds
        seconds = self._seconds if left is None else min(self._seconds, left)
        until, renew = since + seconds, since + seconds * RENEWED_AFTER
        self._known[_digest(authorization, address)] = _Known(caller, until, renew)

    def forget(self, authorization: bytes, address: str) -> None:
        """Let go of a key that turned out to be good no more."""
        self._known.pop(_digest(authorization, address), None)


def _digest(authorization: bytes, address: str) -> bytes:
    return hashlib.sha256(b"%s\0%s" % (authorization, address.encode())).digest()
