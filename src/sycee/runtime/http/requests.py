"""Reading a request: headers, body, path and query; whatever is malformed is a typed refusal."""

from __future__ import annotations

import itertools
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from sycee.kit.errors import Invalid
from sycee.kit.members import MemberTwice, once
from sycee.runtime.http.problems import (
    BodyTooLarge,
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    Malformed,
    MediaUnsupported,
)

BODY_LIMIT_BYTES = 1024 * 1024
KEY_LIMIT = 255

_AT = re.compile(r"^(.*) - at `(?:key in )?(.*)`$", re.DOTALL)
_UTF_8 = (b"", b"charset=utf-8", b'charset="utf-8"')
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PREFIX = secrets.token_hex(6)
_numbers = itertools.count(1)

_top = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

Headers = dict[bytes, bytes]


def headers_of(raw: list[tuple[bytes, bytes]]) -> Headers:
    """The request's headers by lower-case name; what is repeated is joined (RFC 9110, 5.3).

    With a tab, which no key, token or media type holds, so that two of them are not taken for one.
    """
    headers = dict(raw)
    if len(headers) < len(raw):
        for name in headers:
            values = [value for named, value in raw if named == name]
            headers[name] = (b"; " if name == b"cookie" else b",\t").join(values)
    return headers


def request_id(headers: Headers) -> str:
    """The caller's own `X-Request-Id` when it is plain, else a new one."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return f"{_PREFIX}-{next(_numbers):x}"


def idempotency_key(headers: Headers) -> str:
    """The header `Idempotency-Key`: 1 to 255 printable ASCII characters."""
    raw = headers.get(b"idempotency-key")
    if raw is None:
        raise IdempotencyKeyMissing
    if not 0 < len(raw) <= KEY_LIMIT or not raw.isascii():
        raise IdempotencyKeyInvalid
    key = raw.decode()
    if not key.isprintable():
        raise IdempotencyKeyInvalid
    return key


async def body_bytes(headers: Headers, receive: Any, limit: int = BODY_LIMIT_BYTES) -> bytes:
    """The whole body, at most `limit` bytes; raises `BodyTooLarge` as soon as it is more."""
    declared = headers.get(b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the caller left before the body's end")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit)
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


def check_media(headers: Headers, wanted: str = "application/json") -> None:
    """Refuse a body that does not call itself `application/json` (in UTF-8), or what is wanted.

    A file says its own encoding, so its parameters are not looked at. Nothing is unpacked: a few
    bytes could become as many as memory holds.
    """
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise MediaUnsupported
    media = headers.get(b"content-type", b"")
    if media == wanted.encode():
        return
    kind, _, rest = media.partition(b";")
    if kind.strip().lower() != wanted.encode():
        raise MediaUnsupported
    if wanted == "application/json" and rest.strip().lower() not in _UTF_8:
        raise MediaUnsupported


def decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """The body as the type of `decoder`; raises `Malformed` with the field and the rule."""
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        field, rule = place(str(error))
        raise Malformed(field=field, rule=rule) from None
    except RecursionError:
        raise Malformed(field="$", rule="is nested too deeply") from None
    except UnicodeDecodeError:
        raise Malformed(field="$", rule="is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise Malformed(field="$", rule=_syntax(str(error))) from None
    if b"\\u0000" in body:
        _refuse_nul(msgspec.to_builtins(value), "$")
    colons = body.count(b":")  # without one to spare nothing is said twice: quicker than reading
    if colons > 1 and colons > len(_top(body)):
        _refuse_twice(body)
    return value


def _refuse_twice(body: bytes) -> None:
    """No object may name a field twice: of two amounts nobody knows which was meant."""
    try:
        json.loads(body, object_pairs_hook=once, parse_int=str, parse_float=str)
    except MemberTwice as twice:
        raise Malformed(field=twice.name, rule="is given twice") from None
    except RecursionError:
        raise Malformed(field="$", rule="is nested too deeply") from None


def _syntax(message: str) -> str:
    if "UTF-8" in message or "utf-8" in message:
        return "is not UTF-8"
    return f"is not JSON: {message}" if len(message) < 120 else "is not JSON"


def place(message: str) -> tuple[str, str]:
    """`(field, rule)` of a msgspec message: "Expected `int`, got `str` - at `$.amount_minor`"."""
    found = _AT.match(message)
    rule, path = (found[1], found[2]) if found else (message, "$")
    rule = rule.replace(r"\\Z'", "$'")  # a pattern as OpenAPI has it
    return path.removeprefix("$.") or "$", rule


def _refuse_nul(value: Any, path: str) -> None:
    """PostgreSQL's text cannot hold U+0000, so no string may."""
    if isinstance(value, str):
        if "\x00" in value:
            raise Malformed(field=path.removeprefix("$."), rule="contains U+0000")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_nul(key, path)
            _refuse_nul(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            _refuse_nul(item, f"{path}[{i}]")


def query_of(raw: bytes) -> list[tuple[str, str]]:
    """The pairs of a query string, percent-decoded; raises `Invalid` for what is not UTF-8."""
    pairs: list[tuple[str, str]] = []
    try:
        for part in raw.decode("ascii").split("&"):
            if part:
                name, _, value = part.replace("+", " ").partition("=")
                pairs.append((unquote(name, errors="strict"), unquote(value, errors="strict")))
    except UnicodeDecodeError:
        raise Invalid(field="query", rule="must be percent-encoded UTF-8") from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise Invalid(field="query", rule="contains U+0000")
    return pairs


def client_of(scope: Mapping[str, Any]) -> str:
    """The address that the request came from; what counts for the rate of strangers."""
    client = scope.get("client")
    return client[0] if client else "?"


def path_of(scope: Mapping[str, Any]) -> str:
    """The path alone, for logs: never the query, which may hold a token."""
    return urlsplit(scope.get("path", "")).path


def target_of(scope: Mapping[str, Any]) -> str:
    """The path and query as they were sent: what a session's signature covers."""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    return (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def kept(body: bytes) -> Any:
    """A `receive` for a body that was read before."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
