"""Processes that post at the same time: no lost money, no error that reaches a caller."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from uuid import UUID

import psycopg
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger.model import Capture, Hold, Item, Outcome, Posted, Reversal, Transfer
from sycee.core.ledger.post import post
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database

SECONDS = float(os.environ.get("SYCEE_RACE_SECONDS", "10"))
"""How long opposite batches run against each other; a minute in a thorough run."""


def _processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def opposite(url: str, forward: bool, ids: list[UUID], seconds: float) -> tuple[int, list[str]]:
    """Pay round the circle of accounts, or against it; the batches posted and the errors seen."""
    database = Database(url, size=1)
    pairs = list(zip(ids, ids[1:] + ids[:1], strict=True))
    if not forward:
        pairs = [(b, a) for a, b in reversed(pairs)]
    posted, errors, until = 0, [], time.monotonic() + seconds
    while time.monotonic() < until:
        items = [Transfer(uuid7(), a, b, 1, "test") for a, b in pairs]
        try:
            with database.transaction() as tx:
                outcomes = post(tx, items)
        except psycopg.Error as error:
            errors.append(repr(error))
            continue
        posted += sum(isinstance(outcome, Posted) for outcome in outcomes)
    database.close()
    return posted, errors


def test_opposite_batches_never_deadlock(database: Database) -> None:
    book = Book(database)
    ids = [book.account(1_000_000) for _ in range(30)]
    with _processes(2) as pool:
        runs = [
            pool.submit(opposite, book.database.url, forward, ids, SECONDS)
            for forward in (True, False)
        ]
        results = [run.result() for run in runs]
    assert [errors for _, errors in results] == [[], []]
    assert all(posted > 0 for posted, _ in results)
    assert sum(book.balances(*ids)) == 30 * 1_000_000
    book.check()


def send(url: str, batches: list[list[Item]], at: float) -> list[list[str]]:
    """Post each batch in a transaction of its own, the first at a given moment."""
    database = Database(url, size=1)
    time.sleep(max(0.0, at - time.time()))
    found = []
    for batch in batches:
        with database.transaction() as tx:
            found.append(codes(post(tx, batch)))
    database.close()
    return found


def test_one_new_id_sent_by_two_processes_with_disjoint_accounts_posts_once(book: Book) -> None:
    a, b, c, d = (book.account(1_000) for _ in range(4))
    ids = [uuid7() for _ in range(60)]
    one: list[list[Item]] = [[Transfer(id, a, b, 1, "test")] for id in ids]
    two: list[list[Item]] = [[Transfer(id, c, d, 1, "test")] for id in ids]
    start = time.time() + 2
    with _processes(2) as pool:
        first = pool.submit(send, book.database.url, one, start)
        second = pool.submit(send, book.database.url, two, start)
        outcomes = list(zip(first.result(), second.result(), strict=True))
    for pair in outcomes:
        assert sorted(code for codes_ in pair for code in codes_) == [
            "id-exists-with-different",
            "ok",
        ]
    moved = 1_000 - book.balance(a) + 1_000 - book.balance(c)
    assert moved == len(ids)


def test_a_duplicate_key_from_a_writer_still_open_reruns_the_batch(book: Book) -> None:
    a, b, c, d = (book.account(100) for _ in range(4))
    shared = uuid7()
    done: list[list[Outcome]] = []

    def late() -> None:
        done.append(book.post(book.pay(c, d, 5), Transfer(shared, c, d, 1, "test")))

    with book.database.transaction(timeout_ms=20_000) as tx:
        assert codes(post(tx, [Transfer(shared, a, b, 1, "test")])) == ["ok"]
        thread = threading.Thread(target=late)
        thread.start()
        _wait_for_a_lock(book)
    thread.join()
    assert codes(done[0]) == ["ok", "id-exists-with-different"]
    assert book.balances(a, b, c, d) == [99, 101, 95, 105]


def _wait_for_a_lock(book: Book) -> None:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with book.database.connection() as conn:
            row = conn.execute(query).fetchone()
        if row and row[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def _together(count: int, act: Callable[[int], Outcome]) -> list[Outcome]:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(act, range(count)))


def test_a_hundred_concurrent_captures_never_exceed_the_hold(book: Book) -> None:
    a, b = book.account(1_000), book.account()
    hold = Hold(book.id(), a, 300, "test")
    book.must(hold)
    outcomes = _together(100, lambda _: book.post(Capture(book.id(), hold.id, b, 7, "test"))[0])
    assert codes(outcomes).count("ok") == 300 // 7
    assert codes(outcomes).count("hold-exceeded") == 100 - 300 // 7
    assert book.balances(a, b) == [1_000 - 294, 294]
    assert book.read(a).debits_pending == 6


def test_two_captures_racing_past_a_hold_pay_once(book: Book) -> None:
    for _ in range(10):
        a, b, c = book.account(100), book.account(), book.account()
        hold = Hold(book.id(), a, 60, "test")
        book.must(hold)
        payees = [b, c]
        outcomes = _together(
            2,
            lambda n, hold=hold, payees=payees: book.post(
                Capture(book.id(), hold.id, payees[n], 60, "test")
            )[0],
        )
        assert sorted(codes(outcomes)) == ["hold-closed", "ok"]
        assert book.balance(b) + book.balance(c) == 60 == 100 - book.balance(a)


def test_a_full_reversal_racing_itself_pays_once(book: Book) -> None:
    for _ in range(10):
        a, b = book.account(100), book.account(100)
        paid = book.pay(a, b, 60)
        book.must(paid)
        outcomes = _together(4, lambda _, paid=paid: book.post(Reversal(book.id(), paid.id))[0])
        assert sorted(codes(outcomes)) == [*["already-reversed"] * 3, "ok"]
        assert book.balances(a, b) == [100, 100]


def test_spenders_racing_for_the_last_money_never_overdraw(book: Book) -> None:
    a, b = book.account(50), book.account()
    outcomes = _together(60, lambda _: book.post(book.pay(a, b, 1))[0])
    assert codes(outcomes).count("ok") == 50
    assert book.balances(a, b) == [0, 50]


def test_posted_times_are_strict_under_contention(book: Book) -> None:
    hot = book.account(1_000)
    others = [book.account() for _ in range(8)]
    outcomes = _together(80, lambda n: book.post(book.pay(hot, others[n % 8], 1))[0])
    posted = sorted((x.posted_at, x.debit_balance_after) for x in outcomes if isinstance(x, Posted))
    assert [balance for _, balance in posted] == list(range(999, 919, -1))
    assert len({moment for moment, _ in posted}) == 80
