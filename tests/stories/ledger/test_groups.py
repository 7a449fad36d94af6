"""Link groups: all or nothing, contiguous, and nothing left behind."""

from __future__ import annotations

import pytest
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger.model import Capture, Hold, Release, Reversal
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import FloorReached, GroupFailed, GroupNotContiguous


def test_a_stranger_between_the_members_makes_the_group_malformed(book: Book) -> None:
    x, a, b, y, z = (book.account(n) for n in (200, 0, 0, 100, 0))
    outcomes = book.post(
        book.pay(x, a, 100, group=7), book.pay(a, b, 100), book.pay(y, z, 100, group=7)
    )
    assert outcomes[0] == outcomes[2] == GroupNotContiguous(7)
    assert codes(outcomes)[1] == "floor-reached"
    assert book.balances(x, a, b, y, z) == [200, 0, 0, 100, 0]


def test_a_group_that_fails_late_leaves_no_credit_for_later_items(book: Book) -> None:
    a, b, c = book.account(100), book.account(), book.account()
    outcomes = book.post(
        book.pay(a, b, 100, group=1),
        book.pay(b, c, 60, group=1),
        book.pay(b, c, 60, group=1),
        book.pay(b, c, 10),
        book.pay(a, c, 100),
    )
    assert outcomes[:2] == [GroupFailed(2), GroupFailed(2)]
    assert outcomes[2] == FloorReached(str(b), 40, 0)
    assert codes(outcomes)[3:] == ["floor-reached", "ok"]
    assert book.balances(a, b, c) == [0, 0, 100]


def test_a_group_pays_many_from_many(book: Book) -> None:
    a, b, c, d = book.account(60), book.account(40), book.account(), book.account()
    outcomes = book.post(
        book.pay(a, c, 50, group=1), book.pay(b, c, 20, group=1), book.pay(b, d, 20, group=1)
    )
    assert codes(outcomes) == ["ok"] * 3
    assert book.balances(a, b, c, d) == [10, 0, 70, 20]


def test_two_groups_side_by_side_fail_and_succeed_apart(book: Book) -> None:
    a, b = book.account(100), book.account()
    outcomes = book.post(
        book.pay(a, b, 30, group=1),
        book.pay(a, b, 300, group=1),
        book.pay(a, b, 20, group=2),
        book.pay(a, b, 50, group=2),
    )
    assert codes(outcomes) == ["group-failed", "floor-reached", "ok", "ok"]
    assert book.balance(b) == 70


def test_a_failed_group_undoes_its_holds_captures_and_reversals(book: Book) -> None:
    a, b = book.account(100), book.account()
    paid = book.pay(a, b, 20)
    old, new = Hold(book.id(), a, 30, "test"), Hold(book.id(), a, 10, "test", group=1)
    book.must(paid, old)
    outcomes = book.post(
        new,
        Capture(book.id(), old.id, b, 5, "test", group=1),
        Reversal(book.id(), paid.id, group=1),
        Release(book.id(), new.id, group=1),
        book.pay(a, b, 10_000, group=1),
        Capture(book.id(), new.id, b, 1, "test"),
        Capture(book.id(), old.id, b, 30, "test"),
        Reversal(book.id(), paid.id),
    )
    assert codes(outcomes) == [
        *["group-failed"] * 4,
        "floor-reached",
        "hold-not-found",
        "ok",
        "ok",
    ]
    assert book.balances(a, b) == [70, 30]
    assert book.read(a).debits_pending == 0


def test_a_failed_group_leaves_neither_its_ids_nor_what_was_reversed_before_it(book: Book) -> None:
    a, b = book.account(100), book.account()
    first, second, undone = book.pay(a, b, 20), book.pay(a, b, 30), book.pay(a, b, 5, group=1)
    book.must(first, second)
    outcomes = book.post(
        Reversal(book.id(), first.id),
        undone,
        Reversal(book.id(), second.id, group=1),
        book.pay(a, b, 10_000, group=1),
        Reversal(book.id(), first.id),
        Reversal(book.id(), second.id),
        book.pay(a, b, 5, id=undone.id),
    )
    assert codes(outcomes) == [
        *("ok", "group-failed", "group-failed", "floor-reached"),
        *("already-reversed", "ok", "ok"),
    ]
    assert book.balances(a, b) == [95, 5]


def test_a_hold_can_be_made_and_captured_in_one_group(book: Book) -> None:
    a, b = book.account(100), book.account()
    hold = Hold(book.id(), a, 30, "test", group=1)
    outcomes = book.post(
        hold, Capture(book.id(), hold.id, b, 10, "test", group=1), Release(book.id(), hold.id)
    )
    assert codes(outcomes) == ["ok"] * 3
    assert book.balances(a, b) == [90, 10]


def test_a_group_sent_again_is_answered_as_it_was(book: Book) -> None:
    a, b = book.account(100), book.account()
    items = [book.pay(a, b, 60, group=1), book.pay(a, b, 40, group=1)]
    first, again = book.post(*items), book.post(*items)
    assert codes(first) == ["ok", "ok"]
    assert codes(again) == ["exists", "exists"]
    assert book.balance(b) == 100


def test_a_group_that_reuses_a_posted_id_is_refused(book: Book) -> None:
    a, b = book.account(100), book.account()
    alone = book.pay(a, b, 10)
    book.must(alone)
    grouped = book.pay(a, b, 10, id=alone.id, group=1)
    outcomes = book.post(book.pay(a, b, 5, group=1), grouped)
    assert codes(outcomes) == ["group-failed", "id-exists-with-different"]
    assert getattr(outcomes[1], "field", None) == "group"
    assert book.balance(b) == 10


def test_a_member_added_to_a_posted_group_is_refused(book: Book) -> None:
    a, b = book.account(100), book.account()
    items = [book.pay(a, b, 10, group=1), book.pay(a, b, 20, group=1)]
    book.must(*items)
    outcomes = book.post(*items, book.pay(a, b, 30, group=1))
    assert codes(outcomes) == ["id-exists-with-different", "group-failed", "group-failed"]
    assert book.balance(b) == 30


def test_post_all_raises_the_culprit_and_moves_nothing(book: Book) -> None:
    a, b = book.account(100), book.account()
    with pytest.raises(FloorReached), book.database.transaction() as tx:
        post_all(tx, [book.pay(a, b, 60), book.pay(a, b, 60)])
    assert book.balance(b) == 0
