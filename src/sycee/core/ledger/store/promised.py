"""The statements of what is promised: pots that hold something, and open reservations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sycee.runtime.db import Tx


def pots(tx: Tx, numbers: Sequence[int], limit: int) -> list[tuple[UUID, int, str, int, datetime]]:
    """Id, kind's number, currency, balance and opening of pots that are not empty, oldest first.

    Each kind is read by its opening, from the oldest on, until so many hold something.
    """
    return tx.conn.execute(
        """
        SELECT p.id, p.code, p.currency, p.credits_posted - p.debits_posted, p.opened_at
          FROM unnest(%s::smallint[]) AS k (code)
         CROSS JOIN LATERAL (
               SELECT a.id, a.code, a.currency, a.credits_posted, a.debits_posted, a.opened_at
                 FROM ledger.accounts AS a
                WHERE a.code = k.code AND a.code BETWEEN 220 AND 249
                  AND a.credits_posted > a.debits_posted
                ORDER BY a.opened_at, a.id LIMIT %s
               ) AS p
         ORDER BY p.opened_at, p.id LIMIT %s
        """,
        (list(numbers), limit, limit),
    ).fetchall()


def holds(tx: Tx, codes: Sequence[int], limit: int) -> list[tuple[UUID, int, str, int, datetime]]:
    """Subject (or id), code's number, currency, what is left and time of open reservations."""
    return tx.conn.execute(
        """
        SELECT coalesce(h.subject, h.id), h.code, a.currency,
               h.amount_minor - h.captured_minor - h.released_minor, h.made_at
          FROM ledger.holds AS h JOIN ledger.accounts AS a ON a.id = h.debit
         WHERE h.closed_at IS NULL AND h.code = ANY (%s) ORDER BY h.made_at, h.id LIMIT %s
        """,
        (list(codes), limit),
    ).fetchall()
