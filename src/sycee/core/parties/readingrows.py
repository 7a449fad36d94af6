"""SQL of `parties.reading_head`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.runtime.db import Tx

_STRIPES = 256
"""Locks are shared by this many groups of people, so that a thousand of them need few locks."""


def lock(tx: Tx, subjects: Sequence[UUID]) -> None:
    """Lock the lists of these people until the transaction ends; gives it no id yet."""
    tx.conn.execute(
        """
        SELECT pg_advisory_xact_lock(hashtext('parties.readings'), stripe)
        FROM (
            SELECT DISTINCT abs(hashtext(subject::text) %% %s) AS stripe
            FROM unnest(%s::uuid[]) AS s (subject) ORDER BY stripe
        ) AS stripes
        """,
        (_STRIPES, list(subjects)),
    )


def heads(tx: Tx, subjects: Sequence[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """How many readings each has, and the leaf of the newest; who has none is absent."""
    rows = tx.conn.execute(
        "SELECT subject, readings, leaf FROM parties.reading_head WHERE subject = ANY (%s)",
        (list(subjects),),
    ).fetchall()
    return {row[0]: (row[1], bytes(row[2])) for row in rows}


def save(tx: Tx, subjects: Sequence[UUID], counts: Sequence[int], leaves: Sequence[bytes]) -> None:
    """Keep the new ends of these lists."""
    tx.conn.execute(
        """
        INSERT INTO parties.reading_head (subject, readings, leaf)
        SELECT subject, readings, leaf
        FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS h (subject, readings, leaf)
        ON CONFLICT (subject) DO UPDATE SET readings = EXCLUDED.readings, leaf = EXCLUDED.leaf
        """,
        (list(subjects), list(counts), list(leaves)),
    )
