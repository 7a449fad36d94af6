"""SQL of deliveries: `webhooks.delivery`, `webhooks.attempt`, `webhooks.reader`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sycee.core.journal.model import Cursor
from sycee.core.journal.webhooks.model import Attempt, Delivery, DeliveryState, Outcome
from sycee.runtime.db import MAX, NIL, Tx


class Head(NamedTuple):
    """As much of a journal row as the fan-out needs."""

    cursor: Cursor
    id: UUID
    verb: str
    parties: tuple[UUID, ...]


def lock_reader(tx: Tx) -> Cursor:
    """Lock the fan-out's place in the journal; two workers never read the same rows."""
    row = tx.conn.execute(
        """
        UPDATE webhooks.reader SET name = name WHERE name = 'fan-out'
        RETURNING xid::text, ordinal
        """
    ).fetchone()
    assert row is not None, "migration 0009 writes it"
    return Cursor(int(row[0]), row[1])


def read_reader(tx: Tx) -> Cursor:
    """The fan-out's place in the journal, without a lock."""
    row = tx.conn.execute(
        "SELECT xid::text, ordinal FROM webhooks.reader WHERE name = 'fan-out'"
    ).fetchone()
    assert row is not None, "migration 0009 writes it"
    return Cursor(int(row[0]), row[1])


def save_reader(tx: Tx, cursor: Cursor) -> None:
    """Set the place, whose lock the caller holds."""
    tx.conn.execute(
        """
        UPDATE webhooks.reader SET xid = %s::text::xid8, ordinal = %s WHERE name = 'fan-out'
        """,
        (str(cursor.xid), cursor.ordinal),
    )


def batch(tx: Tx, cursor: Cursor, limit: int) -> tuple[int, list[Head]]:
    """The next settled rows: how many, and those that a subscribed party has a part in.

    The last row of the batch is always among them, as it says where the next batch begins; so the
    list is empty only if there is nothing to read.
    """
    rows = tx.conn.execute(
        """
        WITH batch AS MATERIALIZED (
            SELECT xid, ordinal, id, verb, parties FROM journal.entry
            WHERE (xid, ordinal) > (%s::text::xid8, %s)
              AND xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY xid, ordinal LIMIT %s
        ), numbered AS (
            SELECT *, row_number() OVER (ORDER BY xid, ordinal) AS place, count(*) OVER () AS size
            FROM batch
        )
        SELECT size, xid::text, ordinal, id, verb, parties FROM numbered
        WHERE place = size OR EXISTS (
            SELECT FROM webhooks.endpoint AS e
            WHERE e.party = ANY (numbered.parties) AND e.state = 'active'
        ) ORDER BY place
        """,
        (str(cursor.xid), cursor.ordinal, limit),
    ).fetchall()
    heads = [Head(Cursor(int(row[1]), row[2]), row[3], row[4], tuple(row[5])) for row in rows]
    return (rows[0][0] if rows else 0), heads


