"""SQL of the trial balance."""

from __future__ import annotations

from sycee.runtime.db import Tx


def sums(tx: Tx) -> list[tuple[int, str, int, int, int]]:
    """Per kind of account and currency: how many accounts, and their debits and credits posted."""
    return tx.conn.execute(
        """
        SELECT code, currency, count(*), sum(debits_posted)::bigint, sum(credits_posted)::bigint
        FROM ledger.accounts GROUP BY code, currency ORDER BY code, currency
        """
    ).fetchall()
