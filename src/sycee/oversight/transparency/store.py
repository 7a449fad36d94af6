"""SQL of `transparency.*`: how far the journal is sealed, tiles, checkpoints and witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.runtime.db import Tx


class Head(msgspec.Struct, frozen=True):
    """How far the log goes: its size, its last row in the journal, and its key if it has one."""

    size: int
    xid: int
    ordinal: int
    key: str | None


class Published(msgspec.Struct, frozen=True):
    """A checkpoint as it was published, with the lines of the witnesses that cosigned it."""

    size: int
    root: bytes
    note: str
    made_at: datetime
    cosignatures: tuple[str, ...]


class Witness(msgspec.Struct, frozen=True):
    """Somebody who is asked to cosign: its key and address, and how that went last."""

    id: UUID
    key: str
    url: str
    size: int
    seen_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    added_at: datetime


def lock_head(tx: Tx) -> Head:
    """The head, locked until the transaction ends: one sealer at a time."""
    row = tx.conn.execute(
        """
        UPDATE transparency.head SET size = size WHERE name = 'journal'
        RETURNING size, xid::text, ordinal, key
        """
    ).fetchone()
    assert row is not None, "the migration made it"
    return Head(row[0], int(row[1]), row[2], row[3])


def read_head(tx: Tx) -> Head:
    """The head as it stands."""
    row = tx.conn.execute(
        "SELECT size, xid::text, ordinal, key FROM transparency.head WHERE name = 'journal'"
    ).fetchone()
    assert row is not None, "the migration made it"
    return Head(row[0], int(row[1]), row[2], row[3])


def save_head(tx: Tx, head: Head) -> None:
    """Note how far the journal is sealed now."""
    tx.conn.execute(
        """
        UPDATE transparency.head SET size = %s, xid = %s::text::xid8, ordinal = %s, key = %s
        WHERE name = 'journal'
        """,
        (head.size, str(head.xid), head.ordinal, head.key),
    )


def tile(tx: Tx, level: int, place: int) -> bytes:
    """The hashes of a tile; empty if there is none."""
    row = tx.conn.execute(
        "SELECT hashes FROM transparency.tile WHERE level = %s AND place = %s", (level, place)
    ).fetchone()
    return b"" if row is None else bytes(row[0])


def save_tile(tx: Tx, level: int, place: int, hashes: bytes, first: tuple[int, int] | None) -> None:
    """Write a tile in full; `first` is the (xid, ordinal) of its first row, where it is new."""
    xid, ordinal = (None, None) if first is None else (str(first[0]), first[1])
    tx.conn.execute(
        """
        INSERT INTO transparency.tile (level, place, hashes, xid, ordinal)
        VALUES (%s, %s, %s, %s::text::xid8, %s)
        ON CONFLICT (level, place) DO UPDATE SET hashes = excluded.hashes
        """,
        (level, place, hashes, xid, ordinal),
    )


def tiles_of(
    tx: Tx, places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[int, int, int]]:
    """For rows of the journal, by (xid, ordinal), the leaf tile that each is in: its place, and
    (xid, ordinal) of its first row. Rows before the first tile are left out."""
    rows = tx.conn.execute(
        """
        SELECT w.xid, w.ordinal, t.place, t.xid::text, t.ordinal
        FROM unnest(%s::text[], %s::integer[]) AS w (xid, ordinal)
        CROSS JOIN LATERAL (
            SELECT place, xid, ordinal FROM transparency.tile
            WHERE level = 0 AND (xid, ordinal) <= (w.xid::xid8, w.ordinal)
            ORDER BY xid DESC, ordinal DESC LIMIT 1
        ) AS t
        """,
        ([str(xid) for xid, _ in places], [ordinal for _, ordinal in places]),
    ).fetchall()
    return {(int(row[0]), row[1]): (row[2], int(row[3]), row[4]) for row in rows}


def leaf_tiles(tx: Tx, after: int, limit: int) -> list[tuple[int, bytes, int, int]]:
    """Leaf tiles from a place on: place, hashes, and (xid, ordinal) of the first row."""
    rows = tx.conn.execute(
        """
        SELECT place, hashes, xid::text, ordinal FROM transparency.tile
        WHERE level = 0 AND place > %s ORDER BY place LIMIT %s
        """,
        (after, limit),
    ).fetchall()
    return [(row[0], bytes(row[1]), int(row[2]), row[3]) for row in rows]


def publish(tx: Tx, size: int, root: bytes, note: str) -> None:
    """Keep a checkpoint for good."""
    tx.conn.execute(
        """
        INSERT INTO transparency.checkpoint (size, root, note, made_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (size) DO NOTHING
        """,
        (size, root, note, tx.now),
    )


_PUBLISHED = """
    SELECT c.size, c.root, c.note, c.made_at,
           ARRAY(SELECT s.line FROM transparency.cosignature AS s
                 WHERE s.size = c.size ORDER BY s.witness)
    FROM transparency.checkpoint AS c
"""


def latest(tx: Tx) -> Published | None:
    """The newest checkpoint, if there is one."""
    rows = tx.conn.execute(_PUBLISHED + " ORDER BY c.size DESC LIMIT 1").fetchall()
    return _published(rows)


def witnessed(tx: Tx) -> Published | None:
    """The newest checkpoint that a witness has cosigned, if there is one."""
    rows = tx.conn.execute(
        _PUBLISHED
        + """
        WHERE c.size = (SELECT max(size) FROM transparency.cosignature)
        """
    ).fetchall()
    return _published(rows)


def published(tx: Tx, size: int) -> Published | None:
    """The checkpoint of a size, if one was published."""
    return _published(tx.conn.execute(_PUBLISHED + " WHERE c.size = %s", (size,)).fetchall())


def checkpoints(tx: Tx, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Sizes and roots of checkpoints beyond a size, in order."""
    rows = tx.conn.execute(
        "SELECT size, root FROM transparency.checkpoint WHERE size > %s ORDER BY size LIMIT %s",
        (after, limit),
    ).fetchall()
    return [(row[0], bytes(row[1])) for row in rows]


def witnesses(tx: Tx) -> list[Witness]:
    """Everyone who is asked, in the order they were added."""
    return [
        Witness(*row)
        for row in tx.conn.execute(
            """
            SELECT id, key, url, size, seen_at, failed_at, failure, added_at
            FROM transparency.witness ORDER BY id
            """
        ).fetchall()
    ]


def add_witness(tx: Tx, id_: UUID, key: str, url: str) -> None:
    """Ask one more."""
    tx.conn.execute(
        "INSERT INTO transparency.witness (id, key, url, added_at) VALUES (%s, %s, %s, %s)",
        (id_, key, url, tx.now),
    )


def remove_witness(tx: Tx, id_: UUID) -> bool:
    """Ask one no longer; what it cosigned stays. False if there is none of that id."""
    return tx.conn.execute("DELETE FROM transparency.witness WHERE id = %s", (id_,)).rowcount == 1


def cosigned(tx: Tx, witness: UUID, size: int, line: str) -> None:
    """Keep a witness's line, and that it has seen this size."""
    tx.conn.execute(
        """
        INSERT INTO transparency.cosignature (size, witness, line, made_at)
        VALUES (%s, %s, %s, %s) ON CONFLICT (size, witness) DO NOTHING
        """,
        (size, witness, line, tx.now),
    )
    tx.conn.execute(
        """
        UPDATE transparency.witness SET size = %s, seen_at = %s, failed_at = NULL, failure = NULL
        WHERE id = %s AND size <= %s
        """,
        (size, tx.now, witness, size),
    )


def remembered(tx: Tx, witness: UUID, size: int) -> None:
    """A witness says which size it has seen: it knows better than this house."""
    tx.conn.execute("UPDATE transparency.witness SET size = %s WHERE id = %s", (size, witness))


def failed(tx: Tx, witness: UUID, failure: str) -> None:
    """A witness did not cosign, and why."""
    tx.conn.execute(
        "UPDATE transparency.witness SET failed_at = %s, failure = %s WHERE id = %s",
        (tx.now, failure, witness),
    )


def _published(rows: Sequence[tuple[Any, ...]]) -> Published | None:
    if not rows:
        return None
    size, root, note, made_at, lines = rows[0]
    return Published(size, bytes(root), note, made_at, tuple(lines))
