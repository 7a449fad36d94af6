"""What a wallet may hold: whoever a trade pays, the bound is brought to it before the money."""

from __future__ import annotations

import pytest

from sycee.products.escrow import actions
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.refusals import PurseFull

from .conftest import WEALTH, Market


@pytest.mark.parametrize("way", ["royalty", "split"])
def test_a_payee_beside_the_seller_has_a_bound_too(market: Market, way: str) -> None:
    market.bound(3_000, market.royal)
    if way == "royalty":
        trade = market.shipped(royalties=(Royalty(market.royal, 4_000),))
    else:
        trade = market.shipped()
        share = actions.Split(trade, market.shop, ((market.royal, 4_000),), "S1")
        market.do(actions.split, share)
    with pytest.raises(PurseFull):
        market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert (market.held(trade), market.purse(market.shop)) == (10_000, 0)
    part = actions.Release(trade, market.buyer, 5_000)
    assert market.do(actions.release, part).held_minor == 5_000
    assert market.purse(market.royal) == 1_988


def test_a_payee_of_a_split_after_the_end_has_a_bound_too(market: Market) -> None:
    market.bound(3_000, market.royal)
    trade = market.shipped()
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    with pytest.raises(PurseFull):
        market.do(actions.split, actions.Split(trade, market.shop, ((market.royal, 3_001),), "S1"))
    market.do(actions.split, actions.Split(trade, market.shop, ((market.royal, 3_000),), "S2"))
    assert market.purse(market.royal) == 3_000


def test_a_ruling_brings_the_bound_to_payees_and_none_to_the_buyer(market: Market) -> None:
    market.bound(3_000, market.royal, market.buyer)
    trade = market.paid(royalties=(Royalty(market.royal, 4_000),))
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.buyer))
    rule = actions.Rule(trade, market.mediator, 6_000, ((market.royal, 4_000),))
    with pytest.raises(PurseFull):
        market.do(actions.rule, rule)
    rule = actions.Rule(trade, market.mediator, 7_000, ((market.royal, 3_000),))
    market.do(actions.rule, rule)
    assert (market.purse(market.royal), market.purse(market.buyer)) == (3_000, WEALTH - 3_000)
