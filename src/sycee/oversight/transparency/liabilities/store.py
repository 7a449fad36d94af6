"""SQL of `transparency.liabilities` and its chunks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.runtime.db import Tx


class Total(msgspec.Struct, frozen=True):
    """One published total, and the journal's row that published it."""

    epoch: int
    currency: str
    day_on: date
    taken_at: datetime
    height: int
    sum_minor: int
    root: bytes
    accounts: int
    entry: UUID


def alone(tx: Tx) -> bool:
    """Whether nobody else publishes until this transaction ends; false if somebody does."""
    row = tx.conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('transparency.liabilities', 0))"
    ).fetchone()
    assert row is not None
    return row[0]


def insert(tx: Tx, total: Total) -> bool:
    """Publish a total; false if that day's was published already."""
    done = tx.conn.execute(
        """
        INSERT INTO transparency.liabilities
            (epoch, currency, day_on, taken_at, height, sum_minor, root, accounts, entry)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (epoch, currency) DO NOTHING
        """,
        (
            total.epoch,
            total.currency,
            total.day_on,
            total.taken_at,
            total.height,
            total.sum_minor,
            total.root,
            total.accounts,
            total.entry,
        ),
    )
    return done.rowcount == 1


def epochs(tx: Tx, epoch: int) -> set[str]:
    """The currencies whose total of a day is published."""
    rows = tx.conn.execute(
        "SELECT currency FROM transparency.liabilities WHERE epoch = %s", (epoch,)
    ).fetchall()
    return {row[0] for row in rows}


def latest(tx: Tx) -> list[Total]:
    """The newest total of each currency."""
    rows = tx.conn.execute(
        """
        SELECT DISTINCT ON (currency) epoch, currency, day_on, taken_at, height, sum_minor, root,
               accounts, entry
        FROM transparency.liabilities ORDER BY currency, epoch DESC
        """
    ).fetchall()
    return [_total(row) for row in rows]


def one(tx: Tx, epoch: int, currency: str) -> Total | None:
    """A day's total."""
    row = tx.conn.execute(
        """
        SELECT epoch, currency, day_on, taken_at, height, sum_minor, root, accounts, entry
        FROM transparency.liabilities WHERE epoch = %s AND currency = %s
        """,
        (epoch, currency),
    ).fetchone()
    return None if row is None else _total(row)


def history(tx: Tx, before: int, limit: int) -> list[Total]:
    """Totals of days before an epoch, newest first."""
    rows = tx.conn.execute(
        """
        SELECT epoch, currency, day_on, taken_at, height, sum_minor, root, accounts, entry
        FROM transparency.liabilities WHERE epoch < %s ORDER BY epoch DESC, currency LIMIT %s
        """,
        (before, limit),
    ).fetchall()
    return [_total(row) for row in rows]


def clear(tx: Tx, epoch: int, currency: str) -> None:
    """Drop chunks of a total that was begun and not published."""
    tx.conn.execute(
        "DELETE FROM transparency.liability_chunk WHERE epoch = %s AND currency = %s",
        (epoch, currency),
    )


def save(tx: Tx, chunks: Iterable[tuple[int, str, int, int, bytes, bytes | None]]) -> None:
    """Write chunks: epoch, currency, level, place, records, first id."""
    with tx.conn.cursor().copy(
        "COPY transparency.liability_chunk (epoch, currency, level, place, records, first)"
        " FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["int4", "text", "int2", "int8", "bytea", "bytea"])
        for chunk in chunks:
            copy.write_row(chunk)


def chunk(tx: Tx, epoch: int, currency: str, level: int, place: int) -> bytes:
    """A chunk's records; raises LookupError for one that is not kept."""
    row = tx.conn.execute(
        """
        SELECT records FROM transparency.liability_chunk
        WHERE epoch = %s AND currency = %s AND level = %s AND place = %s
        """,
        (epoch, currency, level, place),
    ).fetchone()
    if row is None:
        raise LookupError(f"chunk {level}/{place} of {epoch} {currency}")
    return bytes(row[0])


def chunk_of(tx: Tx, epoch: int, currency: str, id_: bytes) -> tuple[int, bytes] | None:
    """Place and records of the leaf chunk that an id would be in."""
    row = tx.conn.execute(
        """
        SELECT place, records FROM transparency.liability_chunk
        WHERE epoch = %s AND currency = %s AND level = 0 AND first <= %s
        ORDER BY first DESC LIMIT 1
        """,
        (epoch, currency, id_),
    ).fetchone()
    return None if row is None else (row[0], bytes(row[1]))


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete chunks of totals taken before a moment; the totals themselves stay. How many went."""
    return tx.conn.execute(
        """
        DELETE FROM transparency.liability_chunk WHERE (epoch, currency, level, place) IN (
            SELECT c.epoch, c.currency, c.level, c.place
            FROM transparency.liability_chunk AS c
            JOIN transparency.liabilities AS l USING (epoch, currency)
            WHERE l.taken_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount


def _total(row: Sequence[Any]) -> Total:
    typed: tuple[Any, ...] = (*row[:6], bytes(row[6]), *row[7:])
    return Total(*typed)
