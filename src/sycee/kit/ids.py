"""Identifiers: time-ordered UUIDs, their public form with a noun, and secrets for links."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from uuid import UUID

from sycee.kit.clock import from_micros
from sycee.kit.errors import Invalid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_VALUE = {char: value for value, char in enumerate(_ALPHABET)}
_LENGTH = 26  # 130 bits hold 128
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def uuid7(millis: int | None = None) -> UUID:
    """A version 7 UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, then randomness.

    The 12 bits after the version hold the fraction of the millisecond (RFC 9562 §6.2, method 3), so
    ids made one after another in one process nearly always sort in order of making.
    """
    if millis is None:
        nanos = time.time_ns()
        millis, rest = divmod(nanos, 1_000_000)
        fraction = (rest << 12) // 1_000_000
    else:
        fraction = secrets.randbits(12)
    return UUID(int=millis << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62))


def made_at(value: UUID) -> datetime:
    """The moment a version 7 UUID claims, to the millisecond."""
    return from_micros((value.int >> 80) * 1000)


def public(noun: str, value: UUID) -> str:
    """`trd_01jd…`: the noun, an underscore and 26 characters of Crockford's base 32."""
    number, chars = value.int, [""] * _LENGTH
    for place in range(_LENGTH - 1, -1, -1):
        chars[place] = _ALPHABET[number & 31]
        number >>= 5
    return f"{noun}_{''.join(chars)}"


def parse(noun: str, text: str, field: str = "id") -> UUID:
    """The inverse of `public`; raises `Invalid` naming `field` for anything else."""
    head, _, tail = text.partition("_")
    if head != noun or len(tail) != _LENGTH:
        raise Invalid(field=field, rule=f"must look like {noun}_ and {_LENGTH} characters")
    number = 0
    for char in tail:
        value = _VALUE.get(char)
        if value is None:
            raise Invalid(field=field, rule=f"has a character outside {_ALPHABET}")
        number = number << 5 | value
    if number >> 128:
        raise Invalid(field=field, rule="is larger than 128 bits")
    return UUID(int=number)


def token() -> str:
    """128 random bits for a link that people share; URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)
