"""One refund by two doors, and by two requests: whose answer says that money moved."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.contract.alipay.town import FORM, Town

from sycee.kit.ids import parse, public
from sycee.products.escrow.actions import repaying, trading
from sycee.products.escrow.actions.commands import ChangePrice, RefundNow

REFUND = {"out_trade_no": "T1", "refund_amount": "3.00", "out_request_no": "R1"}


@pytest.fixture
def trade(town: Town, web) -> UUID:
    """A paid order's trade."""
    order = {"out_trade_no": "T1", "total_amount": "10.00", "subject": "茶", "scene": "bar_code"}
    answer = town.call(web, "alipay.trade.pay", {**order, "auth_code": town.paycode()})
    return parse("trd", answer["trade_no"])


def given_back_by_v1(town: Town, trade: UUID, amount_minor: int) -> None:
    town.run(lambda tx: repaying.refund_now(tx, RefundNow(trade, town.shop, amount_minor, "R1")))


def test_the_very_same_refund_sent_again_says_that_no_money_moved(town: Town, web, trade: UUID):
    raw = urlencode(town.signed("alipay.trade.refund", REFUND))
    url = f"{town.base_url}/gateway.do"
    answers = [town.node(web.post(url, content=raw, headers=FORM)) for _ in range(2)]
    assert [answer.pop("fund_change") for answer in answers] == ["Y", "N"]
    assert answers[0] == answers[1]


def test_a_refund_that_v1_made_is_found_and_is_not_made_again(town: Town, web, trade: UUID):
    before = town.balances()
    given_back_by_v1(town, trade, 300)
    found = town.call(web, "alipay.trade.fastpay.refund.query", REFUND)
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "3.00")
    again = town.call(web, "alipay.trade.refund", REFUND)
    assert (again["fund_change"], again["refund_fee"]) == ("N", "3.00")
    assert again["gmt_refund_pay"] == found["gmt_refund_pay"]
    assert town.balances() == (before[0] + 300, before[1], before[2])
    other = town.call(web, "alipay.trade.refund", {**REFUND, "refund_amount": "4.00"})
    assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"


def test_a_public_client_finds_a_refund_that_v1_made(town: Town, sdk, trade: UUID):
    given_back_by_v1(town, trade, 300)
    asked = {"out_trade_no": "T1", "out_request_no": "R1"}
    found = sdk("api_alipay_trade_fastpay_refund_query", **asked)
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "3.00")
    again = sdk("api_alipay_trade_refund", refund_amount="3.00", **asked)
    assert (again["fund_change"], again["refund_fee"]) == ("N", "3.00")


def test_a_refund_is_told_with_the_price_that_was_paid(town: Town, web):
    order = {"out_trade_no": "T1", "total_amount": "10.00", "subject": "茶"}
    town.call(web, "alipay.trade.precreate", order)
    trade = parse("trd", town.call(web, "alipay.trade.query", order)["trade_no"])
    cheaper = ChangePrice(trade, town.shop, prices=((0, 900),))
    town.run(lambda tx: trading.change_price(tx, cheaper))
    scan = {**order, "total_amount": "9.00", "scene": "bar_code", "auth_code": town.paycode()}
    town.call(web, "alipay.trade.pay", scan)
    made = town.call(web, "alipay.trade.refund", REFUND)
    assert town.call(web, "alipay.trade.query", order)["total_amount"] == "9.00"
    found = town.call(web, "alipay.trade.fastpay.refund.query", REFUND)
    assert found.pop("gmt_refund_pay") == made["gmt_refund_pay"]
    amounts = {"total_amount": "9.00", "refund_amount": "3.00", "send_back_fee": "3.00"}
    numbers = {name: REFUND[name] for name in ("out_trade_no", "out_request_no")}
    numbers["trade_no"] = public("trd", trade)
    done = {"code": "10000", "msg": "Success", "refund_status": "REFUND_SUCCESS"}
    assert found == done | numbers | amounts
