"""Array parameters packed by hand into PostgreSQL's binary format.

psycopg walks a list in Python and looks up a dumper for every item, which costs more than the
insert it feeds. Here a column of a batch is one pass of `join`. Format: the number of dimensions, a
flag for nulls, the element's oid, the length, the lower bound; then each item's length (-1 is NULL)
and bytes (`array_recv`, src/backend/utils/adt/arrayfuncs.c).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from sycee.kit.clock import micros

NULL = b"\xff\xff\xff\xff"
"""The length of an item that is NULL."""

_SIZE = struct.Struct(">i").pack
_UUID, _BOOL, _BYTEA, _TEXT, _JSONB = 2950, 16, 17, 25, 3802
_INT8, _TIMESTAMPTZ, _DATE = 20, 1184, 1082
PG_EPOCH_US = 946_684_800_000_000
"""2000-01-01, from which PostgreSQL counts its microseconds, in those since 1970."""
_PG_EPOCH_DAY = date(2000, 1, 1).toordinal()


class Packed:
    """An array parameter already in binary form; subclasses say of what."""

    __slots__ = ("wire",)

    def __init__(self, wire: bytes) -> None:
        self.wire = wire


class Uuids(Packed):
    """A `uuid[]` parameter."""


class Texts(Packed):
    """A `text[]` parameter."""


class Blobs(Packed):
    """A `bytea[]` parameter."""


class Jsons(Packed):
    """A `jsonb[]` parameter."""


class Booleans(Packed):
    """A `boolean[]` parameter."""


class Bigints(Packed):
    """A `bigint[]` parameter."""


class Times(Packed):
    """A `timestamptz[]` parameter."""


class Dates(Packed):
    """A `date[]` parameter."""


def register(kind: type[Packed], array_oid: int) -> None:
    """Let psycopg send parameters of this class as arrays of that type."""

    class PackedDumper(Dumper):
        oid = array_oid
        format = Format.BINARY

        def dump(self, obj: Packed) -> Buffer | None:
            return obj.wire

    psycopg.adapters.register_dumper(kind, PackedDumper)


register(Uuids, 2951)
register(Texts, 1009)
register(Blobs, 1001)
register(Jsons, 3807)
register(Booleans, 1000)
register(Bigints, 1016)
register(Times, 1185)
register(Dates, 1182)


def header(length: int, element_oid: int, *, nulls: bool = False) -> bytes:
    """What stands before the items of an array of one dimension."""
    if length == 0:
        return struct.pack(">iiI", 0, 0, element_oid)
    return struct.pack(">iiIii", 1, int(nulls), element_oid, length, 1)


def uuids(values: Sequence[bytes | None]) -> Uuids:
    """UUIDs as their 16 bytes."""
    return Uuids(_packed(values, _UUID))


def texts(values: Sequence[bytes | None]) -> Texts:
    """Strings in UTF-8."""
    return Texts(_packed(values, _TEXT))


def blobs(values: Sequence[bytes | None]) -> Blobs:
    """Bytes."""
    return Blobs(_packed(values, _BYTEA))


def jsons(values: Sequence[bytes]) -> Jsons:
    """JSON texts in UTF-8; jsonb wants the version byte 1 before each."""
    return Jsons(_packed([b"\x01" + value for value in values], _JSONB))


def booleans(values: Sequence[bool]) -> Booleans:
    """True or false."""
    return Booleans(_packed([b"\x01" if value else b"\x00" for value in values], _BOOL))


def bigints(values: Sequence[int]) -> Bigints:
    """Whole numbers of 64 bits."""
    return Bigints(_eights(values, _INT8))


def times(values: Sequence[datetime]) -> Times:
    """Moments, to the microsecond."""
    return micros_since_1970([micros(value) for value in values])


def micros_since_1970(values: Iterable[int]) -> Times:
    """Moments as microseconds since 1970."""
    return Times(_eights([value - PG_EPOCH_US for value in values], _TIMESTAMPTZ))


def dates(values: Sequence[date]) -> Dates:
    """Days of the Gregorian calendar."""
    days = [value.toordinal() - _PG_EPOCH_DAY for value in values]
    return Dates(header(len(days), _DATE) + b"".join([struct.pack(">ii", 4, day) for day in days]))


def _eights(values: Sequence[int], oid: int) -> bytes:
    flat = [8] * (2 * len(values))
    flat[1::2] = values
    return header(len(values), oid) + struct.pack(">" + "iq" * len(values), *flat)


def _packed(items: Sequence[bytes | None], oid: int) -> bytes:
    parts = [NULL if item is None else _SIZE(len(item)) + item for item in items]
    return header(len(items), oid, nulls=None in items) + b"".join(parts)
