"""SQL of `parties.vault_field`, `vault_index` and `erasure`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.runtime.db import NIL, Tx


def lock_subject(tx: Tx, subject: UUID) -> None:
    """Make sealing and forgetting one subject wait for each other until this transaction ends."""
    tx.conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('vault|' || %s::uuid::text, 0))", (subject,)
    )


def versions(tx: Tx, subject: UUID) -> dict[str, int]:
    """The fields a subject has sealed, with the version of each."""
    rows = tx.conn.execute(
        "SELECT field, version FROM parties.vault_field WHERE party = %s", (subject,)
    ).fetchall()
    return dict(rows)


def save_field(tx: Tx, subject: UUID, field: str, version: int, sealed: bytes) -> None:
    """Keep a sealed field in the place of the one before."""
    tx.conn.execute(
        """
        INSERT INTO parties.vault_field (party, field, version, sealed, sealed_at)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (party, field) DO UPDATE SET
            version = EXCLUDED.version, sealed = EXCLUDED.sealed, sealed_at = EXCLUDED.sealed_at
        """,
        (subject, field, version, sealed, tx.now),
    )


def drop_index(tx: Tx, subject: UUID, field: str) -> None:
    """Take a field out of the blind index."""
    tx.conn.execute(
        "DELETE FROM parties.vault_index WHERE party = %s AND field = %s", (subject, field)
    )


def save_index(tx: Tx, digest: bytes, subject: UUID, field: str) -> None:
    """Enter a field in the blind index."""
    tx.conn.execute(
        """
        INSERT INTO parties.vault_index (digest, party, field) VALUES (%s, %s, %s)
        ON CONFLICT (digest, party) DO NOTHING
        """,
        (digest, subject, field),
    )


def by_index(tx: Tx, digest: bytes) -> list[UUID]:
    """The parties under a blind index's digest."""
    rows = tx.conn.execute(
        "SELECT party FROM parties.vault_index WHERE digest = %s ORDER BY party", (digest,)
    ).fetchall()
    return [row[0] for row in rows]


def sealed(
    tx: Tx, subjects: Sequence[UUID], fields: Sequence[str]
) -> list[tuple[UUID, str, int, bytes]]:
    """The sealed fields among those asked for: (subject, field, version, bytes)."""
    return tx.conn.execute(
        """
        SELECT party, field, version, sealed FROM parties.vault_field
        WHERE party = ANY(%s) AND field = ANY(%s)
        """,
        (list(subjects), list(fields)),
    ).fetchall()


def erased(tx: Tx, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of the subjects are to be forgotten, whether their key is gone already or not."""
    rows = tx.conn.execute(
        "SELECT subject FROM parties.erasure WHERE subject = ANY(%s)", (list(subjects),)
    ).fetchall()
    return {row[0] for row in rows}


def order_erasure(tx: Tx, subject: UUID, actor: UUID | None) -> bool:
    """Whether the erasure is new."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.erasure (subject, ordered_at, actor) VALUES (%s, %s, %s)
        ON CONFLICT (subject) DO NOTHING
        RETURNING subject
        """,
        (subject, tx.now, actor),
    ).fetchone()
    return row is not None


def wipe(tx: Tx, subject: UUID) -> None:
    """Take away what this database knows of a person: sealed fields, look-ups, public names."""
    tx.conn.execute("DELETE FROM parties.vault_field WHERE party = %s", (subject,))
    tx.conn.execute("DELETE FROM parties.vault_index WHERE party = %s", (subject,))
    tx.conn.execute(
        """
        DELETE FROM parties.handle
        WHERE handle = (SELECT handle FROM parties.party WHERE id = %s) AND party = %s
        """,
        (subject, subject),
    )
    tx.conn.execute("DELETE FROM parties.handle_shape WHERE party = %s", (subject,))
    tx.conn.execute(
        """
        UPDATE parties.party SET display_name = 'Forgotten', handle = NULL, changed_at = %s
        WHERE id = %s
        """,
        (tx.now, subject),
    )
    tx.conn.execute("UPDATE parties.api_key SET name = 'Forgotten' WHERE party = %s", (subject,))


def applied(tx: Tx, subjects: Sequence[UUID]) -> None:
    """Note that the subjects' keys are destroyed."""
    tx.conn.execute(
        """
        UPDATE parties.erasure SET applied_at = %s
        WHERE subject = ANY(%s) AND applied_at IS NULL
        """,
        (tx.now, list(subjects)),
    )


def erasures(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    """Subjects to be forgotten, in order of id, from behind `after`."""
    rows = tx.conn.execute(
        """
        SELECT subject FROM parties.erasure
        WHERE subject > %(after)s
        ORDER BY subject LIMIT %(limit)s
        """,
        {"after": after or NIL, "limit": limit},
    ).fetchall()
    return [row[0] for row in rows]


def pending(tx: Tx, limit: int) -> list[UUID]:
    """Subjects to be forgotten whose key may still exist."""
    rows = tx.conn.execute(
        "SELECT subject FROM parties.erasure WHERE applied_at IS NULL ORDER BY subject LIMIT %s",
        (limit,),
    ).fetchall()
    return [row[0] for row in rows]
