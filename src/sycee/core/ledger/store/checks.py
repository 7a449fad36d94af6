"""The doctor's statements: everything derived again from the log. Each names what differs.

Every query answers rows of (subject id or name, expected, found).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import UUID

from sycee.runtime.db import Tx

_SIDES = """
    SELECT account, sum(debits) AS debits, sum(credits) AS credits, max(posted_at) AS last_at
      FROM (SELECT debit AS account, sum(amount_minor) AS debits, 0 AS credits,
                   max(posted_at) AS posted_at
              FROM ledger.transfers WHERE kind < 10 GROUP BY debit
            UNION ALL
            SELECT credit, 0, sum(amount_minor), max(posted_at)
              FROM ledger.transfers WHERE kind < 10 GROUP BY credit) AS side
     GROUP BY account
"""

CHECKS: dict[str, LiteralString] = {
    "debits equal credits in each currency": """
        SELECT currency, sum(debits_posted)::text, sum(credits_posted)::text
          FROM ledger.accounts
         GROUP BY currency
        HAVING sum(debits_posted) <> sum(credits_posted)
    """,
    "posted sums follow from the log": f"""
        SELECT coalesce(a.id, s.account)::text,
               concat(coalesce(s.debits, 0), ' / ', coalesce(s.credits, 0), ' by ', s.last_at),
               coalesce(concat(a.debits_posted, ' / ', a.credits_posted, ' by ', a.last_at),
                        'no account')
          FROM ledger.accounts a
          FULL JOIN ({_SIDES}) AS s ON s.account = a.id
         WHERE a.id IS NULL
            OR a.debits_posted <> coalesce(s.debits, 0)
            OR a.credits_posted <> coalesce(s.credits, 0)
            OR a.last_at < s.last_at
         LIMIT 100
    """,
    "pending sums follow from open holds": """
        SELECT a.id::text, coalesce(sum(h.debits), 0) || ' / ' || coalesce(sum(h.credits), 0),
               a.debits_pending || ' / ' || a.credits_pending
          FROM ledger.accounts a
          LEFT JOIN (SELECT debit AS account,
                            amount_minor - captured_minor - released_minor AS debits, 0 AS credits
                       FROM ledger.holds WHERE closed_at IS NULL
                     UNION ALL
                     SELECT credit, 0, amount_minor - captured_minor - released_minor
                       FROM ledger.holds WHERE closed_at IS NULL AND credit IS NOT NULL) AS h
            ON h.account = a.id
         WHERE a.debits_pending <> 0 OR a.credits_pending <> 0 OR h.account IS NOT NULL
         GROUP BY a.id, a.debits_pending, a.credits_pending
        HAVING a.debits_pending <> coalesce(sum(h.debits), 0)
            OR a.credits_pending <> coalesce(sum(h.credits), 0)
         LIMIT 100
    """,
    "holds follow from their steps in the log": """
        SELECT h.id::text, coalesce(s.captured, 0) || ' / ' || coalesce(s.released, 0),
               h.captured_minor || ' / ' || h.released_minor
          FROM ledger.holds h
          LEFT JOIN (SELECT hold,
                            sum(amount_minor) FILTER (WHERE kind IN (4, 5)) AS captured,
                            sum(amount_minor) FILTER (WHERE kind IN (11, 13)) AS released,
                            bool_or(kind = 5) AS final
                       FROM ledger.transfers WHERE hold IS NOT NULL GROUP BY hold) AS s
            ON s.hold = h.id
          LEFT JOIN ledger.transfers m ON m.id = h.id AND m.kind = 10
         WHERE h.captured_minor <> coalesce(s.captured, 0)
            OR (NOT coalesce(s.final, false) AND h.released_minor <> coalesce(s.released, 0))
            OR (coalesce(s.final, false)
                AND h.captured_minor + h.released_minor <> h.amount_minor)
            OR h.captured_minor + h.released_minor > h.amount_minor
            OR (h.closed_at IS NULL) <> (h.captured_minor + h.released_minor < h.amount_minor)
            OR m.amount_minor IS DISTINCT FROM h.amount_minor
            OR m.debit IS DISTINCT FROM h.debit
         LIMIT 100
    """,
    "running balances follow from the rows before them": """
        SELECT id::text, expected::text, after_minor::text
          FROM (SELECT t.id, t.after_minor,
                       sum(CASE WHEN a.code BETWEEN 200 AND 399 OR a.code >= 500
                                THEN t.moved ELSE -t.moved END)
                           OVER (PARTITION BY t.account ORDER BY t.posted_at) AS expected,
                       lag(t.posted_at) OVER (PARTITION BY t.account ORDER BY t.posted_at)
                           = t.posted_at AS twice
                  FROM (SELECT id, debit AS account, posted_at, debit_after AS after_minor,
                               CASE WHEN kind < 10 THEN -amount_minor ELSE 0 END AS moved
                          FROM ledger.transfers
                        UNION ALL
                        SELECT id, credit, posted_at, credit_after, amount_minor
                          FROM ledger.transfers WHERE kind < 10) AS t
                  JOIN ledger.accounts a ON a.id = t.account) AS run
         WHERE expected <> after_minor OR twice
         LIMIT 100
    """,
    "both sides of a transfer have one currency": """
        SELECT t.id::text, d.currency, c.currency
          FROM ledger.transfers t
          JOIN ledger.accounts d ON d.id = t.debit
          JOIN ledger.accounts c ON c.id = t.credit
         WHERE d.currency <> c.currency OR t.debit = t.credit OR t.amount_minor < 0
         LIMIT 100
    """,
    "nothing is reversed beyond its amount": """
        SELECT o.id::text, o.amount_minor::text, r.amount::text
          FROM (SELECT reverses, sum(amount_minor) AS amount
                  FROM ledger.transfers WHERE reverses IS NOT NULL GROUP BY reverses) AS r
          LEFT JOIN ledger.transfers o ON o.id = r.reverses
         WHERE o.id IS NULL OR r.amount > o.amount_minor
         LIMIT 100
    """,
    "closed accounts are empty and pots never negative": """
        SELECT id::text, '0', (credits_posted - debits_posted)::text
          FROM ledger.accounts
         WHERE (closed AND (debits_posted <> credits_posted OR debits_pending <> 0
                            OR credits_pending <> 0))
            OR (code IN (220, 230, 235, 240)
                AND credits_posted - debits_posted - debits_pending < 0)
         LIMIT 100
    """,
}
"""What must hold of the ledger, each with a query for what breaks it (at most 100 rows)."""


def spread(tx: Tx) -> None:
    """Let this snapshot's sorts use memory rather than files, and join tables as a whole.

    The planner hopes that a hundred differences are found soon and loops over accounts, reading the
    log for each. In a book that is sound nothing is found, and that would take days.
    """
    tx.conn.execute(
        """
        SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)
        """
    )


def filled(tx: Tx, number: int) -> Iterator[tuple[UUID, str, int]]:
    """Id, currency and balance of the pots of a kind that are not empty."""
    with tx.conn.cursor(name="filled") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, currency, credits_posted - debits_posted FROM ledger.accounts
             WHERE code = %s AND code BETWEEN 220 AND 249 AND credits_posted <> debits_posted
            """,
            (number,),
        )
        yield from cursor


def kept(tx: Tx) -> Iterator[tuple[UUID, UUID | None, int, str, int | None]]:
    """Id, owner, number in the chart, currency and floor of every account."""
    with tx.conn.cursor(name="kept") as cursor:
        cursor.itersize = 10_000
        cursor.execute("SELECT id, owner, code, currency, floor_minor FROM ledger.accounts")
        yield from cursor


def by_subject(tx: Tx, numbers: list[int]) -> Iterator[tuple[UUID | None, int, int]]:
    """Subject, number of the code and sum of the transfers with some codes, by subject."""
    with tx.conn.cursor(name="by_subject") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT subject, code, sum(amount_minor)::bigint FROM ledger.transfers
             WHERE code = ANY(%s::smallint[]) AND kind < 10
             GROUP BY subject, code ORDER BY subject
            """,
            (numbers,),
        )
        yield from cursor


def broken(tx: Tx, query: LiteralString) -> list[tuple[Any, ...]]:
    """The rows that break one check."""
    return tx.conn.execute(query).fetchall()
