"""Holds: reserve now, capture in parts, never more than held; known bugs of other ledgers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger import accounts, holds
from sycee.core.ledger.jobs import register
from sycee.core.ledger.model import Capture, Expire, Extend, Hold, Posted, Release, Reversal
from sycee.core.ledger.refusals import FloorReached, HoldExceeded
from sycee.runtime.jobs import Jobs, run_sweeps


def test_a_hold_is_captured_in_parts_towards_different_payees(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account()
    hold = Hold(book.id(), a, 80, "test")
    book.must(hold, Capture(book.id(), hold.id, b, 30, "test"))
    book.must(Capture(book.id(), hold.id, c, 20, "test"))
    assert book.balances(a, b, c) == [50, 30, 20]
    assert book.available(a) == 20
    book.must(Capture(book.id(), hold.id, b, None, "test"))
    assert book.refusal(Capture(book.id(), hold.id, b, 1, "test")).code == "hold-closed"
    assert book.balances(a, b, c) == [20, 60, 20]


def test_the_balance_check_does_not_forget_the_hold(book: Book) -> None:
    a, b = book.account(100), book.account()
    outcomes = book.post(
        Hold(book.id(), a, 70, "test"),
        book.pay(a, b, 40),
        Hold(book.id(), a, 40, "test"),
        book.pay(a, b, 30),
    )
    assert codes(outcomes) == ["ok", "floor-reached", "floor-reached", "ok"]
    assert outcomes[1] == FloorReached(str(a), 30, 0)
    assert (book.balance(a), book.available(a)) == (70, 0)


def test_a_rejected_hold_can_never_be_captured(book: Book) -> None:
    a, b = book.account(10), book.account()
    hold = Hold(book.id(), a, 70, "test")
    outcomes = book.post(hold, Capture(book.id(), hold.id, b, 5, "test"))
    assert codes(outcomes) == ["floor-reached", "hold-not-found"]
    book.must(book.pay(book.bank, a, 500))
    assert book.refusal(Capture(book.id(), hold.id, b, 5, "test")).code == "hold-not-found"
    assert book.balance(b) == 0


def test_a_capture_beyond_what_is_left_is_refused(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 50, "test")
    book.must(hold, Capture(book.id(), hold.id, b, 20, "test"))
    refusal = book.refusal(Capture(book.id(), hold.id, b, 31, "test"))
    assert refusal == HoldExceeded(str(hold.id), 30)
    assert book.refusal(Release(book.id(), hold.id, 31)) == HoldExceeded(str(hold.id), 30)


def test_a_final_capture_frees_the_rest(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 50, "test")
    book.must(hold, Capture(book.id(), hold.id, b, 20, "test", final=True))
    assert (book.balance(a), book.available(a)) == (80, 80)
    assert book.refusal(Release(book.id(), hold.id)).code == "hold-closed"


def test_a_release_gives_part_or_all_back(book: Book) -> None:
    a = book.account(100)
    hold = Hold(book.id(), a, 50, "test")
    book.must(hold, Release(book.id(), hold.id, 20))
    assert book.available(a) == 70
    book.must(Release(book.id(), hold.id))
    assert book.available(a) == 100
    assert book.refusal(Release(book.id(), hold.id)).code == "hold-closed"


def test_a_release_sent_again_frees_nothing_more(book: Book) -> None:
    a = book.account(100)
    hold, other = Hold(book.id(), a, 50, "test"), Hold(book.id(), a, 50, "test")
    release = Release(book.id(), hold.id)
    book.must(hold, other, release)
    assert codes(book.post(release, release)) == ["exists", "exists"]
    assert book.available(a) == 50


def test_a_named_payee_has_room_reserved_under_its_ceiling(book: Book) -> None:
    a, b = book.account(100), book.account(ceiling=50)
    hold = Hold(book.id(), a, 40, "test", credit=b)
    book.must(hold)
    assert book.read(b).credits_pending == 40
    assert book.refusal(book.pay(a, b, 11)).code == "ceiling-reached"
    book.must(book.pay(a, b, 10), Capture(book.id(), hold.id, b, 30, "test", final=True))
    assert (book.balance(b), book.read(b).credits_pending) == (40, 0)


def test_a_capture_respects_the_ceiling_of_another_payee(book: Book) -> None:
    a, b = book.account(100), book.account(ceiling=5)
    hold = Hold(book.id(), a, 40, "test")
    book.must(hold)
    assert book.refusal(Capture(book.id(), hold.id, b, 6, "test")).code == "ceiling-reached"
    assert book.available(a) == 60
    book.must(Capture(book.id(), hold.id, b, 5, "test"))


def test_an_expired_hold_is_freed_and_never_captured(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 50, "test", expires_at=clock.now() + timedelta(hours=1))
    book.must(hold)
    assert book.refusal(Expire(book.id(), hold.id)).code == "hold-not-due"
    clock.advance(timedelta(hours=1))  # pyright: ignore[reportAttributeAccessIssue]
    assert book.refusal(Capture(book.id(), hold.id, b, 5, "test")).code == "hold-expired"
    late = Extend(book.id(), hold.id, clock.now() + timedelta(hours=1))
    assert book.refusal(late).code == "hold-expired"
    with book.database.transaction() as tx:
        assert holds.due_expiries(tx, 10) == [(hold.expires_at, hold.id)]
        assert isinstance(holds.expire_due(tx, hold.id), Posted)
        assert codes([holds.expire_due(tx, hold.id)]) == ["hold-closed"]
    assert book.available(a) == 100


def test_an_extended_hold_lives_longer(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 50, "test", expires_at=clock.now() + timedelta(hours=1))
    book.must(hold, Extend(book.id(), hold.id, clock.now() + timedelta(hours=3)))
    shorter = Extend(book.id(), hold.id, clock.now() + timedelta(hours=2))
    assert book.refusal(shorter).code == "dates-not-allowed"
    clock.advance(timedelta(hours=2))  # pyright: ignore[reportAttributeAccessIssue]
    book.must(Capture(book.id(), hold.id, b, 50, "test"))
    assert codes(book.post(hold)) == ["exists"]


def test_of_two_reasons_against_an_extension_the_earlier_is_given(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    payer, payee = book.account(100), book.account()
    soon = clock.now() + timedelta(hours=1)

    def held() -> Hold:
        hold = Hold(book.id(), payer, 10, "test", expires_at=soon, credit=payee)
        book.must(hold)
        return hold

    def extended(hold: Hold, hours: int) -> str:
        return book.refusal(Extend(book.id(), hold.id, soon + timedelta(hours=hours))).code

    ended, standing = held(), held()
    book.must(Release(book.id(), ended.id))
    assert (extended(ended, 0), extended(ended, 1)) == ("dates-not-allowed", "hold-closed")
    for side in (payee, payer):
        with book.database.transaction() as tx:
            accounts.freeze(tx, side)
        frozen = [extended(standing, 0), extended(standing, 1), extended(ended, 1)]
        assert frozen == ["dates-not-allowed", "account-frozen", "account-frozen"]
        with book.database.transaction() as tx:
            accounts.thaw(tx, side)
    clock.advance(timedelta(hours=2))  # pyright: ignore[reportAttributeAccessIssue]
    assert (extended(standing, 0), extended(standing, 4)) == ("dates-not-allowed", "hold-expired")


def test_a_hold_captures_itself_at_its_date(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a, b = book.account(100), book.account()
    due = clock.now() + timedelta(days=3)
    hold = Hold(book.id(), a, 50, "test", capture_at=due, credit=b)
    book.must(hold, Capture(book.id(), hold.id, b, 10, "test"))
    with book.database.transaction() as tx:
        assert holds.due_captures(tx, 10) == []
    clock.advance(timedelta(days=3))  # pyright: ignore[reportAttributeAccessIssue]
    with book.database.transaction() as tx:
        assert holds.due_captures(tx, 10) == [(due, hold.id)]
        assert isinstance(holds.capture_due(tx, hold.id), Posted)
        assert codes([holds.capture_due(tx, hold.id)]) == ["hold-closed"]
        assert holds.due_captures(tx, 10) == []
    assert book.balances(a, b) == [50, 50]
    with book.database.read() as tx:
        assert holds.read(tx, [hold.id])[hold.id].left_minor == 0
        assert holds.standing(tx, a) == []


def test_a_hold_captures_itself_before_it_ends(book: Book) -> None:
    """At one moment it would only end: its payee would wait in vain."""
    a, b = book.account(100), book.account()
    at = datetime(2099, 1, 1, tzinfo=UTC)
    refusal = book.refusal(Hold(book.id(), a, 5, "test", expires_at=at, capture_at=at, credit=b))
    assert (refusal.code, refusal.facts()["field"]) == ("dates-not-allowed", "capture_at")
    earlier = at - timedelta(microseconds=1)
    book.must(Hold(book.id(), a, 5, "test", expires_at=at, capture_at=earlier, credit=b))


@pytest.mark.parametrize(
    ("field", "dates"),
    [
        ("expires_at", {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("expires_at", {"expires_at": datetime(2099, 1, 1)}),
        ("capture_at", {"capture_at": datetime(2099, 1, 1, tzinfo=UTC)}),
    ],
)
def test_a_hold_with_impossible_dates_is_refused(book: Book, field: str, dates: dict) -> None:
    refusal = book.refusal(Hold(book.id(), book.account(100), 5, "test", **dates))
    assert (refusal.code, getattr(refusal, "field", None)) == ("dates-not-allowed", field)


def test_a_revert_after_a_capture_gives_the_money_back_once(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 50, "test")
    capture = Capture(book.id(), hold.id, b, 50, "test")
    book.must(hold, capture)
    outcomes = book.post(Reversal(book.id(), capture.id), Reversal(book.id(), capture.id))
    assert codes(outcomes) == ["ok", "already-reversed"]
    assert (book.balance(a), book.available(a), book.balance(b)) == (100, 100, 0)


def test_a_second_refund_that_is_refused_pays_nothing(book: Book) -> None:
    a, b = book.account(100), book.account(1_000)
    paid = book.pay(a, b, 60)
    book.must(paid)
    outcomes = book.post(
        Reversal(book.id(), paid.id, 40),
        Reversal(book.id(), paid.id, 40),
        Reversal(book.id(), paid.id),
    )
    assert codes(outcomes) == ["ok", "already-reversed", "ok"]
    assert book.balances(a, b) == [100, 1_000]
    assert book.refusal(Reversal(book.id(), paid.id, 1)).code == "already-reversed"
    assert book.balances(a, b) == [100, 1_000]


def test_holds_reversals_and_nothing_cannot_be_reversed(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold, paid = Hold(book.id(), a, 5, "test"), book.pay(a, b, 5)
    reversal = Reversal(book.id(), paid.id)
    book.must(hold, paid, reversal)
    for id in (hold.id, reversal.id, book.id()):
        assert book.refusal(Reversal(book.id(), id)).code == "transfer-not-found"


def test_a_reversal_needs_the_money_to_be_there(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account()
    paid = book.pay(a, b, 60)
    book.must(paid, book.pay(b, c, 30))
    assert book.refusal(Reversal(book.id(), paid.id)).code == "floor-reached"
    book.must(Reversal(book.id(), paid.id, 30))
    assert book.balances(a, b, c) == [70, 0, 30]


def test_a_frozen_account_moves_only_backwards(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold, paid = Hold(book.id(), a, 30, "test"), book.pay(a, b, 20)
    book.must(hold, paid)
    with book.database.transaction() as tx:
        accounts.freeze(tx, a)
    outcomes = book.post(
        book.pay(a, b, 1),
        book.pay(b, a, 1),
        Hold(book.id(), a, 1, "test"),
        Capture(book.id(), hold.id, b, 1, "test"),
        Reversal(book.id(), paid.id),
        Release(book.id(), hold.id),
    )
    assert codes(outcomes) == [*["account-frozen"] * 4, "ok", "ok"]
    with book.database.transaction() as tx:
        accounts.thaw(tx, a)
    book.must(book.pay(a, b, 100))


def test_captures_of_a_frozen_payer_keep_nobody_else_from_being_paid(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    frozen, payer, payee = book.account(100), book.account(100), book.account()
    jobs = Jobs(batch=3)
    register(jobs)
    now = clock.now()
    for minute in range(1, 8):
        at = now + timedelta(minutes=minute)
        book.must(Hold(book.id(), frozen, 5, "test", capture_at=at, credit=payee))
    at = now + timedelta(minutes=9)
    book.must(Hold(book.id(), payer, 5, "test", capture_at=at, credit=payee))
    with book.database.transaction() as tx:
        accounts.freeze(tx, frozen)
    clock.advance(timedelta(minutes=10))  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(3):
        run_sweeps(book.database, jobs)
    assert book.balances(payer, payee) == [95, 5]

    with book.database.transaction() as tx:
        accounts.thaw(tx, frozen)
    clock.advance(timedelta(seconds=3))  # pyright: ignore[reportAttributeAccessIssue]
    assert sum(run_sweeps(book.database, jobs) for _ in range(3)) == 7
    assert book.balances(frozen, payee) == [65, 40]
