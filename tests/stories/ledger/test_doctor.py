"""The doctor names what differs, whatever was changed behind the ledger's back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import pytest
from psycopg.errors import LockNotAvailable
from tests.stories.ledger.book import Book

from sycee.core.ledger import doctor, months
from sycee.core.ledger.model import Capture, Hold, Reversal
from sycee.core.ledger.post import post_all
from sycee.kit.ids import public
from sycee.products.envelopes import checks as envelopes
from sycee.products.escrow import checks as escrow
from sycee.products.wallet import checks as wallet
from sycee.runtime.db import Database


@pytest.fixture
def books(database: Database) -> Book:
    """A book that the test will damage."""
    book = Book(database)
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 20, "test")
    paid = book.pay(a, b, 10)
    book.must(
        hold, paid, Reversal(book.id(), paid.id, 5), Capture(book.id(), hold.id, b, 5, "test")
    )
    book.check()
    return book


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (
            "UPDATE ledger.accounts SET credits_posted = credits_posted + 1 WHERE code = 200",
            "debits equal credits in each currency",
        ),
        (
            "UPDATE ledger.accounts SET credits_posted = credits_posted + 1,"
            " debits_posted = debits_posted + 1 WHERE code = 200",
            "posted sums follow from the log",
        ),
        (
            "UPDATE ledger.transfers SET amount_minor = amount_minor + 1 WHERE code = 900",
            "posted sums follow from the log",
        ),
        (
            "DELETE FROM ledger.transfers WHERE kind = 3",
            "posted sums follow from the log",
        ),
        (
            "UPDATE ledger.accounts SET last_at = last_at - interval '1 hour'",
            "posted sums follow from the log",
        ),
        (
            "UPDATE ledger.accounts SET debits_pending = 14 WHERE debits_pending = 15",
            "pending sums follow from open holds",
        ),
        (
            "UPDATE ledger.holds SET captured_minor = 6",
            "holds follow from their steps in the log",
        ),
        (
            "UPDATE ledger.transfers SET credit_after = credit_after + 1 WHERE kind = 4",
            "running balances follow from the rows before them",
        ),
        (
            "UPDATE ledger.accounts SET currency = 'USD' WHERE code = 100",
            "both sides of a transfer have one currency",
        ),
        (
            "UPDATE ledger.transfers SET amount_minor = 11 WHERE kind = 3",
            "nothing is reversed beyond its amount",
        ),
        (
            "UPDATE ledger.accounts SET closed = true WHERE code = 200",
            "closed accounts are empty and pots never negative",
        ),
    ],
)
def test_every_kind_of_damage_is_named(books: Book, damage: LiteralString, check: str) -> None:
    with books.database.connection() as conn:
        assert conn.execute(damage).rowcount > 0
    verdict = doctor.examine(books.database)
    named = {finding.check: finding.differences for finding in verdict.checks if not finding.ok}
    assert not verdict.ok
    assert named[check][0].expected != named[check][0].found


@pytest.mark.parametrize(
    ("kind", "noun", "checks"),
    [
        ("escrow", "trd", escrow.checks),
        ("envelope", "env", envelopes.checks),
        ("gift", "gft", wallet.checks),
    ],
)
def test_a_pot_whose_product_does_not_know_it_is_named(books, kind, noun, checks) -> None:
    pot = books.account(30, code=kind)
    verdict = doctor.examine(books.database, checks)
    named = [each for finding in verdict.checks for each in finding.differences]
    assert named == [doctor.Difference(public(noun, pot), "an empty pot", "30 CNY")]


def test_a_pot_that_holds_something_else_than_its_product_says_is_named(books: Book) -> None:
    right, less = books.account(30, code="escrow"), books.account(30, code="escrow")
    told = [(right, "CNY", 30), (less, "CNY", 40), (books.id(), "CNY", 5)]
    with books.database.read() as tx:
        found = doctor.pots(
            tx,
            "escrow",
            "trd",
            lambda _, after, limit: [] if after else told,
            lambda _, ids: {*ids},
        )
    assert found == [
        doctor.Difference(public("trd", less), "40 CNY", "30 CNY"),
        doctor.Difference(public("trd", told[2][0]), "5 CNY", "no pot"),
    ]


def test_a_check_of_a_product_reads_the_same_snapshot(books: Book) -> None:
    def check(tx: object) -> doctor.Finding:
        return doctor.Finding("pots equal trades", [doctor.Difference("trd_1", "5", "6")])

    verdict = doctor.examine(books.database, [check])
    assert [finding.check for finding in verdict.checks if not finding.ok] == ["pots equal trades"]


def test_months_are_prepared_once(slow_book: Book) -> None:
    with slow_book.database.transaction() as tx:
        assert months.prepare(tx, 2) in range(4)
        assert months.prepare(tx, 2) == 0
        assert months.prepare(tx, 14) > 0
    a = slow_book.account(10)
    assert slow_book.balance(a) == 10


def test_no_posting_waits_for_a_month_that_cannot_be_made_now(book: Book):
    a, b = book.account(5), book.account()

    def prepare() -> None:
        with pytest.raises(LockNotAvailable), book.database.transaction(timeout_ms=5_000) as tx:
            months.prepare(tx, 14)

    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'ledger.transfers'::regclass"
    with book.database.read() as reader, ThreadPoolExecutor(1) as pool:
        reader.conn.execute("SELECT count(*) FROM ledger.transfers")  # like a backup, for hours
        made = pool.submit(prepare)
        while not made.done():
            with book.database.connection() as conn:
                if conn.execute(waits).fetchone():
                    break
        with book.database.transaction() as tx:
            post_all(tx, [book.pay(a, b, 1)])
        reader.conn.execute("SELECT 1")
        made.result()
