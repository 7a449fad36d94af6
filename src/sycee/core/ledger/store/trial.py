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


def currencies(tx: Tx, code: int) -> set[str]:
    """The currencies that there are accounts of a kind in."""
    rows = tx.conn.execute("SELECT DISTINCT currency FROM ledger.accounts WHERE code = %s", (code,))
    return {row[0] for row in rows}


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


def owned(tx: Tx, codes: Sequence[int], currency: str) -> int:
    """How many accounts of some kinds in a currency belong to somebody, closed ones left out."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM ledger.accounts
        WHERE code = ANY(%s) AND currency = %s AND owner IS NOT NULL AND NOT closed
        """,
        (list(codes), currency),
    ).fetchone()
    assert row is not None
    return row[0]


def movements(tx: Tx, code: int, currency: str) -> Iterator[tuple[UUID, int]]:
    """Subject (or id) and signed amount of each movement on accounts of a kind; debits positive."""
    with tx.conn.cursor(name="movements") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT coalesce(t.subject, t.id), t.amount_minor
            FROM ledger.accounts AS a JOIN ledger.transfers AS t ON t.debit = a.id
            WHERE a.code = %(code)s AND a.currency = %(currency)s AND t.kind < 10
            UNION ALL
            SELECT coalesce(t.subject, t.id), -t.amount_minor
            FROM ledger.accounts AS a JOIN ledger.transfers AS t ON t.credit = a.id
            WHERE a.code = %(code)s AND a.currency = %(currency)s AND t.kind < 10
            """,
            {"code": code, "currency": currency},
        )
        yield from cursor
