"""SQL of `people.category`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.products.wallet.people.categories.model import Category
from sycee.runtime.db import NIL, Tx


def put(tx: Tx, owner: UUID, party: UUID, category: Category) -> None:
    """Put a party under a heading."""
    tx.conn.execute(
        """
        INSERT INTO people.category (owner, party, category) VALUES (%s, %s, %s)
        ON CONFLICT (owner, party) DO UPDATE SET category = excluded.category
        """,
        (owner, party, str(category)),
    )


def drop(tx: Tx, owner: UUID, party: UUID) -> None:
    """Let a party go back to the rule."""
    tx.conn.execute("DELETE FROM people.category WHERE owner = %s AND party = %s", (owner, party))


def count(tx: Tx, owner: UUID) -> int:
    """How many parties someone has put under headings."""
    row = tx.conn.execute(
        "SELECT count(*) FROM people.category WHERE owner = %s", (owner,)
    ).fetchone()
    assert row is not None
    return row[0]


def chosen(tx: Tx, owner: UUID, parties: Sequence[UUID]) -> dict[UUID, Category]:
    """The headings that someone chose for some parties."""
    rows = tx.conn.execute(
        "SELECT party, category FROM people.category WHERE owner = %s AND party = ANY(%s)",
        (owner, list(parties)),
    ).fetchall()
    return {party: Category(category) for party, category in rows}


def page(
    tx: Tx, owner: UUID, after: UUID | None, limit: int, one: UUID | None
) -> list[tuple[UUID, Category]]:
    """What someone chose, in order of the parties' ids, from behind `after`; or for `one`."""
    rows = tx.conn.execute(
        """
        SELECT party, category FROM people.category
        WHERE owner = %(owner)s
          AND party > %(after)s
          AND (%(one)s::uuid IS NULL OR party = %(one)s)
        ORDER BY party LIMIT %(limit)s
        """,
        {"owner": owner, "after": after or NIL, "limit": limit, "one": one},
    ).fetchall()
    return [(party, Category(category)) for party, category in rows]
