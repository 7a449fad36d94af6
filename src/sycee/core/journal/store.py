"""The journal's SQL: `journal.entry` and `journal.concern`.

An xid is read as text, under the column's own name; so what sorts must be the table's column by its
full name, or '1000' would come before '999'.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.core.journal.model import Cursor, Row
from sycee.runtime import arrays
from sycee.runtime.db import Tx


class Columns:
    """The rows of one append, column by column, ready to be packed."""

    __slots__ = ("actors", "bodies", "concerned", "concerns", "ids", "leaves", "parties",
                 "purposes", "salts", "subjects", "verbs")  # fmt: skip

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.actors: list[bytes | None] = []
        self.verbs: list[bytes] = []
        self.subjects: list[bytes] = []
        self.parties: list[bytes] = []
        self.purposes: list[bytes] = []
        self.bodies: list[bytes] = []
        self.salts: list[bytes] = []
        self.leaves: list[bytes] = []
        # Whom a row concerns: each party once, with the place of its row.
        self.concerned: list[bytes] = []
        self.concerns: list[int] = []


def insert(tx: Tx, at: datetime, version: int, rows: Columns) -> None:
    """Append rows behind those that this transaction already wrote."""
    tx.conn.execute(
        """
        WITH mine AS (
            SELECT pg_current_xact_id() AS xid, (coalesce(max(ordinal), -1) + 1)::bigint AS next
            FROM journal.entry WHERE xid = pg_current_xact_id()
        ), written AS (
            INSERT INTO journal.entry
            SELECT mine.xid, mine.next + u.place - 1, u.id, %s, u.actor, u.verb, u.subject,
                   u.parties::uuid[], u.purpose, %s, u.body, u.salt, u.leaf
            FROM mine, unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s) WITH ORDINALITY
                 AS u (id, actor, verb, subject, parties, purpose, body, salt, leaf, place)
        )
        INSERT INTO journal.concern
        SELECT c.party, mine.xid, mine.next + c.place FROM mine, unnest(%s, %s) AS c (party, place)
        """,
        (
            at,
            version,
            arrays.uuids(rows.ids),
            arrays.uuids(rows.actors),
            arrays.texts(rows.verbs),
            arrays.uuids(rows.subjects),
            arrays.texts(rows.parties),
            arrays.texts(rows.purposes),
            arrays.jsons(rows.bodies),
            arrays.blobs(rows.salts),
            arrays.blobs(rows.leaves),
            arrays.uuids(rows.concerned),
            arrays.bigints(rows.concerns),
        ),
    )


def since(tx: Tx, cursor: Cursor, limit: int, verbs: Sequence[str] | None) -> list[Row]:
    """Rows after the cursor, in commit order, up to the horizon."""
    return _rows(
        tx.conn.execute(
            """
            SELECT xid::text, ordinal, id, at, actor, verb, subject, parties, purpose, version,
                   body, salt, leaf
            FROM journal.entry
            WHERE (xid, ordinal) > (%s::text::xid8, %s)
              AND xid < pg_snapshot_xmin(pg_current_snapshot())
              AND (%s::text[] IS NULL OR verb LIKE ANY (%s::text[]))
            ORDER BY entry.xid, entry.ordinal LIMIT %s
            """,
            (str(cursor.xid), cursor.ordinal, verbs, verbs, limit),
        ).fetchall()
    )


LAST = Cursor(2**64 - 1, 2**31 - 1)
"""Behind every row."""


def since_of(
    tx: Tx,
    party: UUID,
    cursor: Cursor,
    limit: int,
    verbs: Sequence[str] | None,
    until: Cursor = LAST,
) -> list[Row]:
    """Rows that concern a party, after the cursor and up to `until`, in commit order, up to the
    horizon."""
    return _rows(
        tx.conn.execute(
            """
            SELECT e.xid::text, e.ordinal, e.id, e.at, e.actor, e.verb, e.subject, e.parties,
                   e.purpose, e.version, e.body, e.salt, e.leaf
            FROM journal.concern c CROSS JOIN LATERAL (
                SELECT * FROM journal.entry AS o WHERE o.xid = c.xid AND o.ordinal = c.ordinal
                LIMIT 1  -- one by one: no plan reads the whole journal
            ) AS e
            WHERE c.party = %s AND (c.xid, c.ordinal) > (%s::text::xid8, %s)
              AND (c.xid, c.ordinal) <= (%s::text::xid8, %s)
              AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
              AND (%s::text[] IS NULL OR e.verb LIKE ANY (%s::text[]))
            ORDER BY c.xid, c.ordinal LIMIT %s
            """,
            (
                *(party, str(cursor.xid), cursor.ordinal, str(until.xid), until.ordinal),
                *(verbs, verbs, limit),
            ),
        ).fetchall()
    )


def nth_of(tx: Tx, party: UUID, cursor: Cursor, number: int) -> Cursor | None:
    """The place of the n-th row after the cursor that concerns a party, below the horizon."""
    row = tx.conn.execute(
        """
        SELECT xid::text, ordinal FROM journal.concern
        WHERE party = %s AND (xid, ordinal) > (%s::text::xid8, %s)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY concern.xid, concern.ordinal OFFSET %s - 1 LIMIT 1
        """,
        (party, str(cursor.xid), cursor.ordinal, number),
    ).fetchone()
    return None if row is None else Cursor(int(row[0]), row[1])


def about(tx: Tx, subject: UUID, cursor: Cursor, limit: int) -> list[Row]:
    """Rows of one subject after the cursor, as far as this transaction sees."""
    return _rows(
        tx.conn.execute(
            """
            SELECT xid::text, ordinal, id, at, actor, verb, subject, parties, purpose, version,
                   body, salt, leaf
            FROM journal.entry
            WHERE subject = %s AND (xid, ordinal) > (%s::text::xid8, %s)
            ORDER BY entry.xid, entry.ordinal LIMIT %s
            """,
            (subject, str(cursor.xid), cursor.ordinal, limit),
        ).fetchall()
    )


def latest(
    tx: Tx, subject: UUID, verbs: Sequence[str], before: Cursor | None, limit: int
) -> list[Row]:
    """Rows of one subject with one of the verbs, newest first, from before the cursor."""
    place = before or LAST
    return _rows(
        tx.conn.execute(
            """
            SELECT xid::text, ordinal, id, at, actor, verb, subject, parties, purpose, version,
                   body, salt, leaf
            FROM journal.entry
            WHERE subject = %s AND verb = ANY (%s) AND (xid, ordinal) < (%s::text::xid8, %s)
            ORDER BY entry.xid DESC, entry.ordinal DESC LIMIT %s
            """,
            (subject, list(verbs), str(place.xid), place.ordinal, limit),
        ).fetchall()
    )


def latest_of(tx: Tx, party: UUID, before: Cursor | None, limit: int) -> list[Row]:
    """Rows that concern a party, newest first, from before the cursor, below the horizon."""
    place = before or LAST
    return _rows(
        tx.conn.execute(
            """
            SELECT e.xid::text, e.ordinal, e.id, e.at, e.actor, e.verb, e.subject, e.parties,
                   e.purpose, e.version, e.body, e.salt, e.leaf
            FROM journal.concern c CROSS JOIN LATERAL (
                SELECT * FROM journal.entry AS o WHERE o.xid = c.xid AND o.ordinal = c.ordinal
                LIMIT 1  -- one by one: no plan reads the whole journal
            ) AS e
            WHERE c.party = %s AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
              AND (c.xid, c.ordinal) < (%s::text::xid8, %s)
            ORDER BY c.xid DESC, c.ordinal DESC LIMIT %s
            """,
            (party, str(place.xid), place.ordinal, limit),
        ).fetchall()
    )


def at_cursor(tx: Tx, cursor: Cursor) -> list[Row]:
    """The one row at a place, if it exists."""
    return _rows(
        tx.conn.execute(
            """
            SELECT xid::text, ordinal, id, at, actor, verb, subject, parties, purpose, version,
                   body, salt, leaf
            FROM journal.entry WHERE xid = %s::text::xid8 AND ordinal = %s
            """,
            (str(cursor.xid), cursor.ordinal),
        ).fetchall()
    )


def leaves_since(tx: Tx, cursor: Cursor, limit: int) -> list[tuple[int, int, bytes]]:
    """(xid, ordinal, leaf) of rows after the cursor, in commit order, up to the horizon."""
    rows = tx.conn.execute(
        """
        SELECT xid::text, ordinal, leaf FROM journal.entry
        WHERE (xid, ordinal) > (%s::text::xid8, %s)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY entry.xid, entry.ordinal LIMIT %s
        """,
        (str(cursor.xid), cursor.ordinal, limit),
    ).fetchall()
    return [(int(row[0]), row[1], bytes(row[2])) for row in rows]


def between(tx: Tx, first: Cursor, last: Cursor) -> list[Row]:
    """Rows from `first` to `last`, both included, in commit order."""
    return _rows(
        tx.conn.execute(
            """
            SELECT xid::text, ordinal, id, at, actor, verb, subject, parties, purpose, version,
                   body, salt, leaf
            FROM journal.entry
            WHERE (xid, ordinal) >= (%s::text::xid8, %s) AND (xid, ordinal) <= (%s::text::xid8, %s)
            ORDER BY entry.xid, entry.ordinal
            """,
            (str(first.xid), first.ordinal, str(last.xid), last.ordinal),
        ).fetchall()
    )


def counts_between(tx: Tx, spans: Sequence[tuple[Cursor, Cursor]]) -> list[int]:
    """How many rows there are in each span, its first included and its last not."""
    rows = tx.conn.execute(
        """
        SELECT (SELECT count(*) FROM journal.entry AS e
                WHERE (e.xid, e.ordinal) >= (s.xid::xid8, s.ordinal)
                  AND (e.xid, e.ordinal) < (s.until_xid::xid8, s.until_ordinal))
        FROM unnest(%s::text[], %s::integer[], %s::text[], %s::integer[]) WITH ORDINALITY
             AS s (xid, ordinal, until_xid, until_ordinal, number) ORDER BY s.number
        """,
        (
            [str(first.xid) for first, _ in spans],
            [first.ordinal for first, _ in spans],
            [str(last.xid) for _, last in spans],
            [last.ordinal for _, last in spans],
        ),
    ).fetchall()
    return [row[0] for row in rows]


def unlisted(tx: Tx, limit: int) -> list[tuple[Cursor, bool]]:
    """Rows that are not listed for just those they concern: where, and whether one is missing."""
    rows = tx.conn.execute(
        """
        SELECT coalesce(e.xid, c.xid)::text, coalesce(e.ordinal, c.ordinal), c.party IS NULL
        FROM (SELECT DISTINCT xid, ordinal, unnest(parties) AS party FROM journal.entry) AS e
        FULL JOIN journal.concern AS c
            ON c.party = e.party AND c.xid = e.xid AND c.ordinal = e.ordinal
        WHERE e.party IS NULL OR c.party IS NULL LIMIT %s
        """,
        (limit,),
    ).fetchall()
    return [(Cursor(int(xid), ordinal), missing) for xid, ordinal, missing in rows]


def horizon(tx: Tx) -> int:
    """The first xid that may still be uncommitted: everything below it is settled."""
    row = tx.conn.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    assert row is not None
    return int(row[0])


def _rows(found: list[tuple[Any, ...]]) -> list[Row]:
    return [_row(*columns) for columns in found]


def _row(*columns: Any) -> Row:
    typed: tuple[Any, ...] = (int(columns[0]), *columns[1:7], tuple(columns[7]), *columns[8:])
    return Row(*typed)
