"""Statements and balances in the past, on both times."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from tests.stories.ledger.book import Book

from sycee.core.ledger import statements
from sycee.core.ledger.model import Hold, Reversal
from sycee.core.ledger.refusals import AccountNotFound
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid7

MINUTE = timedelta(minutes=1)


def test_pages_follow_each_other_without_gap_or_repeat(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(1_000), book.account(1_000)
    clock.advance(MINUTE)  # pyright: ignore[reportAttributeAccessIssue]
    since = clock.now()
    rng = random.Random(7)
    for _ in range(6):
        book.must(*(book.pay(*rng.choice([(a, b), (b, a)]), rng.randint(1, 9)) for _ in range(5)))
        book.must(Hold(book.id(), a, 1, "test"))
        clock.advance(MINUTE)  # pyright: ignore[reportAttributeAccessIssue]
    until = clock.now()
    book.must(book.pay(a, b, 5))
    with book.database.read() as tx:
        page = statements.statement(tx, a, since, until, limit=7)
    entries, pages = page.entries, 1
    while page.cursor is not None:
        with book.database.read() as tx:
            page = statements.statement(tx, a, since, until, page.cursor, 7)
        entries, pages = entries + page.entries, pages + 1
    assert (len(entries), pages) == (30, 5)
    assert page.opening_minor == 1_000
    running = page.opening_minor
    for entry in entries:
        running += entry.amount_minor
        assert entry.balance_after_minor == running
        assert entry.counterparty == b
    assert page.closing_minor == running
    assert len({entry.id for entry in entries}) == 30


def test_a_balance_as_of_a_posted_time_is_what_the_ledger_said_then(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(1_000), book.account()
    told = []
    for amount in (1, 20, 300):
        posted = book.must(book.pay(a, b, amount))[0]
        told.append((posted.posted_at, posted.debit_balance_after))
        clock.advance(MINUTE)  # pyright: ignore[reportAttributeAccessIssue]
    with book.database.read() as tx:
        for moment, balance in told:
            assert statements.balance_as_of(tx, a, posted_at=moment) == balance
            before = moment - timedelta(microseconds=1)
            assert statements.balance_as_of(tx, a, posted_at=before) > balance
        assert statements.balance_as_of(tx, a, posted_at=told[0][0] - MINUTE * 99) == 0
        assert statements.balance_as_of(tx, book.bank, posted_at=clock.now()) == 1_000


def test_a_balance_as_of_an_effective_time_is_what_the_world_had(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(1_000), book.account()
    january, february = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    book.must(book.pay(a, b, 100, effective_at=january), book.pay(a, b, 30, effective_at=february))
    paid = book.pay(a, b, 7)
    book.must(paid)
    book.must(Reversal(book.id(), paid.id, effective_at=february))
    with book.database.read() as tx:
        at = [
            statements.balance_as_of(tx, b, effective_at=moment)
            for moment in (january - MINUTE, january, february, clock.now() + MINUTE)
        ]
        assert at == [0, 100, 123, 130]
        assert statements.balance_as_of(tx, book.bank, effective_at=clock.now() + MINUTE) == 1_000


def test_a_statement_of_nobody_or_with_a_foreign_cursor_is_refused(book: Book) -> None:
    a, now = book.account(5), datetime.now(UTC)
    with book.database.read() as tx:
        with pytest.raises(AccountNotFound):
            statements.statement(tx, uuid7(), now, now)
        with pytest.raises(AccountNotFound):
            statements.balance_as_of(tx, uuid7(), posted_at=now)
        for cursor in ("x", "-5", "1" * 18, "²"):
            with pytest.raises(Invalid):
                statements.statement(tx, a, now, now, cursor)
        for limit in (0, 1_001):
            with pytest.raises(Invalid):
                statements.statement(tx, a, now, now, limit=limit)
        with pytest.raises(Invalid):
            statements.balance_as_of(tx, a)
