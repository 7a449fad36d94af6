"""SQL of what people write on envelopes, sealed: one function a query."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.runtime.db import MAX, Tx


class Words(msgspec.Struct, frozen=True):
    """A sealed greeting or thank-you."""

    envelope: UUID
    writer: UUID
    sealed: bytes
    written_at: datetime


def write(tx: Tx, words: Words) -> None:
    """Keep what somebody writes on an envelope, in the place of what they wrote before."""
    tx.conn.execute(
        """
        INSERT INTO envelopes.words (envelope, writer, sealed, written_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (envelope, writer) DO UPDATE
            SET sealed = excluded.sealed, written_at = excluded.written_at
        """,
        (words.envelope, words.writer, words.sealed, words.written_at),
    )


def on(tx: Tx, envelope: UUID, limit: int) -> list[Words]:
    """What is written on an envelope, the earliest first."""
    rows = tx.conn.execute(
        """
        SELECT envelope, writer, sealed, written_at FROM envelopes.words
        WHERE envelope = %s ORDER BY written_at, writer LIMIT %s
        """,
        (envelope, limit),
    ).fetchall()
    return [Words(row[0], row[1], bytes(row[2]), row[3]) for row in rows]


def by(tx: Tx, writer: UUID, before: UUID | None, limit: int) -> list[Words]:
    """What a person has written on envelopes, by the envelope's id, newest first."""
    rows = tx.conn.execute(
        """
        SELECT envelope, writer, sealed, written_at FROM envelopes.words
        WHERE writer = %s AND envelope < %s
        ORDER BY envelope DESC LIMIT %s
        """,
        (writer, before or MAX, limit),
    ).fetchall()
    return [Words(row[0], row[1], bytes(row[2]), row[3]) for row in rows]
