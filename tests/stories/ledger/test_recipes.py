"""The eight recipes of TigerBeetle's documentation, with the balances it gives, in one batch each.

Source: docs/coding/recipes of TigerBeetle (Apache-2.0). Where it needs control accounts and up to
five linked transfers, floors, ceilings and sweeps do the same here; the golden balances are equal.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stories.ledger.book import Book, codes

from sycee.core.ledger import accounts, holds
from sycee.core.ledger.model import Hold, Reversal, Sweep
from sycee.core.ledger.post import post_all


def test_the_recipe_to_close_an_account(book: Book) -> None:
    """The rest goes to a closing account and the account closes in one transaction; it reopens."""
    a, b = book.account(45), book.account()
    with book.database.transaction() as tx:
        post_all(tx, [Sweep(book.id(), a, b, None, "test")])
        accounts.close(tx, a)
    assert book.balances(a, b) == [0, 45]
    assert book.refusal(book.pay(b, a, 1)).code == "account-closed"
    assert book.refusal(book.pay(a, b, 1)).code == "account-closed"
    with book.database.transaction() as tx:
        accounts.reopen(tx, a)
    book.must(book.pay(b, a, 45))
    assert book.balances(a, b) == [45, 0]


def test_the_recipe_for_rate_limiting(slow_book: Book) -> None:
    """A leaky bucket: each request holds a unit for a minute; ten fit, then time drains it."""
    book, clock = slow_book, slow_book.database.clock
    user = book.account(10)

    def request() -> Hold:
        return Hold(book.id(), user, 1, "test", expires_at=clock.now() + timedelta(seconds=60))

    assert codes(book.post(*(request() for _ in range(12)))) == ["ok"] * 10 + ["floor-reached"] * 2
    clock.advance(timedelta(seconds=60))  # pyright: ignore[reportAttributeAccessIssue]
    with book.database.transaction() as tx:
        for _, id in holds.due_expiries(tx, 100):
            assert codes([holds.expire_due(tx, id)]) == ["ok"]
    assert book.available(user) == 10
    assert codes(book.post(request())) == ["ok"]


def test_the_recipe_for_currency_exchange(book: Book) -> None:
    """10.00 USD for 71.00 CNY at 7.10, and a fee of 0.10 USD: one group over position accounts."""
    usd, cny = book.account(10_10, currency="USD"), book.account()
    with book.database.transaction() as tx:
        position_usd = accounts.open_house(tx, "exchange", "USD")
        position_cny = accounts.open_house(tx, "exchange", "CNY")
        fees = accounts.open_house(tx, "fees", "USD")
    exchange = [
        book.pay(usd, position_usd, 10_00, "exchange.sell", group=1),
        book.pay(position_cny, cny, 71_00, "exchange.buy", group=1),
        book.pay(usd, fees, 10, "exchange.sell", group=1),
    ]
    book.must(*exchange)
    assert book.balances(usd, cny, position_usd, position_cny, fees) == [
        0,
        71_00,
        10_00,
        -71_00,
        10,
    ]
    again = [
        book.pay(usd, position_usd, 10_00, "exchange.sell", group=1),
        book.pay(position_cny, cny, 71_00, "exchange.buy", group=1),
    ]
    assert codes(book.post(*again)) == ["floor-reached", "group-failed"]
    assert book.balance(cny) == 71_00


@pytest.mark.parametrize(("funds", "moved"), [(100, True), (99, False)])
def test_the_recipe_for_a_balance_conditional_transfer(book: Book, funds: int, moved: bool) -> None:
    """Pay 10 only if at least 100 are there: there and back in the same group."""
    source, destination, control = book.account(funds), book.account(), book.account()
    check, pay = book.pay(source, control, 100, group=1), book.pay(source, destination, 10, group=1)
    book.post(check, book.pay(control, source, 100, group=1), pay)
    expected = [funds - 10, 10, 0] if moved else [funds, 0, 0]
    assert book.balances(source, destination, control) == expected


def test_the_recipe_for_balance_invariant_transfers(book: Book) -> None:
    """An unbounded account must not be negative after these transfers: the bound is data."""
    account, other = book.account(5, floor=None), book.account()
    book.must(book.pay(account, other, 50))
    assert book.balance(account) == -45
    with book.database.transaction() as tx:
        accounts.bound(tx, account, floor=0, ceiling=None)
    assert book.refusal(book.pay(account, other, 1)).code == "floor-reached"
    book.must(book.pay(other, account, 20))
    assert book.balance(account) == -25
    book.must(book.pay(book.bank, account, 25), book.pay(book.bank, account, 1))
    assert codes(book.post(book.pay(account, other, 2), book.pay(account, other, 1))) == [
        "floor-reached",
        "ok",
    ]


def test_the_recipe_for_balance_bounds(book: Book) -> None:
    """A lower bound of 10 and an upper of 100 at once, in one transfer instead of five."""
    account, other = book.account(50, floor=10, ceiling=100), book.account(1_000)
    outcomes = book.post(
        book.pay(account, other, 41),
        book.pay(other, account, 51),
        book.pay(account, other, 40),
        book.pay(other, account, 90),
    )
    assert codes(outcomes) == ["floor-reached", "ceiling-reached", "ok", "ok"]
    assert book.balance(account) == 100


def test_the_recipe_for_correcting_transfers(book: Book) -> None:
    """Rows stand for good: the wrong one is reversed by name and the right one posted, linked."""
    a, b = book.account(500), book.account()
    wrong = book.pay(a, b, 123)
    book.must(wrong)
    book.must(Reversal(book.id(), wrong.id, group=1), book.pay(a, b, 132, group=1))
    assert book.balances(a, b) == [368, 132]
    assert codes(book.post(Reversal(book.id(), wrong.id))) == ["already-reversed"]
    assert (book.read(a).debits_posted, book.read(a).credits_posted) == (255, 623)


def test_the_recipe_for_many_debits_and_many_credits(book: Book) -> None:
    """A compound entry through a control account, and "from A, then B, then C, up to 100"."""
    a, b, c, d, e = (book.account(n) for n in (60, 40, 0, 0, 0))
    control = book.account()
    compound = [
        book.pay(a, control, 60, group=1),
        book.pay(b, control, 40, group=1),
        book.pay(control, c, 50, group=1),
        book.pay(control, d, 30, group=1),
        book.pay(control, e, 20, group=1),
    ]
    book.must(*compound)
    assert book.balances(a, b, control, c, d, e) == [0, 0, 0, 50, 30, 20]
    target = book.account(ceiling=90)
    with book.database.transaction() as tx:
        sweeps = [Sweep(book.id(), source, target, None, "test") for source in (c, d, e)]
        assert [x.amount_minor for x in post_all(tx, sweeps)] == [50, 30, 10]
    assert book.balances(c, d, e, target) == [0, 0, 10, 90]


def test_an_account_with_money_or_holds_does_not_close(book: Book) -> None:
    a = book.account(45)
    with pytest.raises(accounts.AccountNotEmpty), book.database.transaction() as tx:
        accounts.close(tx, a)
    b = book.account(10, floor=-100)
    book.must(book.pay(b, a, 10), Hold(book.id(), b, 5, "test"))
    with pytest.raises(accounts.AccountNotEmpty), book.database.transaction() as tx:
        accounts.close(tx, b)
