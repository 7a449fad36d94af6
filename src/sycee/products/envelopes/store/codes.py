"""SQL of face-to-face codes and wrong guesses: one function a query."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sycee.runtime.db import Tx


def in_use(tx: Tx, most: int) -> int:
    """How many codes are valid now, counted up to `most`."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM (
            SELECT FROM envelopes.code WHERE expires_at > %s LIMIT %s) AS valid
        """,
        (tx.now, most),
    ).fetchone()
    assert row is not None
    return row[0]


def replace(tx: Tx, digest: bytes, envelope: UUID, expires_at: datetime) -> bool:
    """Keep a code in the place of the envelope's last one; False when it is another's now."""
    tx.conn.execute("DELETE FROM envelopes.code WHERE envelope = %s", (envelope,))
    kept = tx.conn.execute(
        """
        INSERT INTO envelopes.code AS c (digest, envelope, expires_at) VALUES (%(digest)s,
            %(envelope)s, %(expires_at)s)
        ON CONFLICT (digest) DO UPDATE
            SET envelope = excluded.envelope, expires_at = excluded.expires_at
            WHERE c.expires_at <= %(now)s
        """,
        {"digest": digest, "envelope": envelope, "expires_at": expires_at, "now": tx.now},
    )
    return kept.rowcount == 1


def find(tx: Tx, digest: bytes) -> UUID | None:
    """The envelope of a code that is valid now."""
    row = tx.conn.execute(
        "SELECT envelope FROM envelopes.code WHERE digest = %s AND expires_at > %s",
        (digest, tx.now),
    ).fetchone()
    return None if row is None else row[0]


def guesses(tx: Tx, party: UUID, since: datetime) -> tuple[int, datetime]:
    """How often a person was wrong since a moment, and when they began; locked until the end."""
    row = tx.conn.execute(
        """
        INSERT INTO envelopes.guess AS g (party, since_at, tries) VALUES (%(party)s, %(now)s, 0)
        ON CONFLICT (party) DO UPDATE SET
            since_at = CASE WHEN g.since_at <= %(since)s THEN %(now)s ELSE g.since_at END,
            tries = CASE WHEN g.since_at <= %(since)s THEN 0 ELSE g.tries END
        RETURNING tries, since_at
        """,
        {"party": party, "now": tx.now, "since": since},
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def add_guess(tx: Tx, party: UUID) -> None:
    """Count a wrong code; the person's row is locked."""
    tx.conn.execute("UPDATE envelopes.guess SET tries = tries + 1 WHERE party = %s", (party,))


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete codes that ended before a moment."""
    gone = tx.conn.execute(
        """
        DELETE FROM envelopes.code WHERE digest IN (
            SELECT digest FROM envelopes.code WHERE expires_at < %s
            ORDER BY expires_at LIMIT %s)
        """,
        (before, limit),
    )
    return gone.rowcount
