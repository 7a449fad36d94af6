"""SQL of `identity.session` and `identity.challenge`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sycee.core.parties.identity.model import Session, SessionKind
from sycee.runtime.db import Tx

COLUMNS = "id, party, device, kind, opened_at, unlocked_at, seen_at, expires_at, ended_at"


def _session(row: Sequence[Any]) -> Session:
    return Session(row[0], row[1], row[2], SessionKind(row[3]), *row[4:])


def insert(tx: Tx, digest: bytes, session: Session, bound_key: bytes) -> None:
    """Add a session under the digest of its cookie."""
    tx.conn.execute(
        """
        INSERT INTO identity.session
            (digest, id, party, device, bound_key, kind, opened_at, unlocked_at, seen_at,
            expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            digest,
            session.id,
            session.party,
            session.device,
            bound_key,
            session.kind,
            session.opened_at,
            session.unlocked_at,
            session.seen_at,
            session.expires_at,
        ),
    )


def resolve(tx: Tx, digest: bytes) -> tuple[Any, ...] | None:
    """A session with what a request needs: its device's key and role, its party's kind and roles.

    The session's columns, then bound_key, role, revoked_at, kind, roles, status.
    """
    return tx.conn.execute(
        """
        SELECT s.id, s.party, s.device, s.kind, s.opened_at, s.unlocked_at, s.seen_at,
            s.expires_at, s.ended_at, s.bound_key, d.role, d.revoked_at, p.kind, p.roles, p.status
        FROM identity.session AS s
        JOIN identity.device AS d ON d.id = s.device
        JOIN parties.party AS p ON p.id = s.party
        WHERE s.digest = %s
        """,
        (digest,),
    ).fetchone()


def seen(tx: Tx, digest: bytes) -> None:
    """Note the use of a session."""
    tx.conn.execute(
        """
        UPDATE identity.session SET seen_at = %s WHERE digest = %s AND seen_at < %s
        """,
        (tx.now, digest, tx.now),
    )


def unlock(
    tx: Tx, party: UUID, device: UUID, id_: UUID, digest: bytes, bound_key: bytes
) -> Session | None:
    """Unlock an open session of a device, giving it a new cookie."""
    row = tx.conn.execute(
        f"""
        UPDATE identity.session SET digest = %s, unlocked_at = %s, seen_at = %s
        WHERE party = %s AND id = %s AND device = %s AND bound_key = %s AND ended_at IS NULL
            AND expires_at > %s
        RETURNING {COLUMNS}
        """,
        (digest, tx.now, tx.now, party, id_, device, bound_key, tx.now),
    ).fetchone()
    return _session(row) if row else None


def read(tx: Tx, party: UUID, id_: UUID) -> Session | None:
    """One of a party's sessions."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM identity.session WHERE party = %s AND id = %s", (party, id_)
    ).fetchone()
    return _session(row) if row else None


def of_party(tx: Tx, party: UUID) -> list[Session]:
    """A party's sessions that were not ended, in order of opening."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM identity.session
        WHERE party = %s AND ended_at IS NULL AND expires_at > %s ORDER BY id
        """,
        (party, tx.now),
    ).fetchall()
    return [_session(row) for row in rows]


def end(tx: Tx, party: UUID, id_: UUID) -> Session | None:
    """End one of a party's sessions; None when it has no such session."""
    row = tx.conn.execute(
        f"""
        UPDATE identity.session SET ended_at = coalesce(ended_at, %s)
        WHERE party = %s AND id = %s RETURNING {COLUMNS}
        """,
        (tx.now, party, id_),
    ).fetchone()
    return _session(row) if row else None


def end_of_browser(tx: Tx, party: UUID, device: UUID, bound_key: bytes) -> None:
    """End the sessions that one browser opened."""
    tx.conn.execute(
        """
        UPDATE identity.session SET ended_at = %s
        WHERE party = %s AND device = %s AND bound_key = %s AND ended_at IS NULL
        """,
        (tx.now, party, device, bound_key),
    )


def end_of_device(tx: Tx, party: UUID, device: UUID) -> None:
    """End every session of a device."""
    tx.conn.execute(
        """
        UPDATE identity.session SET ended_at = %s
        WHERE party = %s AND device = %s AND ended_at IS NULL
        """,
        (tx.now, party, device),
    )


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete sessions whose longest life ended before `before`; how many."""
    return tx.conn.execute(
        """
        DELETE FROM identity.session WHERE digest IN (
            SELECT digest FROM identity.session WHERE expires_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount


def insert_challenge(
    tx: Tx,
    id_: UUID,
    purpose: str,
    challenge: bytes,
    party: UUID | None,
    draft: dict[str, Any],
    expires_at: datetime,
) -> None:
    """Remember a challenge that is given out."""
    tx.conn.execute(
        """
        INSERT INTO identity.challenge (id, purpose, challenge, party, draft, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (id_, purpose, challenge, party, Jsonb(draft), expires_at),
    )


def use_challenge(tx: Tx, id_: UUID, purpose: str) -> tuple[Any, ...] | None:
    """Use a challenge up: (challenge, party, draft, expires_at), or None if it was used or never
    was. Two that answer one challenge wait for each other here, and the second finds it used."""
    return tx.conn.execute(
        """
        UPDATE identity.challenge SET used_at = %s
        WHERE id = %s AND purpose = %s AND used_at IS NULL
        RETURNING challenge, party, draft, expires_at
        """,
        (tx.now, id_, purpose),
    ).fetchone()


def purge_challenges(tx: Tx, before: datetime, limit: int) -> int:
    """Delete challenges that expired before `before`; how many."""
    return tx.conn.execute(
        """
        DELETE FROM identity.challenge WHERE id IN (
            SELECT id FROM identity.challenge WHERE expires_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount
