"""SQL of `people.memo`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.runtime.db import MAX, Tx


class Memo(msgspec.Struct, frozen=True):
    """A sealed text on the id of a transfer, request or split."""

    subject: UUID
    writer: UUID
    reader: UUID | None
    sealed: bytes


def insert(tx: Tx, memo: Memo) -> None:
    """Keep a memo."""
    tx.conn.execute(
        "INSERT INTO people.memo (subject, writer, reader, sealed) VALUES (%s, %s, %s, %s)",
        (memo.subject, memo.writer, memo.reader, memo.sealed),
    )


def read(tx: Tx, subjects: Sequence[UUID], party: UUID) -> list[Memo]:
    """The memos on some ids that a party wrote or got."""
    rows = tx.conn.execute(
        """
        SELECT subject, writer, reader, sealed FROM people.memo
        WHERE subject = ANY(%(ids)s) AND (writer = %(party)s OR reader = %(party)s)
        ORDER BY subject
        """,
        {"ids": list(subjects), "party": party},
    ).fetchall()
    return [Memo(*row) for row in rows]


def of(tx: Tx, subject: UUID) -> Memo | None:
    """The memo on an id, for whoever holds the link to it."""
    row = tx.conn.execute(
        "SELECT subject, writer, reader, sealed FROM people.memo WHERE subject = %s", (subject,)
    ).fetchone()
    return Memo(*row) if row else None


def address(tx: Tx, subject: UUID, reader: UUID) -> None:
    """Let the other side read a memo that was written to whoever holds the link."""
    tx.conn.execute(
        "UPDATE people.memo SET reader = %s WHERE subject = %s AND reader IS NULL",
        (reader, subject),
    )


def of_party(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[Memo]:
    """Memos that a party wrote or got, by the id of what they hang on, newest first."""
    rows = tx.conn.execute(
        """
        SELECT subject, writer, reader, sealed FROM people.memo
        WHERE (writer = %(party)s OR reader = %(party)s)
          AND subject < %(before)s
        ORDER BY subject DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [Memo(*row) for row in rows]


def schedules_of(tx: Tx, party: UUID) -> list[UUID]:
    """A payer's dated payments that go on, or would."""
    rows = tx.conn.execute(
        "SELECT id FROM people.schedule WHERE payer = %s AND state <> 'ended' LIMIT 50", (party,)
    ).fetchall()
    return [row[0] for row in rows]


def gifts_of(tx: Tx, party: UUID) -> list[UUID]:
    """A sender's gifts that nobody has taken yet."""
    rows = tx.conn.execute(
        "SELECT id FROM people.gift WHERE sender = %s AND state = 'waiting' LIMIT 50", (party,)
    ).fetchall()
    return [row[0] for row in rows]
