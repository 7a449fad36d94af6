"""The statements of what is promised: pots that hold something, and open reservations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sycee.runtime.db import Tx


def pots(tx: Tx, numbers: Sequence[int], limit: int) -> list[tuple[UUID, int, str, int, datetime]]:
    """Id, kind's number, currency, balance and opening of pots that are not empty, oldest first."""
    return tx.conn.execute(
        """
        SELECT id, code, currency, credits_posted - debits_posted, opened_at
          FROM ledger.accounts
         WHERE code = ANY (%s) AND credits_posted > debits_posted
         ORDER BY opened_at, id LIMIT %s
        """,
        (list(numbers), limit),
    ).fetchall()


def holds(tx: Tx, limit: int) -> list[tuple[UUID, int, str, int, datetime]]:
    """Subject (or id), code's number, currency, what is left and time of open reservations."""
    return tx.conn.execute(
        """
        SELECT coalesce(h.subject, h.id), h.code, a.currency,
               h.amount_minor - h.captured_minor - h.released_minor, h.made_at
          FROM ledger.holds AS h JOIN ledger.accounts AS a ON a.id = h.debit
         WHERE h.closed_at IS NULL ORDER BY h.made_at, h.id LIMIT %s
        """,
        (limit,),
    ).fetchall()
