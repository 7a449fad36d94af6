"""What an order of a regulator stops of a trade, and what it leaves alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sycee.core.policy import gates
from sycee.core.policy.gates import Stop
from sycee.core.policy.model import Initiator, Operation, ProductSuspended
from sycee.products.escrow import actions

from .conftest import Market


@pytest.mark.parametrize(
    ("shut", "to_buyer", "to_shop", "passes"),
    [
        (Operation.CREDIT, 0, 10_000, False),
        (Operation.CREDIT, 9_999, 1, False),
        (Operation.CREDIT, 9_900, 0, False),  # the rest is the platform's, as in any release
        (Operation.CREDIT, 10_000, 0, True),
        (Operation.REFUND, 1, 9_999, False),
        (Operation.REFUND, 0, 10_000, True),
    ],
)
def test_a_ruling_is_stopped_by_an_order_against_what_it_does(
    market: Market, shut: Operation, to_buyer: int, to_shop: int, passes: bool
) -> None:
    trade = market.shipped()
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.buyer))
    with market.database.transaction() as tx:
        gates.shut(tx, [Stop("escrow", shut)])
    fee = 10_000 - to_buyer - to_shop
    ruling = actions.Rule(trade, market.mediator, to_buyer, ((market.shop, to_shop),), fee)
    if passes:
        assert market.do(actions.rule, ruling).held_minor == 0
    else:
        with pytest.raises(ProductSuspended):
            market.do(actions.rule, ruling)
        assert market.held(trade) == 10_000


def test_what_was_done_under_a_reference_is_told_again_under_any_order(market: Market) -> None:
    trade = market.shipped()
    refund = actions.RefundNow(trade, market.shop, 100, "r-1")
    split = actions.Split(trade, market.shop, ((market.royal, 200),), "s-1")
    market.do(actions.refund_now, refund)
    market.do(actions.split, split)
    with market.database.transaction() as tx:
        gates.shut(tx, [Stop("escrow", "*")])
    assert market.do(actions.refund_now, refund).existed
    assert market.do(actions.split, split).existed
    for verb, other in (
        (actions.refund_now, replace(refund, request_ref="r-2")),
        (actions.split, replace(split, request_ref="s-2")),
    ):
        with pytest.raises(ProductSuspended):
            market.do(verb, other)


def test_a_ruling_is_a_clerks_step_and_what_the_seller_agrees_to_a_customers(
    market: Market,
) -> None:
    ruled, agreed = market.shipped(), market.shipped()
    market.do(actions.open_dispute, actions.OpenDispute(ruled, market.buyer))
    market.do(actions.open_refund, actions.OpenRefund(agreed, market.buyer, 100))
    with market.database.transaction() as tx:
        gates.shut(tx, [Stop("escrow", "*", initiator=Initiator.HOUSE)])
    with pytest.raises(ProductSuspended):
        market.do(actions.rule, actions.Rule(ruled, market.mediator, 10_000, ()))
    said = actions.AgreeRefund(agreed, market.shop, 100, returns=False)
    assert market.do(actions.agree_refund, said).refunded_minor == 100
