"""Accounts: opened once, bounded, frozen, closed; the house's own are the same everywhere."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.stories.ledger.book import Book

from sycee.core.ledger import accounts
from sycee.core.ledger.chart import CHART, CODES, RANGES, REASONS
from sycee.core.ledger.model import NewAccount
from sycee.core.ledger.refusals import AccountClosed, AccountNotFound
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import uuid7


def _open(book: Book, *new: NewAccount) -> list[UUID | Refusal]:
    with book.database.transaction() as tx:
        return accounts.open(tx, new)


def test_an_account_opened_twice_is_one_account(book: Book) -> None:
    owner, id = uuid7(), uuid7()
    account = NewAccount(id, owner, "wallet", "CNY", 0)
    assert _open(book, account, account) == [id, id]
    assert _open(book, account) == [id]
    other = NewAccount(id, owner, "wallet", "USD", 0)
    assert _open(book, other) == [accounts.AccountExists(str(id), "currency")]
    with book.database.read() as tx:
        assert [balance.id for balance in accounts.owned(tx, [owner])] == [id]


def test_one_account_refused_leaves_the_others_open(book: Book) -> None:
    good = NewAccount(uuid7(), None, "wallet", "CNY")
    outcomes = _open(
        book,
        NewAccount(uuid7(), None, "piggybank", "CNY"),
        NewAccount(uuid7(), None, "wallet", "XXX"),
        NewAccount(uuid7(), None, "wallet", "CNY", 5, 4),
        NewAccount(uuid7(), None, "wallet", "CNY", 2**63),
        good,
    )
    assert [getattr(outcome, "field", None) for outcome in outcomes] == [
        "code",
        "currency",
        "floor",
        "floor",
        None,
    ]
    assert outcomes[-1] == good.id


def test_a_pot_always_has_floor_zero(book: Book) -> None:
    pot = NewAccount(uuid7(), None, "escrow", "CNY", -100)
    assert _open(book, pot) == [pot.id]
    assert book.read(pot.id).floor == 0


def test_bounds_may_be_changed_though_what_stands_breaks_them(book: Book) -> None:
    a, b = book.account(100), book.account()
    with book.database.transaction() as tx:
        accounts.bound(tx, a, floor=200, ceiling=300)
    assert book.refusal(book.pay(a, b, 1)).code == "floor-reached"
    book.must(book.pay(book.bank, a, 200))
    assert book.refusal(book.pay(book.bank, a, 1)).code == "ceiling-reached"
    with pytest.raises(Invalid), book.database.transaction() as tx:
        accounts.bound(tx, a, floor=2, ceiling=1)


def test_what_is_not_there_or_closed_cannot_be_changed(book: Book) -> None:
    nobody, closed = uuid7(), book.account()
    with book.database.transaction() as tx:
        accounts.close(tx, closed)
    for change in (accounts.freeze, accounts.thaw, accounts.close):
        with pytest.raises(AccountNotFound), book.database.transaction() as tx:
            change(tx, nobody)
        with pytest.raises(AccountClosed), book.database.transaction() as tx:
            change(tx, closed)
    with pytest.raises(AccountNotFound), book.database.transaction() as tx:
        accounts.reopen(tx, nobody)


def test_a_house_account_has_the_same_id_in_every_process(book: Book) -> None:
    bank = accounts.house("bank", "CNY")
    assert (bank.version, bank.variant) == (8, "specified in RFC 4122")
    assert bank == UUID("75a9d82f-f414-84ec-808e-bbb63d1c2b4a") == book.bank
    assert len({bank, accounts.house("bank", "USD"), accounts.house("fees", "CNY")}) == 3
    with pytest.raises(Invalid), book.database.transaction() as tx:
        accounts.open_house(tx, "no-such", "CNY")


def test_the_chart_names_every_number_once() -> None:
    assert len({line.number for line in CHART.values()}) == len(CHART)
    assert len(set(CODES.values())) == len(CODES)
    assert [line.number for line in CHART.values()] == sorted(x.number for x in CHART.values())
    hundreds = set(RANGES.values())
    assert all(reason.number // 100 * 100 in hundreds for reason in REASONS.values())
    assert all(line.sentence.endswith(".") for line in CHART.values())
