"""PostgreSQL's binary formats for what posting sends: arrays, and rows of the log for COPY.

Formats: `runtime.arrays`, and "Binary Format" of the COPY page of the PostgreSQL manual. Timestamps
are microseconds since 2000-01-01.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sycee.runtime.arrays import (
    NULL,
    PG_EPOCH_US,
    Bigints,
    Packed,
    Times,
    Uuids,
    header,
    register,
)

_UUID, _INT8, _INT2, _TIMESTAMPTZ = 2950, 20, 21, 1184


class Smallints(Packed):
    """A `smallint[]` parameter."""


register(Smallints, 1005)


def uuids(ids: Sequence[int]) -> Uuids:
    """Ids as whole numbers, packed."""
    if not ids:
        return Uuids(header(0, _UUID))
    sixteen = b"\x00\x00\x00\x10"
    parts = [id.to_bytes(16) for id in ids]
    return Uuids(header(len(ids), _UUID) + sixteen + sixteen.join(parts))


_PLAIN = struct.Struct(">hi16si16si16siqihihiqiqiq")


def _uuid(value: int | None) -> bytes:
    return NULL if value is None else b"\x00\x00\x00\x10" + value.to_bytes(16)


def _eight(value: int | None) -> bytes:
    return NULL if value is None else struct.pack(">iq", 8, value)


def _time(value: int | None) -> bytes:
    return NULL if value is None else struct.pack(">iq", 8, value - PG_EPOCH_US)


def copy_rows(rows: Iterable[tuple]) -> bytes:
    """Rows of the log (`model.Row`) as tuples of COPY BINARY, without its header and trailer."""
    out: list[bytes] = []
    add, pack, nothing = out.append, _PLAIN.pack, NULL * 8
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
        add(NULL if subject is None else b"\x00\x00\x00\x10" + subject.bytes)
        add(_eight(asked) + _uuid(linked) + _uuid(reverses) + _uuid(hold))
        add(_time(effective) + _time(expires) + _time(capture))
    # fmt: on
    return b"".join(out)


_FIELDS = "uuuqhhtqququuuttt"  # the columns of a row: uuid, bigint, smallint, timestamptz
_ELEMENT = {"u": _UUID, "q": _INT8, "h": _INT2, "t": _TIMESTAMPTZ}
_ARRAY: dict[str, type[Packed]] = {
    "u": Uuids,
    "q": Bigints,
    "h": Smallints,
    "t": Times,
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
        parts = [NULL if value is None else encode(value) for value in values]
        head = header(len(values), _ELEMENT[letter], nulls=None in values)
        found.append(_ARRAY[letter](head + b"".join(parts)))
    return found
