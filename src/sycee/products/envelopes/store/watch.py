"""SQL of the operator's view: one function a query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sycee.products.envelopes.model.envelope import Envelope
from sycee.products.envelopes.store import envelopes
from sycee.runtime.db import Tx


def sums(tx: Tx, first: UUID) -> list[tuple[Any, ...]]:
    """Of envelopes from an id on, by currency: how many, open, shares, claimed, and amounts."""
    return tx.conn.execute(
        """
        SELECT currency, count(*), count(*) FILTER (WHERE state = 'open'), sum(shares)::bigint,
            sum(claimed)::bigint, sum(amount_minor)::bigint, sum(claimed_minor)::bigint,
            sum(refunded_minor)::bigint
        FROM envelopes.envelope WHERE id >= %s GROUP BY currency ORDER BY currency
        """,
        (first,),
    ).fetchall()


def latest(tx: Tx, limit: int) -> list[Envelope]:
    """The newest envelopes."""
    rows = tx.conn.execute(
        "SELECT id FROM envelopes.envelope ORDER BY id DESC LIMIT %s", (limit,)
    ).fetchall()
    ids = [row[0] for row in rows]
    found = envelopes.read(tx, ids)
    return [found[id_] for id_ in ids]


def unseen(tx: Tx) -> int:
    """How many circles nobody has looked into, up to a thousand."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM (
            SELECT FROM envelopes.circle WHERE seen_at IS NULL LIMIT 1000) AS waiting
        """
    ).fetchone()
    assert row is not None
    return row[0]
