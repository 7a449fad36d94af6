"""Sessions at the gate: the cookie, the signature on each request, and the site it came from.

The idea of RFC 9449 (DPoP), with the body signed too. A browser's key that cannot be taken out of
it (ECDSA, P-256, SHA-256) signs these lines, joined by a line feed:

    sycee-proof-1 · session's public id · method · path with query · base64url(SHA-256(body))
    · Idempotency-Key or nothing · milliseconds since 1970 · nonce

and sends `Sycee-Proof: t=<milliseconds>;n=<nonce>;s=<base64url(r ‖ s)>`. A signature is good for a
minute on either side of our clock, and once: nonces are remembered for as long, a bounded number of
them. Another server process does not know them; there the signed Idempotency-Key makes a repeated
write the same write.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sycee.kit.clock import Clock, micros
from sycee.kit.errors import Refusal
from sycee.runtime.http.caller import Caller, Holder
from sycee.runtime.http.problems import (
    Busy,
    ClockApart,
    CrossSite,
    ProofMissing,
    ProofUsed,
    ProofWrong,
    Stranger,
    Unauthenticated,
)
from sycee.runtime.http.requests import Headers

COOKIE = "__Host-sycee"
TOLERANCE_MS = 60_000
"""How far a device's clock may be from ours, either way."""

NONCES_MAX = 200_000
"""Signatures remembered in each half of the memory; more than that in a minute are too many."""

CACHE_SECONDS = 5.0
CACHE_MOST = 10_000

_PAIR = re.compile(rb"(?:^|;)\s*__Host-sycee=([A-Za-z0-9_-]{43})\s*(?:;|$)")
_PROOF = re.compile(rb"t=([0-9]{13});n=([A-Za-z0-9_-]{16,64});s=([A-Za-z0-9_-]{86})")
_ECDSA = ec.ECDSA(hashes.SHA256())
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Presented:
    """A request as it was sent: what its signature is about."""

    method: str
    target: str
    headers: Headers
    body: bytes


def cookie_header(value: str, seconds: int) -> tuple[bytes, bytes]:
    """The header that gives a browser its session's cookie, for so many seconds; 0 takes it."""
    text = f"{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"
    return (b"set-cookie", text.encode())


class Nonces:
    """Signatures that were used, for as long as they could be used again; bounded.

    Two halves, exchanged every two minutes: what is in neither is older than any good signature.
    """

    def __init__(self, *, most: int = NONCES_MAX) -> None:
        self._most = most
        self._new: set[bytes] = set()
        self._old: set[bytes] = set()
        self._turns_at = 0

    def use(self, nonce: bytes, now_ms: int) -> bool:
        """Whether it is used for the first time; raises `Busy` when the memory is full."""
        if now_ms >= self._turns_at:
            late = now_ms >= self._turns_at + 2 * TOLERANCE_MS
            self._old = set() if late else self._new
            self._new = set()
            self._turns_at = now_ms + 2 * TOLERANCE_MS
        if nonce in self._new or nonce in self._old:
            return False
        if len(self._new) >= self._most:
            raise Busy
        self._new.add(nonce)
        return True


class Sessions:
    """The sessions of one server process: their holders for a few seconds, and used signatures.

    Used from the event loop alone, hence no lock.
    """

    def __init__(
        self, resolve: Callable[[str], Awaitable[Holder]], origin: str, clock: Clock
    ) -> None:
        self._resolve, self._origin, self._clock = resolve, origin.encode(), clock
        self._known: dict[bytes, tuple[float, Holder, ec.EllipticCurvePublicKey]] = {}
        self._nonces = Nonces()

    def forget(self) -> None:
        """Look every session up again at its next request."""
        self._known.clear()

    def cookie(self, headers: Headers) -> str | None:
        """The session's cookie, if there is one of the right shape."""
        found = _PAIR.search(headers.get(b"cookie", b""))
        return found[1].decode() if found else None

    def knew(self, headers: Headers) -> bool:
        """Whether the session's cookie was good when it was last looked up."""
        cookie = self.cookie(headers)
        return cookie is not None and hashlib.sha256(cookie.encode()).digest() in self._known

    async def admit(self, presented: Presented) -> Caller:
        """The caller, when cookie, site and signature hold."""
        self._check_site(presented)
        cookie = self.cookie(presented.headers)
        if cookie is None:
            raise Unauthenticated
        holder, key = await self._holder(cookie)
        self._check_proof(presented, holder, key)
        return holder.caller

    async def still(self, headers: Headers) -> None:
        """Refuses `Unauthenticated` and its kind when the cookie's session is no more."""
        cookie = self.cookie(headers)
        if cookie is None:
            raise Unauthenticated
        await self._holder(cookie)

    def _check_site(self, presented: Presented) -> None:
        """Strict against forgery by other sites: a write names this origin, nothing names others.

        Source: the OWASP cheat sheet on cross-site request forgery, "Fetch Metadata headers".
        """
        site = presented.headers.get(b"sec-fetch-site")
        origin = presented.headers.get(b"origin")
        if site not in (None, b"same-origin") or origin not in (None, self._origin):
            raise CrossSite
        if presented.method not in _READS and site is None and origin is None:
            raise CrossSite

    async def _holder(self, cookie: str) -> tuple[Holder, ec.EllipticCurvePublicKey]:
        name = hashlib.sha256(cookie.encode()).digest()
        entry = self._known.get(name)
        if entry is not None and entry[0] >= time.monotonic():
            return entry[1], entry[2]
        since = time.monotonic()
        try:
            holder = await self._resolve(cookie)
        except Busy:
            raise
        except Refusal as refusal:
            self._known.pop(name, None)
            raise Stranger(refusal) from None
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), holder.key)
        if len(self._known) >= CACHE_MOST:
            self._known.clear()
        self._known[name] = (since + CACHE_SECONDS, holder, key)
        return holder, key

    def _check_proof(
        self, presented: Presented, holder: Holder, key: ec.EllipticCurvePublicKey
    ) -> None:
        header = presented.headers.get(b"sycee-proof")
        if header is None:
            raise ProofMissing
        match = _PROOF.fullmatch(header)
        if match is None:
            raise ProofWrong
        raw = base64.urlsafe_b64decode(match[3] + b"==")
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        try:
            key.verify(signature, _signed(presented, holder.session, match[1], match[2]), _ECDSA)
        except InvalidSignature:
            raise ProofWrong from None
        now_ms = micros(self._clock.now()) // 1000
        if abs(now_ms - int(match[1])) > TOLERANCE_MS:
            raise ClockApart(server_at=now_ms)
        used = hashlib.sha256(holder.caller.key_id.bytes + match[2]).digest()[:16]
        if not self._nonces.use(used, now_ms):
            raise ProofUsed


def _signed(presented: Presented, session: str, millis: bytes, nonce: bytes) -> bytes:
    """The bytes that a request's signature covers."""
    body = base64.urlsafe_b64encode(hashlib.sha256(presented.body).digest()).rstrip(b"=")
    return b"\n".join(
        (
            b"sycee-proof-1",
            session.encode(),
            presented.method.encode(),
            presented.target.encode("latin-1"),
            body,
            presented.headers.get(b"idempotency-key", b""),
            millis,
            nonce,
        )
    )
