"""The statements of reading: rows of one account, balances as of a moment, holds and due lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.runtime.db import Place, Tx

# An account's rows stand under two indexes, one for each side; a page is merged from both.
_PAGE = """
    (SELECT id, posted_at, effective_at, kind, code, subject, credit AS other,
            -amount_minor AS moved_minor, debit_after AS after_minor, linked, reverses, hold
       FROM ledger.transfers
      WHERE debit = %(account)s AND kind < 10
        AND posted_at > %(after)s AND posted_at < %(until)s
      ORDER BY posted_at LIMIT %(limit)s)
    UNION ALL
    (SELECT id, posted_at, effective_at, kind, code, subject, debit AS other,
            amount_minor AS moved_minor, credit_after AS after_minor, linked, reverses, hold
       FROM ledger.transfers
      WHERE credit = %(account)s AND kind < 10
        AND posted_at > %(after)s AND posted_at < %(until)s
      ORDER BY posted_at LIMIT %(limit)s)
    ORDER BY posted_at LIMIT %(limit)s
"""
_NEWEST = """
    (SELECT id, posted_at, effective_at, kind, code, subject, credit AS other,
            -amount_minor AS moved_minor, debit_after AS after_minor, linked, reverses, hold
       FROM ledger.transfers
      WHERE debit = %(account)s AND kind < 10 AND posted_at < %(until)s
      ORDER BY posted_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT id, posted_at, effective_at, kind, code, subject, debit AS other,
            amount_minor AS moved_minor, credit_after AS after_minor, linked, reverses, hold
       FROM ledger.transfers
      WHERE credit = %(account)s AND kind < 10 AND posted_at < %(until)s
      ORDER BY posted_at DESC LIMIT %(limit)s)
    ORDER BY posted_at DESC LIMIT %(limit)s
"""
_BEFORE = """
    SELECT after_minor FROM (
        (SELECT posted_at, debit_after AS after_minor
           FROM ledger.transfers
          WHERE debit = %(account)s AND kind < 10 AND posted_at < %(moment)s
          ORDER BY posted_at DESC LIMIT 1)
        UNION ALL
        (SELECT posted_at, credit_after
           FROM ledger.transfers
          WHERE credit = %(account)s AND kind < 10 AND posted_at < %(moment)s
          ORDER BY posted_at DESC LIMIT 1)
    ) AS last
    ORDER BY posted_at DESC LIMIT 1
"""
_EFFECTIVE = """
    SELECT coalesce((SELECT sum(amount_minor) FROM ledger.transfers
                      WHERE credit = %(account)s AND kind < 10
                        AND coalesce(effective_at, posted_at) <= %(moment)s), 0)::bigint,
           coalesce((SELECT sum(amount_minor) FROM ledger.transfers
                      WHERE debit = %(account)s AND kind < 10
                        AND coalesce(effective_at, posted_at) <= %(moment)s), 0)::bigint
"""
_HOLDS = """
    SELECT id, debit, credit, code, subject, amount_minor, captured_minor, released_minor,
           expires_at, capture_at, made_at, closed_at
      FROM ledger.holds
     WHERE id = ANY(%s)
"""
_OPEN_HOLDS = """
    SELECT id, debit, credit, code, subject, amount_minor, captured_minor, released_minor,
           expires_at, capture_at, made_at, closed_at
      FROM ledger.holds
     WHERE debit = %s AND closed_at IS NULL
     ORDER BY id
     LIMIT %s
"""
_DUE_CAPTURES = """
    SELECT capture_at, id FROM ledger.holds
     WHERE closed_at IS NULL AND capture_at <= %(now)s AND (capture_at, id) > (%(at)s, %(id)s)
       AND (expires_at IS NULL OR expires_at > %(now)s)
     ORDER BY capture_at, id LIMIT %(limit)s
"""
_DUE_EXPIRIES = """
    SELECT expires_at, id FROM ledger.holds
     WHERE closed_at IS NULL AND expires_at <= %(now)s AND (expires_at, id) > (%(at)s, %(id)s)
     ORDER BY expires_at, id LIMIT %(limit)s
