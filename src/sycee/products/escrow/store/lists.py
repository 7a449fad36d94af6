"""SQL of lists of trades: a party's own, the operator's and the mediator's."""

from __future__ import annotations

from uuid import UUID

from sycee.runtime.db import MAX, NIL, Tx


def open_of(tx: Tx, party: UUID, limit: int = 50) -> list[UUID]:
    """A party's trades that may still owe it something or want something of it, newest first.

    Of a payee, those that have a part of its share left; of buyer and seller, all that have not
    ended, and ended ones with a refund between the two that is open.
    """
    rows = tx.conn.execute(
        """
        SELECT t.id FROM escrow.role AS r
        JOIN escrow.trade AS t ON t.id = r.trade
        LEFT JOIN escrow.refund AS f ON f.trade = t.id AND f.id = t.refund
        WHERE r.party = %(party)s AND CASE
            WHEN t.state IN ('finished', 'closed')
                THEN f.id IS NOT NULL AND (r.side = 'buyer' OR f.seller = r.party)
            WHEN r.side = 'payee' THEN EXISTS (
                SELECT FROM jsonb_to_recordset(t.parts -> 'shares') AS s (
                    party uuid, due_minor bigint, released_minor bigint, refunded_minor bigint
                )
                WHERE s.party = r.party AND s.due_minor > s.released_minor + s.refunded_minor
            )
            ELSE true
        END
        ORDER BY t.id DESC LIMIT %(limit)s
        """,
        {"party": party, "limit": limit},
    ).fetchall()
    return [row[0] for row in rows]


def ids_of(tx: Tx, party: UUID, side: str | None, before: UUID | None, limit: int) -> list[UUID]:
    """Ids of the trades that a party buys or sells in, newest first, from behind `before`."""
    rows = tx.conn.execute(
        """
        SELECT trade FROM escrow.role
        WHERE party = %s AND side <> 'payee' AND (%s::text IS NULL OR side = %s)
          AND trade < %s
        ORDER BY trade DESC LIMIT %s
        """,
        (party, side, side, before or MAX, limit),
    ).fetchall()
    return [row[0] for row in rows]


def all_ids(tx: Tx, state: str | None, before: UUID | None, limit: int) -> list[UUID]:
    """Ids of all trades, or of those in a state, newest first.

    Those that wait are few among all that ended, and have an index of their own.
    """
    if state is not None and state.startswith("wait-"):
        rows = tx.conn.execute(
            """
            SELECT id FROM escrow.trade
            WHERE state IN ('wait-buyer-pay', 'wait-seller-ship', 'wait-buyer-confirm')
              AND (state, id) < (%(state)s, %(before)s) AND (state, id) > (%(state)s, %(least)s)
            ORDER BY state DESC, id DESC LIMIT %(limit)s
            """,
            {"state": state, "before": before or MAX, "least": NIL, "limit": limit},
        ).fetchall()
    else:
        rows = tx.conn.execute(
            """
            SELECT id FROM escrow.trade
            WHERE (%s::text IS NULL OR state = %s) AND id < %s
            ORDER BY id DESC LIMIT %s
            """,
            (state, state, before or MAX, limit),
        ).fetchall()
    return [row[0] for row in rows]


def disputed(tx: Tx, before: UUID | None, limit: int) -> list[UUID]:
    """Ids of the trades with an open dispute, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM escrow.trade
        WHERE dispute IS NOT NULL AND id < %s
        ORDER BY id DESC LIMIT %s
        """,
        (before or MAX, limit),
    ).fetchall()
    return [row[0] for row in rows]
