"""The statement of who gave to whom through pots, by the codes of what went in and came out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sycee.kit.clock import micros
from sycee.runtime.db import Tx


def between(
    tx: Tx,
    pot: int,
    fund: int,
    claim: int,
    since: datetime,
    opened_since: datetime,
    least_minor: int,
    limit: int,
) -> list[tuple[UUID, UUID, str, int]]:
    """Giver, taker, currency and sum of what came out of pots since a moment, the most first.

    Owners of the accounts that paid into a pot and got from it; sums below `least_minor` and what
    went back to oneself are left out. Reads the pots of that kind by their opening, and of the log
    what moved on them.
    """
    return tx.conn.execute(
        """
        SELECT g.owner, t.owner, g.currency, sum(c.amount_minor)::bigint AS minor
          FROM ledger.accounts AS p
          JOIN ledger.transfers AS c ON c.debit = p.id
          JOIN ledger.transfers AS f ON f.credit = p.id AND f.code = %(fund)s
          JOIN ledger.accounts AS g ON g.id = f.debit
          JOIN ledger.accounts AS t ON t.id = c.credit
         WHERE p.code = %(pot)s AND p.code BETWEEN 220 AND 249 AND p.opened_at >= %(opened)s
           AND c.code = %(claim)s AND c.id >= %(first)s AND c.kind < 10
           AND g.owner IS NOT NULL AND t.owner IS NOT NULL AND g.owner <> t.owner
         GROUP BY g.owner, t.owner, g.currency
        HAVING sum(c.amount_minor) >= %(least)s
         ORDER BY minor DESC, g.owner, t.owner LIMIT %(limit)s
        """,
        {
            "pot": pot,
            "opened": opened_since,
            "fund": fund,
            "claim": claim,
            "first": UUID(int=(micros(since) // 1_000) << 80),
            "least": least_minor,
            "limit": limit,
        },
    ).fetchall()
