"""SQL of `people.contact`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.products.wallet.people.contacts.model import Contact
from sycee.runtime.db import NIL, Tx


def count(tx: Tx, owner: UUID) -> int:
    """How many contacts someone has."""
    row = tx.conn.execute(
        "SELECT count(*) FROM people.contact WHERE owner = %s", (owner,)
    ).fetchone()
    assert row is not None
    return row[0]


def put(tx: Tx, rows: Sequence[Contact]) -> None:
    """Keep contacts; one that is there already is changed and keeps its day."""
    for row in rows:
        tx.conn.execute(
            """
            INSERT INTO people.contact (owner, party, favourite, blocked, sealed, added_at)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (owner, party) DO UPDATE
            SET favourite = excluded.favourite, blocked = excluded.blocked,
                sealed = excluded.sealed
            """,
            (row.owner, row.party, row.favourite, row.blocked, row.sealed, row.added_at),
        )


def drop(tx: Tx, owner: UUID, party: UUID) -> bool:
    """Whether a contact was there and is gone."""
    row = tx.conn.execute(
        "DELETE FROM people.contact WHERE owner = %s AND party = %s RETURNING party",
        (owner, party),
    ).fetchone()
    return row is not None


def find(tx: Tx, owner: UUID, party: UUID) -> Contact | None:
    """One contact."""
    row = tx.conn.execute(
        """
        SELECT owner, party, favourite, blocked, sealed, added_at
        FROM people.contact WHERE owner = %s AND party = %s
        """,
        (owner, party),
    ).fetchone()
    return Contact(*row) if row else None


def page(
    tx: Tx, owner: UUID, after: UUID | None, limit: int, favourite: bool | None
) -> list[Contact]:
    """Someone's contacts in order of the parties' ids, from behind `after`."""
    rows = tx.conn.execute(
        """
        SELECT owner, party, favourite, blocked, sealed, added_at
        FROM people.contact
        WHERE owner = %(owner)s
            AND party > %(after)s
            AND (%(favourite)s::boolean IS NULL OR favourite = %(favourite)s)
        ORDER BY party LIMIT %(limit)s
        """,
        {"owner": owner, "after": after or NIL, "favourite": favourite, "limit": limit},
    ).fetchall()
    return [Contact(*row) for row in rows]


def blockers(tx: Tx, owners: Sequence[UUID], party: UUID) -> set[UUID]:
    """Who of `owners` has blocked a party."""
    rows = tx.conn.execute(
        "SELECT owner FROM people.contact WHERE owner = ANY(%s) AND party = %s AND blocked",
        (list(owners), party),
    ).fetchall()
    return {row[0] for row in rows}