"""
_PREPARE = "SELECT ledger.prepare_month(%s)"
# A new partition locks the whole log: behind one that waits, every posting waits.
_NO_WAIT = "SET LOCAL lock_timeout = '200ms'"


def page(
    tx: Tx, account: UUID, after: datetime, until: datetime, limit: int
) -> list[tuple[Any, ...]]:
    """Rows of an account with after < posted_at < until, oldest first."""
    names = {"account": account, "after": after, "until": until, "limit": limit}
    return tx.conn.execute(_PAGE, names).fetchall()


def newest(tx: Tx, account: UUID, until: datetime, limit: int) -> list[tuple[Any, ...]]:
    """Rows of an account posted before a moment, newest first."""
    names = {"account": account, "until": until, "limit": limit}
    return tx.conn.execute(_NEWEST, names).fetchall()


def balance_before(tx: Tx, account: UUID, moment: datetime) -> int:
    """The running balance of the last row before a moment; 0 without one."""
    row = tx.conn.execute(_BEFORE, {"account": account, "moment": moment}).fetchone()
    return row[0] if row else 0


def effective_sums(tx: Tx, account: UUID, moment: datetime) -> tuple[int, int]:
    """Credits and debits effective up to a moment, it included. Reads all rows of the account."""
    row = tx.conn.execute(_EFFECTIVE, {"account": account, "moment": moment}).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def holds(tx: Tx, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """Holds by id."""
    return tx.conn.execute(_HOLDS, (list(ids),)).fetchall()


def open_holds(tx: Tx, account: UUID, limit: int) -> list[tuple[Any, ...]]:
    """Open holds on an account, oldest first."""
    return tx.conn.execute(_OPEN_HOLDS, (account, limit)).fetchall()


def due_captures(tx: Tx, now: datetime, limit: int, after: Place) -> list[Place]:
    """Open, unexpired holds whose `capture_at` has come, by that time and id."""
    names = {"now": now, "limit": limit, "at": after[0], "id": after[1]}
    return tx.conn.execute(_DUE_CAPTURES, names).fetchall()


def due_expiries(tx: Tx, now: datetime, limit: int, after: Place) -> list[Place]:
    """Open holds whose `expires_at` has come, by that time and id."""
    names = {"now": now, "limit": limit, "at": after[0], "id": after[1]}
    return tx.conn.execute(_DUE_EXPIRIES, names).fetchall()


def prepare_month(tx: Tx, day: datetime) -> bool:
    """Make the partition of a month; whether it was missing.

    Gives up where somebody reads the log for long, before a posting behind it does.
    """
    tx.conn.execute(_NO_WAIT)
    row = tx.conn.execute(_PREPARE, (day.date(),)).fetchone()
    return bool(row and row[0])


def recent_by_code(tx: Tx, millis: int) -> list[tuple[int, str, int, int]]:
    """Code's number, currency, count and sum of movements by ids from a millisecond on."""
    return tx.conn.execute(
        """
        SELECT t.code, a.currency, count(*), coalesce(sum(t.amount_minor), 0)::bigint
          FROM ledger.transfers AS t JOIN ledger.accounts AS a ON a.id = t.debit
         WHERE t.id >= %s AND t.kind < 10
         GROUP BY t.code, a.currency ORDER BY t.code, a.currency
        """,
        (UUID(int=millis << 80),),
    ).fetchall()


def payers(tx: Tx, millis: int, most: int) -> Iterator[tuple[UUID, int]]:
    """Owner and number of movements from the owner's accounts, at most `most`, by ids from a
    millisecond on; read by a cursor of the transaction."""
    with tx.conn.cursor(name="payers") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT a.owner, least(count(*), %s)
              FROM ledger.transfers AS t JOIN ledger.accounts AS a ON a.id = t.debit
             WHERE t.id >= %s AND t.kind < 10 AND a.owner IS NOT NULL
             GROUP BY a.owner
            """,
            (most, UUID(int=millis << 80)),
        )
        yield from cursor


def account_by_hour(
    tx: Tx, account: UUID, since: datetime, until: datetime, zone: str
) -> list[tuple[datetime, int, bool, int, int, int]]:
    """Hour of a zone, code's number, whether it came in, the number of the other side's account
    code, count and sum of an account's movements with since <= posted_at < until. What was posted
    together by one code counts once: the price and the tip that go back are one refund."""
    return tx.conn.execute(
        """
        SELECT date_trunc('hour', m.posted_at, %(zone)s) AS hour, m.code, m.incoming, a.code,
               count(DISTINCT m.one), sum(m.amount_minor)::bigint
          FROM (SELECT posted_at, code, true AS incoming, debit AS other, amount_minor,
                       coalesce(linked, id) AS one
                  FROM ledger.transfers
                 WHERE credit = %(account)s AND kind < 10
                   AND posted_at >= %(since)s AND posted_at < %(until)s
                UNION ALL
                SELECT posted_at, code, false, credit, amount_minor, coalesce(linked, id)
                  FROM ledger.transfers
                 WHERE debit = %(account)s AND kind < 10
                   AND posted_at >= %(since)s AND posted_at < %(until)s) AS m
          JOIN ledger.accounts AS a ON a.id = m.other
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """,
        {"account": account, "since": since, "until": until, "zone": zone},
    ).fetchall()


def account_by_other(
    tx: Tx,
    account: UUID,
    since: datetime,
    until: datetime,
    apart: Sequence[UUID],
    by_each: Sequence[tuple[int, bool]],
) -> list[tuple[UUID | None, int, bool, int, int]]:
    """The account on the other side, code's number, whether it was credited here, count and sum of
    an account's movements with since <= posted_at < until. The other side is NULL, and all of them
    one row, but for accounts that are `apart` and for codes, with their direction, `by_each`."""
    return tx.conn.execute(
        """
        SELECT CASE WHEN m.other = ANY(%(apart)s) OR EXISTS (
                   SELECT FROM unnest(%(codes)s::smallint[], %(sides)s::boolean[]) AS e (code, side)
                    WHERE e.code = m.code AND e.side = m.incoming) THEN m.other END,
               m.code, m.incoming, sum(m.count)::bigint, sum(m.amount_minor)::bigint
          FROM (SELECT debit AS other, code, true AS incoming, count(*) AS count,
                       sum(amount_minor) AS amount_minor
                  FROM ledger.transfers
                 WHERE credit = %(account)s AND kind < 10
                   AND posted_at >= %(since)s AND posted_at < %(until)s GROUP BY debit, code
                UNION ALL
                SELECT credit, code, false, count(*), sum(amount_minor)
                  FROM ledger.transfers
                 WHERE debit = %(account)s AND kind < 10
                   AND posted_at >= %(since)s AND posted_at < %(until)s GROUP BY credit, code) AS m
         GROUP BY 1, 2, 3
        """,
        {
            "account": account,
            "since": since,
            "until": until,
            "apart": list(apart),
            "codes": [code for code, _ in by_each],
            "sides": [side for _, side in by_each],
        },
    ).fetchall()
