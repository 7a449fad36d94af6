"""SQL of the trial balance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sycee.runtime.db import Tx


def sums(tx: Tx) -> list[tuple[int, str, int, int, int]]:
    """Per kind of account and currency: how many accounts, and their debits and credits posted."""
    return tx.conn.execute(
        """
        SELECT code, currency, count(*), sum(debits_posted)::bigint, sum(credits_posted)::bigint
        FROM ledger.accounts GROUP BY code, currency ORDER BY code, currency
        """
    ).fetchall()


def balances(tx: Tx, codes: Sequence[int], currency: str) -> Iterator[tuple[UUID, int]]:
    """Id and credits less debits of the accounts of some kinds in a currency."""
    with tx.conn.cursor(name="liabilities") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, credits_posted - debits_posted FROM ledger.accounts
            WHERE code = ANY(%s) AND currency = %s
            """,
            (list(codes), currency),
        )
        yield from cursor
