"""Trades that are settled with their payment: what orders and bounds on wallets say counts too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.policy import gates, limits
from sycee.core.policy.gates import Stop
from sycee.core.policy.model import Operation, ProductSuspended
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse, uuid7
from sycee.products.escrow import actions
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import Delivery, Line
from sycee.runtime.perform import Call, perform

from .conftest import WEALTH, Market


def shut(market: Market, operation: Operation, *wallets: UUID) -> None:
    with market.database.transaction() as tx:
        gates.shut(tx, [Stop("escrow", operation, accounts=wallets)])


def wallet(market: Market, party: UUID) -> UUID:
    with market.database.transaction() as tx:
        return parties.account(tx, party, "wallet", "CNY")


def sold(
    market: Market, seller: UUID, price: int = 1_000, settle_seconds: int = 0, **more: Any
) -> UUID:
    draft = market.draft(lines=(Line(seller, "song", 1, price),), delivery=Delivery.NONE, **more)
    command = actions.Create(seller, draft, settle_seconds=settle_seconds)
    return parse("trd", market.do(actions.create, command).id)


def pay_all(market: Market, trades: Sequence[UUID]) -> list[str]:
    """Pay in one batch; the state of each, or its refusal's code."""
    calls = [
        Call(market.buyer, None, "escrow.pay", actions.Pay(trade, market.buyer)) for trade in trades
    ]
    answers = perform(market.database, calls, actions.pay, timeout_ms=10_000)
    return [one.refusal.code if one.refusal else one.unwrap().state for one in answers]


def test_while_credits_are_shut_a_payment_waits_in_its_pot_or_is_not_made(market: Market) -> None:
    at_once, waits = sold(market, market.shop), sold(market, market.shop, settle_seconds=86_400)
    once_a_day = {"name": "one", "currency": "CNY", "window": "day", "count": 1}
    with market.database.transaction() as tx:
        limits.load(tx, {"pack": "p", "limits": [once_a_day | {"from": "2020-01-01T00:00:00Z"}]})
    shut(market, Operation.CREDIT)
    paid = pay_all(market, [at_once, waits])
    assert paid == ["product-suspended", "wait-buyer-confirm"], "what is refused uses up no limit"
    assert (market.purse(market.shop), market.purse(market.buyer)) == (0, WEALTH - 1_000)


def test_an_order_about_one_wallet_stops_what_a_royalty_or_a_split_would_bring_it(
    market: Market,
) -> None:
    royalties = (Royalty(market.royal, 100),)
    draft = market.draft(1_000, delivery=Delivery.NONE, royalties=royalties)
    made = market.do(actions.create, actions.Create(market.shop, draft, settle_seconds=0))
    shipped, split = market.shipped(royalties=royalties), market.shipped()
    market.do(actions.confirm, actions.Touch(split, market.buyer))
    shut(market, Operation.CREDIT, wallet(market, market.royal))
    assert pay_all(market, [parse("trd", made.id)]) == ["product-suspended"]
    for verb, command in (
        (actions.confirm, actions.Touch(shipped, market.buyer)),
        (actions.split, actions.Split(split, market.shop, ((market.royal, 100),), "s-1")),
    ):
        with pytest.raises(ProductSuspended):
            market.do(verb, command)
    refund = actions.RefundNow(shipped, market.shop, 100, "r-1")
    assert market.do(actions.refund_now, refund).refunded_minor == 100, "a refund brings it nothing"
    assert market.purse(market.royal) == 0


@pytest.mark.parametrize("side", ["seller", "buyer", "whoever comes"])
def test_an_order_about_one_wallet_stops_credits_of_its_trades_alone(
    market: Market, side: str
) -> None:
    singer, poet = market.person("Singer"), market.person("Poet")
    buyer = None if side == "whoever comes" else market.buyer
    first, second = sold(market, singer, buyer=buyer), sold(market, poet, buyer=buyer)
    shut(market, Operation.CREDIT, wallet(market, singer if side == "seller" else market.buyer))
    expected = ["product-suspended", "finished" if side == "seller" else "product-suspended"]
    assert pay_all(market, [first, second]) == expected


def test_a_bound_on_a_wallet_holds_where_a_trade_is_settled_at_once(market: Market) -> None:
    singer, poet = market.person("Singer"), market.person("Poet")
    market.bound(1_000, singer)
    trades = [sold(market, singer), sold(market, singer), sold(market, poet, 5_000)]
    assert pay_all(market, trades) == ["finished", "trade-purse-full", "finished"]
    assert (market.purse(singer), market.purse(poet)) == (994, 4_970)
    assert market.purse(market.buyer) == WEALTH - 6_000
    with market.database.transaction() as tx:
        parties.set_tier(tx, singer, "standard")
    assert pay_all(market, trades[1:2]) == ["finished"], "the old bound went with its tier"


def test_a_bound_that_stands_and_no_rule_explains_is_said_in_the_trades_words(
    market: Market,
) -> None:
    singer = market.person("Singer")
    account, trade = wallet(market, singer), sold(market, singer)
    with market.database.transaction() as tx:
        accounts.bound(tx, account, floor=0, ceiling=50)
    with pytest.raises(refusals.PurseFull):
        market.pay(trade)


@pytest.mark.parametrize(("people", "settle_seconds"), [(3, 86_400), (3, 0), (40, 0)])
def test_a_batch_asks_no_more_the_longer_it_is(
    market: Market, tmp_path: Path, people: int, settle_seconds: int
) -> None:
    """Nor more where payees get it at once, unless a gate or rules on what wallets hold stand.

    Then one says who the payees are; and two whose the wallets are and in which tier, a third what
    stands on them.
    """

    def statements() -> int:
        sellers = [market.person("Singer") for _ in range(people)]
        trades = [sold(market, one, settle_seconds=settle_seconds) for one in sellers]
        commands = [actions.Pay(trade, market.buyer) for trade in trades]
        log = tmp_path / str(uuid7())
        with market.database.transaction() as tx, log.open("w") as file:
            tx.conn.pgconn.trace(file.fileno())
            paid = actions.pay(tx, commands)
            tx.conn.pgconn.untrace()
        assert not any(isinstance(one, Refusal) for one in paid)
        return len(re.findall(r"\tF\t\d+\t(?:Execute|Query)\b", log.read_text()))

    first = statements()
    shut(market, Operation.CREDIT, uuid7())
    gated = statements()
    market.bound(10_000)
    assert (first, gated, statements()) == ((16, 16, 16) if settle_seconds else (16, 17, 20))
