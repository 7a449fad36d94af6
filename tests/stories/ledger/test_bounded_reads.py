"""What is read by code reads pots and what moved on them, however long the log is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.stories.rows import quiet, rows_read

from sycee.core.ledger import accounts, gifts, promised
from sycee.core.ledger.model import NewAccount, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.ledger.store import checks
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx

OTHERS = 25_000
"""Transfers and empty pots of others: enough that reading them all is no planner's choice."""


def fill(database: Database) -> tuple[UUID, UUID]:
    """A long log and many old pots, and one envelope that one person gave another a half of."""
    with database.transaction(timeout_ms=60_000) as tx:
        ada, ben = (parties.create(tx, NewParty(Kind.PERSON, name)).id for name in ("Ada", "Ben"))
        purse, other = (parties.account(tx, each, "wallet", "CNY") for each in (ada, ben))
        pot, bank = uuid7(), accounts.open_house(tx, "bank", "CNY")
        accounts.open(tx, [NewAccount(pot, None, "envelope", "CNY")])
        moves = (
            (bank, purse, 1_000, "deposit.demo"),
            (purse, pot, 600, "envelope.fund"),
            (pot, other, 300, "envelope.claim"),
        )
        post_all(tx, [Transfer(uuid7(), *move, subject=pot) for move in moves])
        tx.conn.execute(
            """
            INSERT INTO ledger.transfers (id, debit, credit, amount_minor, code, kind, posted_at,
                debit_after, credit_after)
            SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 400, 1, now(), 0, 0
            FROM generate_series(1, %s)
            """,
            (OTHERS,),
        )
        tx.conn.execute(
            """
            INSERT INTO ledger.accounts (id, code, currency, last_at, opened_at)
            SELECT gen_random_uuid(), 230, 'CNY', now() - interval '1 year', now()
                - interval '1 year' - n * interval '1 second' FROM generate_series(1, %s) AS s (n)
            """,
            (OTHERS,),
        )
    with database.connection() as conn:
        conn.execute("ANALYZE ledger.transfers, ledger.accounts")
        conn.commit()
    return ada, ben


@pytest.fixture
def filled(database_url: str) -> tuple[UUID, UUID]:
    """`fill`, by connections that are closed: an open one may count later what it read before."""
    database = Database(database_url, size=1)
    try:
        return fill(database)
    finally:
        database.close()


def test_circles_and_the_preview_of_an_order_read_pots_and_not_the_log(
    filled: tuple[UUID, UUID], database: Database
):
    ada, ben = filled
    now = database.clock.now()

    def circles(tx: Tx) -> None:
        found = gifts.between(
            tx,
            "envelope",
            "envelope.fund",
            "envelope.claim",
            now - timedelta(days=7),
            opened_since=now - timedelta(days=10),
            least_minor=1,
            limit=10,
        )
        assert found == [(ada, ben, "CNY", 300)]

    def preview(tx: Tx) -> None:
        (found,) = promised.standing(tx, 10)
        assert (found.what, found.amount_minor) == ("envelope", 300)

    quiet(database, "ledger")
    whole, indexed = rows_read(database, "ledger", circles)
    assert whole < 100, "empty months and the like"
    assert 3 <= indexed < 30, "the pot, and what moved on it"
    whole, indexed = rows_read(database, "ledger", preview)
    assert whole < 100, "empty months and the like"
    assert indexed <= OTHERS + 100, "each pot once"

    def everything(tx: Tx) -> None:
        tx.conn.execute("SELECT count(*) FROM ledger.transfers WHERE code = 301")

    assert rows_read(database, "ledger", everything)[0] >= OTHERS, (
        "a reading of the whole log is seen"
    )


def test_what_was_promised_long_ago_is_not_hidden_by_the_many_pots_since(database: Database):
    fill(database)
    with database.transaction(timeout_ms=10_000) as tx:
        tx.conn.execute(
            """
            UPDATE ledger.accounts SET credits_posted = 7
             WHERE opened_at = (SELECT min(opened_at) FROM ledger.accounts WHERE code = 230)
            """
        )
    with database.read(timeout_ms=10_000) as tx:
        assert [each.amount_minor for each in promised.standing(tx, 10)] == [7, 300]


def test_the_doctor_reads_the_log_once_for_a_check_and_not_once_for_an_account(
    database: Database,
):
    fill(database)

    def loops(tx: Tx) -> list[str]:
        plans = {name: tx.conn.execute("EXPLAIN " + query) for name, query in checks.CHECKS.items()}
        return [name for name, rows in plans.items() if any("Nested Loop" in r[0] for r in rows)]

    with database.read(timeout_ms=10_000) as tx:
        assert loops(tx), "the planner would"
        checks.spread(tx)
        assert loops(tx) == []
