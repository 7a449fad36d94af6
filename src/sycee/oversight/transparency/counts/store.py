"""SQL of `transparency.count`: the budget's ledger. Rows are never changed."""

from __future__ import annotations

from sycee.oversight.transparency.counts.model import Spent
from sycee.runtime.db import Tx


def lock(tx: Tx, quarter: str) -> int:
    """What a quarter has spent in thousandths of ε; locked until the transaction ends."""
    row = tx.conn.execute(
        """
        INSERT INTO transparency.count_budget (quarter, spent_milli) VALUES (%s, 0)
        ON CONFLICT (quarter) DO UPDATE SET spent_milli = count_budget.spent_milli
        RETURNING spent_milli
        """,
        (quarter,),
    ).fetchone()
    assert row is not None
    return row[0]


def spend(tx: Tx, spent: Spent) -> None:
    """Take a question's cost out of its quarter, and keep what it was for."""
    tx.conn.execute(
        "UPDATE transparency.count_budget SET spent_milli = spent_milli + %s WHERE quarter = %s",
        (spent.epsilon_milli, spent.quarter),
    )
    tx.conn.execute(
        """
        INSERT INTO transparency.count (id, quarter, question, days, epsilon_milli, asked_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (
            spent.id,
            spent.quarter,
            str(spent.question),
            spent.days,
            spent.epsilon_milli,
            spent.asked_at,
        ),
    )
