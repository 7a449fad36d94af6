"""Ids are permanent: the same content is answered as it was, other content is refused by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger.model import Capture, Expire, Extend, Hold, Posted, Release, Reversal, Sweep
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import IdExistsWithDifferent
from sycee.kit.ids import uuid7
from sycee.runtime.perform import Call, perform
from sycee.runtime.pipeline import Unpipelined

LATER = datetime(2099, 1, 1, tzinfo=UTC)


def test_the_same_id_and_content_is_answered_as_it_was(book: Book) -> None:
    a, b = book.account(100), book.account()
    item = book.pay(a, b, 60, subject=uuid7(), effective_at=datetime(2026, 1, 1, tzinfo=UTC))
    first, again = book.must(item)[0], book.must(item)[0]
    assert msgspec.structs.replace(again, existed=False) == first
    assert book.balances(a, b) == [40, 60]


def test_a_posted_id_is_answered_though_the_money_is_gone(book: Book) -> None:
    a, b = book.account(100), book.account()
    item = book.pay(a, b, 60)
    book.must(item)
    outcomes = book.post(book.pay(a, b, 60), item, book.pay(a, b, 40))
    assert codes(outcomes) == ["floor-reached", "exists", "ok"]
    assert book.balances(a, b) == [0, 100]


def test_a_posted_id_is_answered_in_a_batch_that_began_as_a_pipeline(book: Book) -> None:
    a, b = book.account(100), book.account()
    item, rest = book.pay(a, b, 60), book.pay(a, b, 40)
    book.must(item)
    with pytest.raises(Unpipelined), book.database.pipeline() as tx:
        post(tx, [item, rest])
    assert book.balances(a, b) == [40, 60]
    calls = [Call(uuid7(), "k", "test.post", each) for each in (item, rest)]
    answers = perform(book.database, calls, post)
    assert [answer.result.existed for answer in answers] == [True, False]
    assert book.balances(a, b) == [0, 100]


def test_a_posted_id_is_answered_a_year_later(slow_book: Book) -> None:
    book = slow_book
    a, b = book.account(100), book.account()
    item = book.pay(a, b, 60)
    book.must(item)
    book.database.clock.advance(timedelta(days=365))  # pyright: ignore[reportAttributeAccessIssue]
    assert codes(book.post(item)) == ["exists"]
    assert book.refusal(book.pay(a, b, 1, id=uuid7(0))).code == "id-not-accepted"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("amount_minor", {"amount_minor": 61}),
        ("code", {"code": "correction"}),
        ("subject", {"subject": uuid7()}),
        ("effective_at", {"effective_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("debit", {"debit": uuid7()}),
        ("credit", {"credit": uuid7()}),
        ("group", {"group": 1}),
        ("amount_minor", {"amount_minor": 0}),
    ],
)
def test_other_content_is_refused_and_the_field_named(
    book: Book, field: str, change: dict[str, object]
) -> None:
    a, b = book.account(1_000), book.account()
    item = book.pay(a, b, 60)
    book.must(item)
    refusal = book.refusal(msgspec.structs.replace(item, **change))
    assert refusal == IdExistsWithDifferent(str(item.id), field)
    assert book.balances(a, b) == [940, 60]


def test_another_kind_of_item_cannot_take_the_id(book: Book) -> None:
    a, b = book.account(1_000), book.account()
    item = book.pay(a, b, 60)
    book.must(item)
    refusal = book.refusal(Hold(item.id, a, 60, "test"))
    assert refusal == IdExistsWithDifferent(str(item.id), "kind")


def test_every_kind_of_item_is_answered_as_it_was(book: Book) -> None:
    a, b = book.account(1_000), book.account()
    paid = book.pay(a, b, 60)
    one, two = (Hold(book.id(), a, 90, "test", expires_at=LATER) for _ in range(2))
    items = [
        paid,
        one,
        two,
        Sweep(book.id(), a, b, 9, "test"),
        Reversal(book.id(), paid.id, 10),
        Capture(book.id(), one.id, b, 10, "test"),
        Capture(book.id(), one.id, b, None, "test", final=True),
        Release(book.id(), two.id, 10),
        Extend(book.id(), two.id, LATER + timedelta(days=1)),
        Release(book.id(), two.id),
    ]
    first = book.must(*items)
    before = book.balances(a, b)
    again = book.must(*items)
    assert [msgspec.structs.replace(x, existed=False) for x in again] == first
    assert all(x.existed for x in again)
    assert book.balances(a, b) == before == [851, 149]


@pytest.mark.parametrize("kind", ["sweep", "capture", "release", "extend", "reversal"])
def test_other_content_of_every_kind_is_refused(book: Book, kind: str) -> None:
    a, b = book.account(1_000), book.account()
    paid, hold = book.pay(a, b, 60), Hold(book.id(), a, 90, "test", expires_at=LATER)
    book.must(paid, hold)
    item, change, field = {
        "sweep": (Sweep(book.id(), a, b, 9, "test"), {"limit_minor": None}, "limit_minor"),
        "capture": (Capture(book.id(), hold.id, b, 5, "test"), {"final": True}, "final"),
        "release": (Release(book.id(), hold.id, 5), {"amount_minor": None}, "amount_minor"),
        "extend": (
            Extend(book.id(), hold.id, LATER + timedelta(1)),
            {"expires_at": LATER},
            "expires_at",
        ),
        "reversal": (Reversal(book.id(), paid.id, 9), {"amount_minor": 8}, "amount_minor"),
    }[kind]
    book.must(item)
    refusal = book.refusal(msgspec.structs.replace(item, **change))
    assert refusal == IdExistsWithDifferent(str(item.id), field)


def test_twins_in_one_batch_move_money_once(book: Book) -> None:
    a, b = book.account(100), book.account()
    item = book.pay(a, b, 60)
    other = msgspec.structs.replace(item, amount_minor=1)
    outcomes = book.post(item, item, other, book.pay(a, b, 40))
    assert codes(outcomes) == ["ok", "exists", "id-exists-with-different", "ok"]
    assert book.balances(a, b) == [0, 100]


def test_a_twin_of_a_refused_item_is_decided_afresh(book: Book) -> None:
    a, b = book.account(), book.account()
    item = book.pay(a, b, 60)
    outcomes = book.post(item, book.pay(book.bank, a, 60), item)
    assert codes(outcomes) == ["floor-reached", "ok", "ok"]


def test_a_batch_sent_again_with_one_new_item_posts_only_that(book: Book) -> None:
    a, b = book.account(10_000), book.account()
    items = [book.pay(a, b, n + 1) for n in range(100)]
    book.must(*items[:60], *items[61:])
    outcomes = book.post(*items)
    assert codes(outcomes) == ["exists"] * 60 + ["ok"] + ["exists"] * 39
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    assert book.balance(b) == sum(range(1, 101))


def test_an_expiry_is_answered_as_it_was(slow_book: Book) -> None:
    book, clock = slow_book, slow_book.database.clock
    a = book.account(100)
    hold = Hold(book.id(), a, 50, "test", expires_at=clock.now() + timedelta(hours=1))
    book.must(hold)
    clock.advance(timedelta(hours=2))  # pyright: ignore[reportAttributeAccessIssue]
    expire = Expire(book.id(), hold.id)
    assert codes([*book.post(expire), *book.post(expire)]) == ["ok", "exists"]
