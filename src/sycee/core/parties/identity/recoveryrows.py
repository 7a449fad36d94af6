"""SQL of `identity.recovery_code`, `recovery` and `attempt`: one function a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sycee.runtime.db import Tx


def replace(tx: Tx, party: UUID, digests: Sequence[bytes]) -> None:
    """Put new codes in the place of all that are left; used ones stay, so that none comes back."""
    tx.conn.execute(
        "DELETE FROM identity.recovery_code WHERE party = %s AND used_at IS NULL", (party,)
    )
    tx.conn.execute(
        """
        INSERT INTO identity.recovery_code (party, digest, made_at)
        SELECT %s, d.digest, %s FROM unnest(%s::bytea[]) AS d (digest)
        """,
        (party, tx.now, list(digests)),
    )


def count_left(tx: Tx, party: UUID) -> int:
    """How many codes a party has left."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM identity.recovery_code WHERE party = %s AND used_at IS NULL
        """,
        (party,),
    ).fetchone()
    assert row is not None
    return row[0]


def use(tx: Tx, party: UUID, digest: bytes) -> bool:
    """Use a code up; whether it was one that was left."""
    row = tx.conn.execute(
        """
        UPDATE identity.recovery_code SET used_at = %s
        WHERE party = %s AND digest = %s AND used_at IS NULL RETURNING digest
        """,
        (tx.now, party, digest),
    ).fetchone()
    return row is not None


def has(tx: Tx, party: UUID, digest: bytes) -> bool:
    """Whether a code is one that is left."""
    row = tx.conn.execute(
        """
        SELECT 1 FROM identity.recovery_code
        WHERE party = %s AND digest = %s AND used_at IS NULL
        """,
        (party, digest),
    ).fetchone()
    return row is not None


def note_recovery(tx: Tx, party: UUID) -> None:
    """Remember that a party came back just now."""
    tx.conn.execute(
        """
        INSERT INTO identity.recovery (party, recovered_at) VALUES (%s, %s)
        ON CONFLICT (party) DO UPDATE SET recovered_at = excluded.recovered_at
        """,
        (party, tx.now),
    )


def recovered(tx: Tx, parties: Iterable[UUID], since: datetime) -> dict[UUID, datetime]:
    """When each of these parties last came back, if that was after `since`."""
    rows = tx.conn.execute(
        """
        SELECT party, recovered_at FROM identity.recovery
        WHERE party = ANY(%s) AND recovered_at > %s
        """,
        (list(parties), since),
    ).fetchall()
    return dict(rows)


def attempt(tx: Tx, name: bytes, step: timedelta, slack: timedelta) -> datetime | None:
    """Count an attempt by GCRA: its virtual clock afterwards, or None when it came too soon."""
    row = tx.conn.execute(
        """
        INSERT INTO identity.attempt AS a (name, due_at) VALUES (%(name)s, %(now)s + %(step)s)
        ON CONFLICT (name) DO UPDATE SET due_at = greatest(a.due_at, %(now)s) + %(step)s
        WHERE greatest(a.due_at, %(now)s) + %(step)s <= %(now)s + %(slack)s
        RETURNING due_at
        """,
        {"name": name, "now": tx.now, "step": step, "slack": slack},
    ).fetchone()
    return row[0] if row else None


def due(tx: Tx, name: bytes) -> datetime | None:
    """The virtual clock of a name."""
    row = tx.conn.execute("SELECT due_at FROM identity.attempt WHERE name = %s", (name,)).fetchone()
    return row[0] if row else None


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Forget virtual clocks that ran out before a moment; how many."""
    return tx.conn.execute(
        """
        DELETE FROM identity.attempt WHERE name IN (
            SELECT name FROM identity.attempt WHERE due_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount
