"""SQL of `parties.handle`, `handle_shape` and `look_up`: one function a query."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sycee.runtime.db import Tx


def claim(tx: Tx, shape: str, handle: str, party: UUID, free_before: datetime) -> bool:
    """Whether the shape was free, the party's own, or given up before a moment, and is now its."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.handle_shape AS h (shape, handle, party, taken_at)
        VALUES (%(shape)s, %(handle)s, %(party)s, %(now)s)
        ON CONFLICT (shape) DO UPDATE
        SET handle = excluded.handle, party = excluded.party, taken_at = excluded.taken_at,
            released_at = NULL
        WHERE h.party = excluded.party OR h.released_at < %(free)s
        RETURNING party
        """,
        {"shape": shape, "handle": handle, "party": party, "now": tx.now, "free": free_before},
    ).fetchone()
    return row is not None


def release(tx: Tx, shape: str) -> None:
    """Note that a shape was given up."""
    tx.conn.execute(
        "UPDATE parties.handle_shape SET released_at = %s WHERE shape = %s", (tx.now, shape)
    )


def taken_since(tx: Tx, party: UUID, moment: datetime) -> int:
    """How many handles a party has taken since a moment."""
    row = tx.conn.execute(
        "SELECT count(*) FROM parties.handle_shape WHERE party = %s AND taken_at > %s",
        (party, moment),
    ).fetchone()
    assert row is not None
    return row[0]


def insert(tx: Tx, handle: str, party: UUID) -> bool:
    """Whether a handle was not in the directory and is now."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.handle (handle, party) VALUES (%s, %s)
        ON CONFLICT (handle) DO NOTHING RETURNING party
        """,
        (handle, party),
    ).fetchone()
    return row is not None


def delete(tx: Tx, handle: str) -> None:
    """Take a handle out of the directory."""
    tx.conn.execute("DELETE FROM parties.handle WHERE handle = %s", (handle,))


def count(tx: Tx, party: UUID, step: timedelta, most: timedelta) -> bool:
    """Whether one more look-up fits: each costs `step`, and at most `most` may lie ahead of now."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.look_up AS l (party, due_at) VALUES (%(party)s, %(now)s + %(step)s)
        ON CONFLICT (party) DO UPDATE
        SET due_at = greatest(l.due_at, %(now)s) + %(step)s
        WHERE greatest(l.due_at, %(now)s) + %(step)s <= %(now)s + %(most)s
        RETURNING due_at
        """,
        {"party": party, "now": tx.now, "step": step, "most": most},
    ).fetchone()
    return row is not None
