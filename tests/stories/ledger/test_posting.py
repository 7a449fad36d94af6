"""Posting in exact order: what a naive version of one UPDATE, decide, COPY gets wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger import accounts
from sycee.core.ledger.model import BATCH_MAX, Hold, NewAccount, Posted, Sweep, Transfer
from sycee.core.ledger.post import post, post_all
from sycee.core.ledger.refusals import (
    AmountNotAllowed,
    BatchTooLarge,
    CeilingReached,
    FloorReached,
    IdNotAccepted,
    SumTooLarge,
)
from sycee.core.ledger.store import posting as store
from sycee.kit.ids import uuid7
from sycee.kit.money import MAX_MINOR
from sycee.runtime.db import begin


def test_a_transfer_sees_the_effect_of_the_one_before(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account()
    outcomes = book.post(
        book.pay(b, c, 10), book.pay(a, b, 100), book.pay(b, c, 60), book.pay(b, c, 50)
    )
    assert codes(outcomes) == ["floor-reached", "ok", "ok", "floor-reached"]
    assert book.balances(a, b, c) == [0, 40, 60]
    assert outcomes[3] == FloorReached(str(b), 40, 0)


def test_overflowing_requests_do_not_kill_their_neighbours(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account(50)
    huge = [book.pay(a, b, MAX_MINOR) for _ in range(1_024)]
    outcomes = book.post(book.pay(c, b, 20), *huge, book.pay(a, b, 30))
    assert codes(outcomes) == ["ok", *["floor-reached"] * 1_024, "ok"]
    assert book.balances(a, b, c) == [70, 50, 30]


def test_a_sum_never_passes_two_to_the_62(book: Book) -> None:
    a, b = book.account(floor=None), book.account(floor=None)
    outcomes = book.post(*(book.pay(a, b, MAX_MINOR) for _ in range(514)))
    assert codes(outcomes) == ["ok"] * 511 + ["sum-too-large"] * 3
    assert isinstance(outcomes[-1], SumTooLarge)
    assert book.balance(b) == 511 * MAX_MINOR


def test_a_sweep_takes_what_earlier_items_left(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account(7)
    outcomes = book.must(
        book.pay(a, c, 30), Sweep(book.id(), a, b, None, "test"), Sweep(book.id(), a, b, 5, "test")
    )
    assert [outcome.amount_minor for outcome in outcomes] == [30, 70, 0]
    assert book.balances(a, b, c) == [0, 70, 37]


def test_a_sweep_stops_at_the_ceiling_of_the_other_side(book: Book) -> None:
    a, b = book.account(100), book.account(ceiling=40)
    assert book.must(Sweep(book.id(), a, b, 90, "test"))[0].amount_minor == 40
    assert book.balances(a, b) == [60, 40]


def test_a_sweep_of_nothing_stays_nothing_when_sent_again_after_a_top_up(book: Book) -> None:
    a, b = book.account(), book.account()
    sweep = Sweep(book.id(), a, b, None, "test")
    assert book.must(sweep)[0].amount_minor == 0
    book.must(book.pay(book.bank, a, 50))
    again = book.must(sweep)[0]
    assert (again.amount_minor, again.existed) == (0, True)
    assert book.balance(a) == 50


def test_a_sweep_without_any_end_is_refused(book: Book) -> None:
    wallet = book.account(floor=None)
    assert book.refusal(Sweep(book.id(), book.bank, wallet, None, "test")).code == (
        "sweep-without-limit"
    )


def test_a_ceiling_bounds_what_comes_in(book: Book) -> None:
    a, b = book.account(100), book.account(ceiling=30)
    outcomes = book.post(book.pay(a, b, 20), book.pay(a, b, 11), book.pay(a, b, 10))
    assert codes(outcomes) == ["ok", "ceiling-reached", "ok"]
    assert outcomes[1] == CeilingReached(str(b), 20, 30)


def test_a_transfer_of_another_day_is_bounded_by_what_is_there_today(book: Book) -> None:
    a, b = book.account(100), book.account(ceiling=80)
    old = datetime(2026, 1, 1, tzinfo=UTC)
    asked = [book.pay(a, b, amount, effective_at=old) for amount in (101, 81, 80, 1)]
    outcomes = book.post(*asked, book.pay(a, book.bank, 21, effective_at=old))
    assert codes(outcomes) == [
        *("floor-reached", "ceiling-reached", "ok", "ceiling-reached", "floor-reached")
    ]
    assert book.balances(a, b) == [20, 80]


def test_the_floor_of_an_asset_bounds_credits(book: Book) -> None:
    loan = book.account(code="loans", floor=0)
    wallet = book.account()
    book.must(book.pay(loan, wallet, 80))
    assert book.balance(loan) == 80
    assert codes(book.post(book.pay(wallet, loan, 30), book.pay(book.bank, loan, 60))) == [
        "ok",
        "floor-reached",
    ]


def test_a_negative_floor_is_a_credit_line(book: Book) -> None:
    a, b = book.account(10, floor=-50), book.account()
    assert codes(book.post(book.pay(a, b, 60), book.pay(a, b, 1))) == ["ok", "floor-reached"]
    assert book.balance(a) == -50


@pytest.mark.parametrize("amount", [0, -1, MAX_MINOR + 1, 1.5, True, "5", None])
def test_an_amount_that_is_no_amount_moves_nothing(book: Book, amount: object) -> None:
    a, b = book.account(100), book.account()
    item = Transfer(book.id(), a, b, amount, "test")  # pyright: ignore[reportArgumentType]
    outcomes = book.post(item, book.pay(a, b, 1))
    assert outcomes[0] == AmountNotAllowed("amount_minor")
    assert isinstance(outcomes[1], Posted)
    assert book.balance(b) == 1


def test_unknown_accounts_codes_and_currencies_are_refused_one_by_one(book: Book) -> None:
    a, b, usd = book.account(100), book.account(), book.account(currency="USD")
    outcomes = book.post(
        book.pay(a, uuid7(), 1),
        book.pay(uuid7(), a, 1),
        book.pay(a, a, 1),
        book.pay(a, usd, 1),
        book.pay(a, b, 1, "no.such"),
        book.pay(a, b, 1, effective_at=datetime(2026, 1, 1)),
        book.pay(a, b, 1),
    )
    assert codes(outcomes) == [
        "account-not-found",
        "account-not-found",
        "same-account",
        "currency-mismatch",
        "code-unknown",
        "dates-not-allowed",
        "ok",
    ]


@pytest.mark.parametrize(
    "id",
    [
        uuid4(),
        UUID(int=0),
        UUID(int=2**128 - 1),
        uuid7(int((datetime.now(UTC) - timedelta(hours=25)).timestamp() * 1000)),
        uuid7(int((datetime.now(UTC) + timedelta(hours=25)).timestamp() * 1000)),
    ],
)
def test_a_new_id_must_be_of_version_7_and_of_today(book: Book, id: UUID) -> None:
    a, b = book.account(100), book.account()
    refusal = book.refusal(book.pay(a, b, 1, id=id))
    assert isinstance(refusal, IdNotAccepted)
    assert book.balance(a) == 100


def test_a_dry_run_decides_the_same_and_writes_nothing(book: Book) -> None:
    a, b = book.account(100), book.account()
    items = [
        book.pay(a, b, 60),
        book.pay(a, b, 60),
        Hold(book.id(), a, 30, "test"),
        Sweep(book.id(), a, b, None, "test"),
    ]
    dry = book.post(*items, dry_run=True)
    assert book.balances(a, b) == [100, 0]
    wet = book.post(*items)
    assert codes(dry) == codes(wet) == ["ok", "floor-reached", "ok", "ok"]
    assert [x.amount_minor for x in dry if isinstance(x, Posted)] == [60, 30, 10]


def test_a_batch_beyond_ten_thousand_is_refused_whole(book: Book) -> None:
    a, b = book.account(100), book.account()
    item = book.pay(a, b, 1)
    outcomes = book.post(*[item] * (BATCH_MAX + 1))
    assert set(map(type, outcomes)) == {BatchTooLarge}
    assert book.balance(b) == 0


def test_a_full_batch_of_ten_thousand_posts(book: Book) -> None:
    a, b = book.account(floor=None), book.account()
    outcomes = book.must(*(book.pay(a, b, 1) for _ in range(BATCH_MAX)))
    assert len(outcomes) == book.balance(b) == BATCH_MAX


def test_a_new_account_can_be_paid_in_the_transaction_that_opens_it(book: Book) -> None:
    a, pot = book.account(100), book.id()
    with book.database.transaction() as tx:
        accounts.open(tx, [NewAccount(pot, None, "escrow", "CNY")])
        post_all(tx, [book.pay(a, pot, 40), book.pay(a, pot, 20)])
    assert book.read(pot).floor == 0
    assert book.balance(pot) == 60


def test_posting_twice_in_one_transaction_sees_the_first(book: Book) -> None:
    a, b = book.account(10), book.account()
    with book.database.transaction() as tx:
        assert codes(post(tx, [book.pay(a, b, 10)])) == ["ok"]
        assert codes(post(tx, [book.pay(a, b, 1)])) == ["floor-reached"]
        assert post(tx, []) == []


def test_running_balances_and_posted_times_go_in_step(book: Book) -> None:
    a, b = book.account(100), book.account()
    outcomes = book.must(*(book.pay(a, b, 10) for _ in range(5)))
    assert [outcome.debit_balance_after for outcome in outcomes] == [90, 80, 70, 60, 50]
    assert [outcome.credit_balance_after for outcome in outcomes] == [10, 20, 30, 40, 50]
    times = [outcome.posted_at for outcome in outcomes]
    assert times == sorted(set(times))


def test_posted_times_increase_strictly_though_the_clock_steps_back(slow_book: Book) -> None:
    class SteppedBack:
        def now(self) -> datetime:
            return datetime(2026, 3, 1, 11, tzinfo=UTC)

    book = slow_book
    a, b, c = book.account(100), book.account(), book.account(100)
    first = book.must(book.pay(a, b, 1), book.pay(a, b, 1))
    book.database.clock = SteppedBack()
    second = book.must(book.pay(c, b, 1), book.pay(a, b, 1))
    third = book.must(book.pay(c, a, 1))
    times = [outcome.posted_at for outcome in (*first, *second, *third)]
    assert times == sorted(set(times))


def test_the_same_batch_on_the_same_state_gives_the_same_results(book: Book) -> None:
    a, b, c = book.account(100), book.account(20), book.account()
    items = [book.pay(a, b, n % 37 + 1) for n in range(40)]
    items += [book.pay(b, c, n % 23 + 1) for n in range(40)]
    runs = [book.post(*items, dry_run=True) for _ in range(3)]

    def told(outcomes: list) -> list:
        return [
            (x.amount_minor, x.debit_balance_after, x.credit_balance_after)
            if isinstance(x, Posted)
            else x
            for x in outcomes
        ]

    assert told(runs[0]) == told(runs[1]) == told(runs[2]) == told(book.post(*items))


def test_a_batch_that_takes_many_updates_answers_like_one(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[object]] = []
    for chunked in (1_000, 4):
        monkeypatch.setattr(store, "CHUNKED", chunked)
        monkeypatch.setattr(store, "FIRST", 2)
        monkeypatch.setattr(store, "CHUNK", 3)
        places = [book.account(100) for _ in range(9)]
        with book.database.transaction() as tx:
            accounts.freeze(tx, places[7])
        places.append(book.id())  # nobody's account
        items = [book.pay(places[k], places[(3 * k + 1) % 10], 40 * k) for k in range(1, 10)]
        items += [Hold(book.id(), places[k], 30, "test", credit=places[8]) for k in (0, 3, 5, 8)]
        outcomes = book.post(*items)
        moved = [getattr(outcome, "debit_balance_after", None) for outcome in outcomes]
        stand = [(x.balance, x.available, x.expected) for x in map(book.read, places[:9])]
        told.append([codes(outcomes), moved, stand])
        pairs = zip(outcomes, book.post(*items), strict=True)
        again = [second for first, second in pairs if isinstance(first, Posted)]
        assert all(isinstance(second, Posted) and second.existed for second in again)
    assert told[0] == told[1]
    seen = repr(told[0][0])
    for code in ("ok", "floor-reached", "account-not-found", "account-frozen"):
        assert code in seen


def test_a_large_batch_that_waits_too_long_leaves_its_connection_usable(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("CHUNKED", 2), ("FIRST", 1), ("CHUNK", 2)):
        monkeypatch.setattr(store, name, value)
    places = [book.account(100) for _ in range(6)]
    items = [book.pay(a, b, 1) for a, b in pairwise(places)]
    clock = book.database.clock
    with book.database.connection() as conn:
        with book.database.transaction(timeout_ms=30_000) as rival:
            post(rival, [book.pay(places[3], places[4], 5)])
            with (
                pytest.raises((LockNotAvailable, QueryCanceled)),
                begin(conn, clock, timeout_ms=200) as tx,
            ):
                post(tx, items)
        with begin(conn, clock, timeout_ms=30_000) as tx:
            assert codes(post(tx, items)) == ["ok"] * 5
    assert book.balances(*places) == [99, 100, 100, 95, 105, 101]
