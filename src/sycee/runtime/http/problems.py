"""Refusals on the wire: one table from kind to status, one function to `problem+json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.runtime.perform import StoredRefusal

STATUS: dict[Kind, int] = {
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.INVALID: 400,
    # Not 429: that is about the rate of requests, and clients repeat it by themselves, while a
    # refusal by an amount limit is stored on its key and would only be replayed.
    Kind.LIMIT: 409,
}
"""The one table from a refusal's kind to the HTTP status of its answer."""

MEDIA = b"application/problem+json"


Refused = Refusal | StoredRefusal
"""A refusal, fresh or read back from its key."""


class Problem(msgspec.Struct, frozen=True):
    """A refused request (RFC 9457): `code` is permanent, `facts` name what was in the way."""

    type: str
    title: str
    status: int
    code: str
    kind: str
    facts: dict[str, Any]
    request_id: str


@dataclass(unsafe_hash=True)
class DoorRefusal(Refusal):
    """The request was refused before any rule was asked; its status is its own."""

    status: ClassVar[int] = 400

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Headers that go with the answer."""
        return ()


@dataclass(unsafe_hash=True)
class Malformed(DoorRefusal):
    """The payload is malformed.

    The body is not JSON in UTF-8, or a field has the wrong type or shape; `field` is its path from
    the top (`$` is the whole body) and `rule` what it breaks. A field that is given twice in one
    object is named alone. Nothing was done and nothing is kept on the key: correct the payload and
    send it again.
    """

    code = "malformed-payload"
    kind = Kind.INVALID
    status: ClassVar[int] = 422
    field: str
    rule: str


@dataclass(unsafe_hash=True)
class Unauthenticated(DoorRefusal):
    """There is no valid API key or session.

    The header `Authorization: Bearer sk_…` is missing or not of that form, and no session's cookie
    came in its place.
    """

    code = "unauthenticated"
    kind = Kind.FORBIDDEN
    status: ClassVar[int] = 401

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"www-authenticate", b'Bearer realm="sycee"'),)


class Stranger(Unauthenticated):
    """The API key or session is not valid; why is another refusal's to say."""

    def __init__(self, why: Refusal) -> None:
        super().__init__()
        self.why = why
        self.code = why.code  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def title(self) -> str:
        return self.why.title

    def facts(self) -> dict[str, object]:
        return self.why.facts()


@dataclass(unsafe_hash=True)
class ProofMissing(Unauthenticated):
    """The session's request is not signed.

    A cookie alone opens nothing: each request carries `Sycee-Proof: t=…;n=…;s=…`, signed by the
    key of the browser that logged in.
    """

    code = "proof-missing"


@dataclass(unsafe_hash=True)
class ProofWrong(Unauthenticated):
    """The signature does not belong to this request or this session.

    It covers the session's id, the method, the path with its query, the body, the Idempotency-Key,
    the time and a nonce; any change voids it.
    """

    code = "proof-wrong"


@dataclass(unsafe_hash=True)
class ProofUsed(Unauthenticated):
    """The signature was used before.

    Each request is signed anew, with a nonce of its own.
    """

    code = "proof-used"


@dataclass(unsafe_hash=True)
class ClockApart(Unauthenticated):
    """The device's clock is too far from ours.

    A signature is good for a minute. `server_at` is our time in milliseconds since 1970: sign again
    with the difference added.
    """

    code = "clock-apart"
    server_at: int


@dataclass(unsafe_hash=True)
class CrossSite(DoorRefusal):
    """The request of a session came from another site.

    Sessions work from this server's own pages only, as told by `Sec-Fetch-Site` and `Origin`.
    """

    code = "cross-site"
    kind = Kind.FORBIDDEN
    status: ClassVar[int] = 403


@dataclass(unsafe_hash=True)
class ScopeMissing(DoorRefusal):
    """The caller lacks the scope of this route.

    `needs` is the scope; ask for a key that carries it. A few only a session can have.
    """

    code = "scope-missing"
    kind = Kind.FORBIDDEN
    status: ClassVar[int] = 403
    needs: str


