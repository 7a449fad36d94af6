"""SQL of people by place, for counts that name nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sycee.runtime.db import Tx


def people(tx: Tx) -> Iterator[UUID]:
    """Every person who has not left; read by a cursor of the transaction."""
    with tx.conn.cursor(name="people") as cursor:
        cursor.itersize = 10_000
        cursor.execute("SELECT id FROM parties.party WHERE kind = 'person' AND status <> 'closed'")
        for row in cursor:
            yield row[0]


def places(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The jurisdictions of those among these parties who are people."""
    rows = tx.conn.execute(
        "SELECT id, jurisdiction FROM parties.party WHERE kind = 'person' AND id = ANY (%s)",
        (list(ids),),
    ).fetchall()
    return dict(rows)
