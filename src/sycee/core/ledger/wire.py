"""PostgreSQL's binary formats for what posting sends: arrays, and rows of the log for COPY.

Formats: array_send (src/backend/utils/adt/arrayfuncs.c) and "Binary Format" of the COPY page of the
PostgreSQL manual. Timestamps are microseconds since 2000-01-01.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

PG_EPOCH_US = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970."""

_UUID, _INT8, _INT2, _TIMESTAMPTZ = 2950, 20, 21, 1184


class Packed:
    """An array parameter already in binary form."""

    __slots__ = ("wire",)

    def __init__(self, wire: bytes) -> None:
        self.wire = wire


class UuidArray(Packed):
    """A `uuid[]` parameter."""


class BigintArray(Packed):
    """A `bigint[]` parameter."""


class SmallintArray(Packed):
    """A `smallint[]` parameter."""


class TimeArray(Packed):
    """A `timestamptz[]` parameter."""


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer | None:
        return obj.wire


class _UuidArrayDumper(_PackedDumper):
    oid = 2951


class _BigintArrayDumper(_PackedDumper):
    oid = 1016


class _SmallintArrayDumper(_PackedDumper):
    oid = 1005


class _TimeArrayDumper(_PackedDumper):
    oid = 1185


psycopg.adapters.register_dumper(UuidArray, _UuidArrayDumper)
psycopg.adapters.register_dumper(BigintArray, _BigintArrayDumper)
psycopg.adapters.register_dumper(SmallintArray, _SmallintArrayDumper)
psycopg.adapters.register_dumper(TimeArray, _TimeArrayDumper)


def _header(length: int, oid: int, nulls: bool = False) -> bytes:
    if length == 0:
        return struct.pack(">iiI", 0, 0, oid)
    return struct.pack(">iiIii", 1, int(nulls), oid, length, 1)


def uuids(ids: Sequence[int]) -> UuidArray:
    """Ids as whole numbers, packed."""
    if not ids:
        return UuidArray(_header(0, _UUID))
    sixteen = b"\x00\x00\x00\x10"
    parts = [id.to_bytes(16) for id in ids]
    return UuidArray(_header(len(ids), _UUID) + sixteen + sixteen.join(parts))


def _eights(values: Sequence[int], oid: int) -> bytes:
    flat = [8] * (2 * len(values))
    flat[1::2] = values
    return _header(len(values), oid) + struct.pack(">" + "iq" * len(values), *flat)


def bigints(values: Sequence[int]) -> BigintArray:
    """Whole numbers, packed."""
    return BigintArray(_eights(values, _INT8))


def times(values: Iterable[int]) -> TimeArray:
    """Microseconds since 1970, packed."""
    return TimeArray(_eights([value - PG_EPOCH_US for value in values], _TIMESTAMPTZ))


COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"

_NULL = b"\xff\xff\xff\xff"
_PLAIN = struct.Struct(">hi16si16si16siqihihiqiqiq")


def _uuid(value: int | None) -> bytes:
    return _NULL if value is None else b"\x00\x00\x00\x10" + value.to_bytes(16)


def _eight(value: int | None) -> bytes:
    return _NULL if value is None else struct.pack(">iq", 8, value)


def _time(value: int | None) -> bytes:
    return _NULL if value is None else struct.pack(">iq", 8, value - PG_EPOCH_US)


def copy_rows(rows: Iterable[tuple]) -> bytes:
    """Rows of the log (`model.Row`) as tuples of COPY BINARY, without its header and trailer."""
    out: list[bytes] = []
    add, pack, nothing = out.append, _PLAIN.pack, _NULL * 8
    # fmt: off
    for (
        id, debit, credit, amount, code, kind, posted, debit_after, credit_after,
        subject, asked, linked, reverses, hold, effective, expires, capture,
    ) in rows:
        if credit is None or credit_after is None:
            add(b"\x00\x11" + _uuid(id) + _uuid(debit) + _uuid(credit) + _eight(amount))
            add(struct.pack(">ihih", 2, code, 2, kind))
            add(_time(posted) + _eight(debit_after) + _eight(credit_after))
        else:
            add(pack(
                17, 16, id.to_bytes(16), 16, debit.to_bytes(16), 16, credit.to_bytes(16),
                8, amount, 2, code, 2, kind, 8, posted - PG_EPOCH_US, 8, debit_after,
                8, credit_after,
            ))
        if kind == 1 and subject is None and linked is None and effective is None:
            add(nothing)
            continue
        add(_NULL if subject is None else b"\x00\x00\x00\x10" + subject.bytes)
        add(_eight(asked) + _uuid(linked) + _uuid(reverses) + _uuid(hold))
        add(_time(effective) + _time(expires) + _time(capture))
    # fmt: on
    return b"".join(out)


_FIELDS = "uuuqhhtqququuuttt"  # the columns of a row: uuid, bigint, smallint, timestamptz
_ELEMENT = {"u": _UUID, "q": _INT8, "h": _INT2, "t": _TIMESTAMPTZ}
_ARRAY: dict[str, type[Packed]] = {
    "u": UuidArray,
    "q": BigintArray,
    "h": SmallintArray,
    "t": TimeArray,
}
_ENCODE: dict[str, Callable[[Any], bytes]] = {
    "u": lambda value: _uuid(value if type(value) is int else value.int),
    "q": _eight,
    "h": lambda value: struct.pack(">ih", 2, value),
    "t": _time,
}


def columns(rows: Sequence[tuple]) -> list[Packed]:
    """Rows of the log as one array a column, for INSERT … SELECT FROM unnest."""
    found = []
    for letter, values in zip(_FIELDS, zip(*rows, strict=True), strict=True):
        encode = _ENCODE[letter]
        parts = [_NULL if value is None else encode(value) for value in values]
        header = _header(len(values), _ELEMENT[letter], nulls=None in values)
        found.append(_ARRAY[letter](header + b"".join(parts)))
    return found