@dataclass(unsafe_hash=True)
class RouteUnknown(DoorRefusal):
    """There is no such route."""

    code = "route-unknown"
    kind = Kind.NOT_FOUND
    status: ClassVar[int] = 404


@dataclass(unsafe_hash=True)
class MethodNotAllowed(DoorRefusal):
    """The route does not take this method.

    `allow` lists those it takes.
    """

    code = "method-not-allowed"
    kind = Kind.INVALID
    status: ClassVar[int] = 405
    allow: str

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"allow", self.allow.encode()),)


@dataclass(unsafe_hash=True)
class BodyTooLarge(DoorRefusal):
    """The body is larger than this server reads.

    `limit_bytes` is the most; nothing was read beyond it.
    """

    code = "body-too-large"
    kind = Kind.INVALID
    status: ClassVar[int] = 413
    limit_bytes: int


@dataclass(unsafe_hash=True)
class MediaUnsupported(DoorRefusal):
    """The body is not of the media type that the route takes.

    That is `application/json`, but for a route that takes a file, such as `application/xml`. Nor
    may it be packed, as `Content-Encoding: gzip` says.
    """

    code = "media-unsupported"
    kind = Kind.INVALID
    status: ClassVar[int] = 415


@dataclass(unsafe_hash=True)
class IdempotencyKeyMissing(DoorRefusal):
    """A write needs the header `Idempotency-Key`.

    Choose a fresh one for each thing you want done, and send the same one when you repeat the call.
    """

    code = "idempotency-key-missing"
    kind = Kind.INVALID
    status: ClassVar[int] = 400


@dataclass(unsafe_hash=True)
class IdempotencyKeyInvalid(DoorRefusal):
    """The header `Idempotency-Key` is not 1 to 255 printable ASCII characters."""

    code = "idempotency-key-invalid"
    kind = Kind.INVALID
    status: ClassVar[int] = 400


@dataclass(unsafe_hash=True)
class RateExceeded(DoorRefusal):
    """Too many requests in a short time.

    `per` says whether the API key, the session, the party or the address is counted. Wait
    `retry_after_seconds`.
    """

    code = "rate-exceeded"
    kind = Kind.LIMIT
    status: ClassVar[int] = 429
    per: str
    retry_after_seconds: int

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"retry-after", b"%d" % self.retry_after_seconds),)


@dataclass(unsafe_hash=True)
class Busy(DoorRefusal):
    """The server has more work waiting than it takes on.

    Nothing was done. Wait `retry_after_seconds` and repeat the call with the same key.
    """

    code = "busy"
    kind = Kind.LIMIT
    status: ClassVar[int] = 503
    retry_after_seconds: int = 1

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"retry-after", b"%d" % self.retry_after_seconds),)


@dataclass(unsafe_hash=True)
class Unavailable(Busy):
    """The database did not answer, so the outcome is unknown.

    The call may or may not have been carried out: repeat it with the same key and the answer will
    be the one answer there is.
    """

    code = "unavailable"


@dataclass(unsafe_hash=True)
class Unforeseen(DoorRefusal):
    """Something went wrong on our side.

    It is in our log under `id`. The outcome is unknown: repeat the call with the same key.
    """

    code = "unforeseen"
    kind = Kind.CONFLICT
    status: ClassVar[int] = 500
    id: str


def status_of(refusal: Refused) -> int:
    """The HTTP status of a refusal."""
    return refusal.status if isinstance(refusal, DoorRefusal) else STATUS[Kind(refusal.kind)]


def status_of_class(refusal: type[Refusal]) -> int:
    """The HTTP status of every refusal of a class."""
    own: int | None = getattr(refusal, "status", None) if issubclass(refusal, DoorRefusal) else None
    return STATUS[refusal.kind] if own is None else own


_encode = msgspec.json.Encoder().encode


def body_of(refusal: Refused, request_id: str, status: int | None = None) -> bytes:
    """The `application/problem+json` of a refusal."""
    return _encode(
        Problem(
            type=f"/problems/{refusal.code}",
            title=refusal.title,
            status=status or status_of(refusal),
            code=refusal.code,
            kind=str(refusal.kind),
            facts=refusal.facts(),
            request_id=request_id,
        )
    )
