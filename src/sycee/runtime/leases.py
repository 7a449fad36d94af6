"""Leases: jobs that call outside are taken for a time, so that no other worker starts them."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from sycee.runtime.db import Database, Place
from sycee.runtime.sweeps import START

PIECE = 5_000
"""How many due jobs one look passes over at most: all may be for groups that are in hand."""

Taken = list[tuple[UUID, dict[str, Any]]]
"""Jobs with their bodies."""


def take(
    database: Database,
    kind: str,
    lease: timedelta,
    limit: int,
    not_of: tuple[str, list[str]] = ("", []),
    *,
    after: Place = START,
) -> tuple[Taken, Place | None]:
    """Due jobs, the longest due first, leased for the time that all of them may take one by one.

    `not_of` names a member of the body and the values it must not have. Looks at one piece of what
    is due, behind `after`; the second answer is where that piece ends, None for the last one.
    """
    if limit < 1:
        return [], None
    with database.transaction() as tx:
        found = tx.conn.execute(
            """
            WITH piece AS MATERIALIZED (
                SELECT id, run_at, (leased_until IS NULL OR leased_until < %(now)s)
                       AND coalesce(body ->> %(member)s, '') <> ALL (%(values)s) AS free
                FROM runtime.jobs
                WHERE kind = %(kind)s AND run_at <= %(now)s
                  AND run_at >= %(at)s AND (run_at, id) > (%(at)s, %(id)s)
                ORDER BY run_at, id LIMIT %(piece)s
            )
            (SELECT run_at, id, true FROM piece WHERE free ORDER BY run_at, id LIMIT %(limit)s)
            UNION ALL
            (SELECT run_at, id, false FROM piece ORDER BY run_at, id OFFSET %(piece)s - 1)
            """,
            {
                "now": tx.now,
                "member": not_of[0],
                "values": not_of[1],
                "kind": kind,
                "at": after[0],
                "id": after[1],
                "piece": PIECE,
                "limit": limit,
            },
        ).fetchall()
        end = next(((at, id_) for at, id_, free in found if not free), None)
        rows = tx.conn.execute(
            """
            UPDATE runtime.jobs SET leased_until = %s, attempts = attempts + 1
            WHERE id IN (
                SELECT id FROM runtime.jobs
                WHERE id = ANY (%s) AND run_at <= %s
                  AND (leased_until IS NULL OR leased_until < %s)
                FOR UPDATE SKIP LOCKED
            ) RETURNING id, body, run_at
            """,
            (tx.now + lease * limit, [id_ for _, id_, free in found if free], tx.now, tx.now),
        ).fetchall()
    return [(job, body) for job, body, _ in sorted(rows, key=itemgetter(2, 0))], end
