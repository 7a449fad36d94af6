"""SQL of what a shop is told: `alipay.notices`, and how far the journal was read for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from sycee.core.journal.model import START, Cursor
from sycee.core.journal.webhooks.model import DeliveryState
from sycee.doors.alipay.model import Notice
from sycee.runtime.db import MAX, NIL, Tx

ATTEMPTS_MOST = 8
"""After how many attempts in vain a notice is given up: what the index's states say, too."""

# Word for word as in the index `notices_state`.
_STATE: LiteralString = """
    CASE WHEN accepted_at IS NOT NULL THEN 'delivered' WHEN attempts >= 8 THEN 'dead'
         ELSE 'waiting' END
"""
_NOTICE: LiteralString = f"""
    id, app_id, out_trade_no, trade_status, refund, event_at, attempts, tried_at, last_answer,
    accepted_at, {_STATE} AS state
"""


def insert(tx: Tx, notice: Notice) -> None:
    """Write a notice that is to be sent."""
    tx.conn.execute(
        """
        INSERT INTO alipay.notices
            (id, app_id, out_trade_no, trade_status, refund, event_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (
            notice.id,
            notice.app_id,
            notice.out_trade_no,
            notice.trade_status,
            None if notice.refund is None else Jsonb(notice.refund),
            notice.event_at,
        ),
    )


def read(tx: Tx, id_: UUID) -> Notice | None:
    """A notice by its id."""
    row = tx.conn.execute(
        f"""
        SELECT {_NOTICE} FROM alipay.notices WHERE id = %s
        """,
        (id_,),
    ).fetchone()
    return None if row is None else Notice(*row)


def note_attempt(tx: Tx, id_: UUID, answer: str, accepted_at: datetime | None) -> None:
    """Keep what came of one attempt to send a notice."""
    tx.conn.execute(
        """
        UPDATE alipay.notices SET attempts = attempts + 1,
               tried_at = %s, last_answer = %s, accepted_at = %s
        WHERE id = %s
        """,
        (tx.now, answer, accepted_at, id_),
    )


def exhaust(tx: Tx, id_: UUID) -> None:
    """Count all attempts as made: of some, a worker died before it could say so."""
    tx.conn.execute(
        "UPDATE alipay.notices SET attempts = %s WHERE id = %s AND attempts < %s",
        (ATTEMPTS_MOST, id_, ATTEMPTS_MOST),
    )


def of_app(
    tx: Tx, app_id: str, state: DeliveryState | None, before: UUID | None, limit: int
) -> list[Notice]:
    """Notices under an app's number, newest first, made before a given one.

    Each state is read by itself, as far as a page goes, by a range of the index with its order.
    """
    rows = tx.conn.execute(
        f"""
        SELECT d.* FROM unnest(%(states)s::text[]) AS s (state) CROSS JOIN LATERAL (
            SELECT {_NOTICE} FROM alipay.notices
            WHERE (app_id, {_STATE}, id) < (%(app_id)s, s.state, %(before)s)
              AND (app_id, {_STATE}, id) > (%(app_id)s, s.state, %(least)s)
            ORDER BY app_id DESC, {_STATE} DESC, id DESC LIMIT %(limit)s
        ) AS d
        ORDER BY d.id DESC LIMIT %(limit)s
        """,
        {
            "states": list(DeliveryState) if state is None else [state],
            "app_id": app_id,
            "before": before or MAX,
            "least": NIL,
            "limit": limit,
        },
    ).fetchall()
    return [Notice(*row) for row in rows]


def of_order(
    tx: Tx,
    app_id: str,
    out_trade_no: str,
    state: DeliveryState | None,
    before: UUID | None,
    limit: int,
) -> list[Notice]:
    """Notices of one order, newest first, made before a given one."""
    rows = tx.conn.execute(
        f"""
        SELECT {_NOTICE} FROM alipay.notices
        WHERE app_id = %s AND out_trade_no = %s AND id < %s AND {_STATE} = ANY (%s)
        ORDER BY id DESC LIMIT %s
        """,
        (
            app_id,
            out_trade_no,
            before or MAX,
            list(DeliveryState) if state is None else [state],
            limit,
        ),
    ).fetchall()
    return [Notice(*row) for row in rows]


def dead_since(tx: Tx, app_id: str, since: datetime, limit: int) -> list[UUID]:
    """Notices given up, of changes since a moment, oldest first."""
    rows = tx.conn.execute(
        f"""
        SELECT id FROM alipay.notices
        WHERE app_id = %s AND {_STATE} = 'dead' AND event_at >= %s ORDER BY id LIMIT %s
        """,
        (app_id, since, limit),
    ).fetchall()
    return [row[0] for row in rows]


def revive(tx: Tx, app_id: str, ids: Sequence[UUID]) -> list[UUID]:
    """Set an app's notices that do not wait waiting again, as if new; returns those that were."""
    rows = tx.conn.execute(
        f"""
        UPDATE alipay.notices SET attempts = 0, accepted_at = NULL
        WHERE app_id = %s AND id = ANY (%s) AND {_STATE} <> 'waiting' RETURNING id
        """,
        (app_id, list(ids)),
    ).fetchall()
    return [row[0] for row in rows]


def lock_cursor(tx: Tx, reader: str) -> Cursor:
    """How far a reader has come; no one else moves it until the transaction ends."""
    tx.conn.execute(
        """
        INSERT INTO alipay.cursors (reader, xid, ordinal) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (reader, START.xid, START.ordinal),
    )
    row = tx.conn.execute(
        "SELECT xid, ordinal FROM alipay.cursors WHERE reader = %s FOR UPDATE", (reader,)
    ).fetchone()
    assert row is not None, "the row was just made sure of"
    return Cursor(*row)


def read_cursor(tx: Tx, reader: str) -> Cursor:
    """How far a reader has come, unlocked."""
    row = tx.conn.execute(
        "SELECT xid, ordinal FROM alipay.cursors WHERE reader = %s", (reader,)
    ).fetchone()
    return START if row is None else Cursor(*row)


def move_cursor(tx: Tx, reader: str, cursor: Cursor) -> None:
    """Keep how far a reader has come."""
    tx.conn.execute(
        "UPDATE alipay.cursors SET xid = %s, ordinal = %s WHERE reader = %s",
        (cursor.xid, cursor.ordinal, reader),
    )
