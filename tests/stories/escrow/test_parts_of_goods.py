"""Goods that come in part, from several sellers: who still owes what, and to whom."""

from __future__ import annotations

import pytest

from sycee.core.parties import parties
from sycee.core.parties.scopes import Role
from sycee.kit.errors import Invalid
from sycee.products.escrow import actions
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import Delivery, Line, State

from .conftest import WEALTH, Market


@pytest.mark.parametrize(("back", "more"), [(10_000, 0), (4_000, 6_000), (12_000, 0)])
def test_what_was_given_back_before_is_not_given_back_again_at_the_deadline(
    market: Market, back: int, more: int
) -> None:
    """Two were paid, one came, and for the missing one the shop gave money back at once."""
    trade = market.paid(lines=(Line(market.shop, "tea", 2, 10_000),))
    market.do(actions.ship, actions.Ship(trade, market.shop, items=((0, 1),)))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, back, "one is missing"))
    market.wait(days=8)
    assert market.purse(market.buyer) == WEALTH - 20_000 + back + more
    assert market.held(trade) == 20_000 - back - more
    assert market.see(trade).state is State.WAIT_BUYER_CONFIRM
    market.do(actions.confirm, actions.Touch(trade, market.buyer))
    assert market.purse(market.shop) + market.fees() == 20_000 - back - more


def test_a_seller_paid_early_who_gives_a_little_back_still_ships(market: Market) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000))
    trade = market.paid(lines=lines)
    market.do(actions.release, actions.Release(trade, market.buyer, seller=market.shop))
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 10, "a scratch"))
    assert [line.left for line in market.see(trade).lines] == [1, 1]
    market.do(actions.ship, actions.Ship(trade, market.shop))
    assert market.see(trade).state is State.WAIT_SELLER_SHIP, "the mill has not shipped"


def test_a_seller_who_gave_everything_back_has_nothing_to_ship(market: Market) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000))
    trade = market.paid(lines=lines)
    market.do(actions.release, actions.Release(trade, market.buyer, seller=market.shop))
    market.give(market.shop, 1_000)  # the fee of what it was paid is not given back to it
    market.do(actions.refund_now, actions.RefundNow(trade, market.shop, 10_000, "sold out"))
    with pytest.raises(refusals.LineNotLeft):
        market.do(actions.ship, actions.Ship(trade, market.shop))
    market.do(actions.ship, actions.Ship(trade, market.mill))
    assert market.see(trade).state is State.WAIT_BUYER_CONFIRM


def test_a_seller_settles_no_line_of_another(market: Market) -> None:
    lines = (Line(market.shop, "tea", 1, 10_000), Line(market.mill, "flour", 1, 5_000))
    trade = market.paid(lines=lines, delivery=Delivery.NONE, settle_seconds=86_400)
    with pytest.raises(Invalid) as refused:
        market.do(actions.release, actions.Release(trade, market.mill, line=0))
    assert refused.value.field == "line"
    assert market.held(trade) == 15_000
    market.do(actions.release, actions.Release(trade, market.mill, line=1))
    market.do(actions.release, actions.Release(trade, market.buyer, line=0))
    assert market.held(trade) == 0


def test_a_mediator_who_is_due_a_part_does_not_rule(market: Market) -> None:
    with market.database.transaction() as tx:
        parties.appoint(tx, market.mediator, Role.MEDIATOR)
    trade = market.paid(royalties=(Royalty(market.mediator, 4_000),))
    market.do(actions.open_dispute, actions.OpenDispute(trade, market.buyer))
    payees = ((market.mediator, 4_000),)
    with pytest.raises(refusals.MediatorIsParty):
        market.do(actions.rule, actions.Rule(trade, market.mediator, 6_000, payees))
    assert market.held(trade) == 10_000