def insert_deliveries(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Insert new deliveries."""
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO webhooks.delivery (id, endpoint, event, verb, xid, ordinal, state, tries,
                                           attempts, next_at, created_at)
            VALUES (%s, %s, %s, %s, %s::text::xid8, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    one.id,
                    one.endpoint,
                    one.event,
                    one.verb,
                    str(one.cursor.xid),
                    one.cursor.ordinal,
                    one.state,
                    one.tries,
                    one.attempts,
                    one.next_at,
                    one.created_at,
                )
                for one in deliveries
            ],
        )


def read(tx: Tx, delivery: UUID) -> Delivery | None:
    """A delivery, or None."""
    row = tx.conn.execute(
        """
        SELECT id, endpoint, event, verb, xid::text, ordinal, state, tries, attempts, next_at,
               last_status, last_error, created_at, ended_at
        FROM webhooks.delivery WHERE id = %s
        """,
        (delivery,),
    ).fetchone()
    return None if row is None else _delivery(row)


def of_endpoint(
    tx: Tx, endpoint: UUID, state: DeliveryState | None, before: UUID | None, limit: int
) -> list[Delivery]:
    """Deliveries of an endpoint, newest first, made before a given one.

    Each state is read by itself, as far as a page goes. A range of the index with its order, not a
    state to be equal to: of all deliveries in the order of their ids it could be any share.
    """
    rows = tx.conn.execute(
        """
        SELECT d.id, d.endpoint, d.event, d.verb, d.xid::text, d.ordinal, d.state, d.tries,
               d.attempts, d.next_at, d.last_status, d.last_error, d.created_at, d.ended_at
        FROM unnest(%(states)s::text[]) AS s (state) CROSS JOIN LATERAL (
            SELECT * FROM webhooks.delivery AS o
            WHERE (o.endpoint, o.state, o.id) < (%(endpoint)s, s.state, %(before)s)
              AND (o.endpoint, o.state, o.id) > (%(endpoint)s, s.state, %(least)s)
            ORDER BY o.endpoint DESC, o.state DESC, o.id DESC LIMIT %(limit)s
        ) AS d
        ORDER BY d.id DESC LIMIT %(limit)s
        """,
        {
            "states": list(DeliveryState) if state is None else [state],
            "endpoint": endpoint,
            "before": before or MAX,
            "least": NIL,
            "limit": limit,
        },
    ).fetchall()
    return [_delivery(row) for row in rows]


def revive(tx: Tx, endpoint: UUID, ids: Sequence[UUID]) -> list[Delivery]:
    """Set ended deliveries of an endpoint waiting again, as if new; returns those that were."""
    rows = tx.conn.execute(
        """
        UPDATE webhooks.delivery SET state = 'waiting', tries = 0, next_at = %s, ended_at = NULL
        WHERE endpoint = %s AND id = ANY (%s) AND state <> 'waiting'
        RETURNING id, endpoint, event, verb, xid::text, ordinal, state, tries, attempts, next_at,
                  last_status, last_error, created_at, ended_at
        """,
        (tx.now, endpoint, list(ids)),
    ).fetchall()
    return [_delivery(row) for row in rows]


def dead_since(tx: Tx, endpoint: UUID, since: datetime, limit: int) -> list[UUID]:
    """Dead deliveries of events since a moment, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM webhooks.delivery
        WHERE endpoint = %s AND state = 'dead' AND created_at >= %s ORDER BY id LIMIT %s
        """,
        (endpoint, since, limit),
    ).fetchall()
    return [row[0] for row in rows]


def record(
    tx: Tx, before: Delivery, outcome: Outcome, state: DeliveryState, next_at: datetime | None
) -> bool:
    """Save what came of an attempt; false if another worker was first."""
    ended_at = None if state is DeliveryState.WAITING else tx.now
    row = tx.conn.execute(
        """
        UPDATE webhooks.delivery SET
            state = %s, tries = tries + 1, attempts = attempts + 1, next_at = %s,
            last_status = %s, last_error = %s, ended_at = %s
        WHERE id = %s AND state = 'waiting' AND attempts = %s RETURNING attempts
        """,
        (state, next_at, outcome.status, outcome.error, ended_at, before.id, before.attempts),
    ).fetchone()
    if row is None:
        return False
    tx.conn.execute(
        """
        INSERT INTO webhooks.attempt (delivery, number, at, status, error, duration_ms)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (before.id, row[0], tx.now, outcome.status, outcome.error, outcome.duration_ms),
    )
    return True


def end(tx: Tx, delivery: UUID, error: str) -> None:
    """Give up on a waiting delivery without another attempt."""
    tx.conn.execute(
        """
        UPDATE webhooks.delivery SET state = 'dead', next_at = NULL, last_error = %s, ended_at = %s
        WHERE id = %s AND state = 'waiting'
        """,
        (error, tx.now, delivery),
    )


def attempts(tx: Tx, delivery: UUID) -> list[Attempt]:
    """The log of a delivery, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT number, at, status, error, duration_ms FROM webhooks.attempt
        WHERE delivery = %s ORDER BY number
        """,
        (delivery,),
    ).fetchall()
    return [Attempt(*row) for row in rows]


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete deliveries that ended before a moment, with their attempts; how many."""
    rows = tx.conn.execute(
        """
        DELETE FROM webhooks.delivery WHERE id IN (
            SELECT id FROM webhooks.delivery WHERE ended_at < %s ORDER BY ended_at LIMIT %s
        ) AND ended_at < %s RETURNING id
        """,
        (before, limit, before),
    ).fetchall()
    gone = [row[0] for row in rows]
    if gone:
        tx.conn.execute("DELETE FROM webhooks.attempt WHERE delivery = ANY(%s)", (gone,))
    return len(gone)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    place, state = Cursor(int(row[4]), row[5]), DeliveryState(row[6])
    typed: tuple[Any, ...] = (*row[:4], place, state, *row[7:])
    return Delivery(*typed)
