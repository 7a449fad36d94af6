"""The plan of the one UPDATE: rows are locked in order of their id, whatever the statistics say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

import pytest
from tests.stories.ledger.book import Book

from sycee.core.ledger import wire
from sycee.core.ledger.post import post
from sycee.core.ledger.store import posting as store
from sycee.runtime import arrays


def _plan(book: Book, query: LiteralString, accounts: int) -> list[str]:
    ids = sorted(book.id().int for _ in range(accounts))
    zeros = arrays.bigints([0] * accounts)
    sums = ("debits", "credits", "debits_pending", "credits_pending")
    given = {"ids": wire.uuids(ids), **dict.fromkeys(sums, zeros)}
    given |= {"now": datetime.now(UTC), "length": timedelta(microseconds=1)}
    with book.database.transaction() as tx:
        store.start(tx)
        explain: LiteralString = "EXPLAIN (COSTS OFF) " + query
        return [row[0].strip() for row in tx.conn.execute(explain, given)]


@pytest.mark.parametrize("accounts", [1, 10, 1_000, 10_000])
@pytest.mark.parametrize("query", [store.TOUCH, store.TOUCH_POSTED])
def test_rows_are_locked_in_the_order_of_the_index(
    book: Book, query: LiteralString, accounts: int
) -> None:
    plan = _plan(book, query, accounts)
    assert plan[:2] == ["Update on accounts a", "->  Index Scan using accounts_pkey on accounts a"]
    assert plan[2].startswith("Index Cond: (id = ANY (")


def test_the_pins_of_the_transaction_outlive_the_posting(book: Book) -> None:
    a, b = book.account(5), book.account()
    with book.database.transaction() as tx:
        post(tx, [book.pay(a, b, 1)])
        for name in ("hashjoin", "mergejoin", "seqscan", "material", "bitmapscan"):
            row = tx.conn.execute("SELECT current_setting('enable_' || %s)", (name,)).fetchone()
            assert row == ("off",)


def test_looking_up_ids_opens_only_their_months(book: Book) -> None:
    id = book.id()
    with book.database.transaction() as tx:
        explain: LiteralString = "EXPLAIN (COSTS OFF) " + store.ROWS
        arguments = (wire.uuids([id.int]), UUID(int=id.int), UUID(int=id.int))
        plan = "\n".join(row[0] for row in tx.conn.execute(explain, arguments))
    assert f"transfers_{datetime.now(UTC):%Y_%m}" in plan
    assert plan.count("Scan using") + plan.count("Seq Scan") <= 2
