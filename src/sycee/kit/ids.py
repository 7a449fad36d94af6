"""Identifiers: UUIDs by time and by name, their public form with a noun, and secrets for links."""

from __future__ import annotations

import os
import secrets
import struct
import time
from datetime import datetime
from functools import lru_cache
from uuid import UUID, SafeUUID

from sycee.kit.clock import from_micros
from sycee.kit.errors import Invalid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_TRIPLES = [pair + third for pair in _PAIRS for third in _ALPHABET]
_BASE_32 = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # as int(…, 32) reads it
_LENGTH = 26  # 130 bits hold 128
_VERSION_7 = 0x7 << 76
_VERSION_8 = 0x8 << 76
_VARIANT = 0b10 << 62
_FREE = (1 << 128) - 1 & ~(0xF << 76) & ~(0b11 << 62)  # what neither version nor variant takes
_RANDOM = (1 << 62) - 1
_set = object.__setattr__


def uuid7(millis: int | None = None) -> UUID:
    """A version 7 UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, then randomness.

    The 12 bits after the version hold the fraction of the millisecond (RFC 9562 §6.2, method 3), so
    ids made one after another in one process nearly always sort in order of making.
    """
    chance = int.from_bytes(os.urandom(10), "big")
    if millis is None:
        millis, rest = divmod(time.time_ns(), 1_000_000)
        fraction = (rest << 12) // 1_000_000
    else:
        fraction = chance >> 68
    return UUID(int=millis << 80 | _VERSION_7 | fraction << 64 | _VARIANT | chance & _RANDOM)


def uuid7s(count: int, millis: int | None = None) -> list[UUID]:
    """Version 7 UUIDs in ascending order, all of one millisecond; cheaper than one by one.

    The 12 bits after the version count up (RFC 9562 §6.2, method 1) from a random start below the
    half of their range; beyond it the next millisecond is borrowed.
    """
    if millis is None:
        millis = time.time_ns() // 1_000_000
    chance = os.urandom(8 * count + 2)
    place = int.from_bytes(chance[-2:]) >> 5
    fixed = _VERSION_7 | _VARIANT
    found: list[UUID] = []
    for k, word in enumerate(struct.unpack_from(f">{count}Q", chance), place):
        over, counter = divmod(k, 4_096)
        number = (millis + over) << 80 | fixed | counter << 64 | word & _RANDOM
        made = object.__new__(UUID)  # its `__init__` asks what it was given, for most of its time
        _set(made, "int", number)
        _set(made, "is_safe", SafeUUID.unknown)
        found.append(made)
    return found


def uuid8(raw: bytes) -> UUID:
    """A version 8 UUID (RFC 9562 §5.8) of the first 16 bytes of `raw`, such as a hash of a name.

    Version and variant take six bits of them; the other 122 stay as they are.
    """
    return UUID(int=int.from_bytes(raw[:16]) & _FREE | _VERSION_8 | _VARIANT)


def made_at(value: UUID) -> datetime:
    """The moment a version 7 UUID claims, to the millisecond."""
    return from_micros((value.int >> 80) * 1000)


def public(noun: str, value: UUID) -> str:
    """`trd_01jd…`: the noun, an underscore and 26 characters of Crockford's base 32."""
    # Fifteen bits at a time, written out, and of small numbers as soon as may be: every answer and
    # every journal row has a few of these.
    n, t = value.int, _TRIPLES
    upper, lower = n >> 60, n & 0xFFF_FFFF_FFFF_FFFF
    a, b, c, d = upper >> 30, upper & 0x3FFF_FFFF, lower >> 30, lower & 0x3FFF_FFFF
    return (
        f"{noun}_{_PAIRS[a >> 30]}{t[a >> 15 & 32767]}{t[a & 32767]}{t[b >> 15]}{t[b & 32767]}"
        f"{t[c >> 15]}{t[c & 32767]}{t[d >> 15]}{t[d & 32767]}"
    )


@lru_cache(maxsize=8_192)  # the same shops and friends are paid again and again
def parse(noun: str, text: str, field: str = "id") -> UUID:
    """The inverse of `public`; raises `Invalid` naming `field` for anything else."""
    head, _, tail = text.partition("_")
    if head != noun or len(tail) != _LENGTH:
        raise Invalid(field=field, rule=f"must look like {noun}_ and {_LENGTH} characters")
    if tail.strip(_ALPHABET):  # only the ends are stripped: what is inside stays
        raise Invalid(field=field, rule=f"has a character outside {_ALPHABET}")
    number = int(tail.translate(_BASE_32), 32)
    if number >> 128:
        raise Invalid(field=field, rule="is larger than 128 bits")
    return UUID(int=number)


def token() -> str:
    """128 random bits for a link that people share; URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)
