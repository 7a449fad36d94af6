"""What would move other money than the gateway moves is refused, and moves none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.alipay.town import Town

OTHER = "ACQ.INVALID_PARAMETER"
CURRENCY = "ACQ.CURRENCY_NOT_SUPPORT"


@pytest.fixture
def trade_no(town: Town, web) -> str:
    """A paid order that the shop settles itself."""
    return paid(town, web)["trade_no"]


def paid(town: Town, web, **given: str) -> dict[str, str]:
    order = {"out_trade_no": "T1", "total_amount": "10.00", "subject": "茶", "goods_type": "0"}
    scan = {**order, "scene": "bar_code", "auth_code": town.paycode(), **given}
    return town.call(web, "alipay.trade.pay", scan)


@pytest.mark.parametrize("field", ["trans_currency", "settle_currency"])
def test_an_amount_in_another_currency_is_not_paid_in_yuan(town: Town, web, field: str):
    before = town.balances()
    assert paid(town, web, **{field: "USD"})["sub_code"] == CURRENCY
    assert town.balances() == before
    assert paid(town, web, **{field: "CNY"})["code"] == "10000"


@pytest.mark.parametrize(
    ("field", "value", "sub_code"),
    [
        ("refund_currency", "USD", CURRENCY),
        ("refund_royalty_parameters", [{"trans_out": "2088", "amount": "1.00"}], OTHER),
    ],
)
def test_a_refund_of_other_money_is_not_made(
    town: Town, web, trade_no: str, field: str, value: Any, sub_code: str
):
    before = town.balances()
    asked = {"trade_no": trade_no, "refund_amount": "1.00", "out_request_no": "R1"}
    answer = town.call(web, "alipay.trade.refund", {**asked, field: value})
    assert answer["sub_code"] == sub_code
    assert town.balances() == before


def test_parts_come_from_the_shop_and_what_is_settled_goes_to_it(town: Town, web, trade_no: str):
    before = town.balances()
    named = {"trade_no": trade_no, "out_request_no": "Y1"}
    part = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "1.00"}
    for other in ({"royalty_type": "replenish"}, {"trans_out": town.keys["buyer_id"]}):
        asked = {**named, "royalty_parameters": [{**part, **other}]}
        assert town.call(web, "alipay.trade.order.settle", asked)["sub_code"] == OTHER
    asked = {**named, "settle_info": {"settle_detail_infos": [part]}}
    assert town.call(web, "alipay.trade.settle.confirm", asked)["sub_code"] == OTHER
    order = {"out_trade_no": "T2", "total_amount": "10.00", "subject": "茶", **asked}
    assert town.call(web, "alipay.trade.precreate", order)["sub_code"] == OTHER
    assert town.balances() == before
    own = {"trans_out": town.keys["seller_id"], "trans_out_type": "userId"}
    asked = {**named, "royalty_parameters": [{**part, **own, "royalty_type": "transfer"}]}
    assert town.call(web, "alipay.trade.order.settle", asked)["code"] == "10000"
    part["trans_in"] = town.keys["seller_id"]
    asked = {**named, "settle_info": {"settle_detail_infos": [part]}}
    assert town.call(web, "alipay.trade.settle.confirm", asked)["settle_amount"] == "1.00"


@pytest.mark.parametrize("status", ["COMPLETE", "CLOSED", "VIOLATED"])
def test_how_a_buyers_credit_went_is_no_word_of_goods(town: Town, web, status: str):
    trade_no = paid(town, web, goods_type="1")["trade_no"]
    asked = {"trade_no": trade_no, "out_request_no": "S1", "biz_type": "CREDIT_AUTH"}
    told = {**asked, "order_biz_info": f'{{"status":"{status}"}}'}
    assert town.call(web, "alipay.trade.orderinfo.sync", told)["sub_code"] == OTHER
    sent = {**asked, "biz_type": "LOGISTICS", "order_biz_info": '{"invoice_no":"SF1"}'}
    assert town.call(web, "alipay.trade.orderinfo.sync", sent)["code"] == "10000"


def test_a_transfer_is_the_shops_own(town: Town, web, trade_no: str):
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C"})
    payee = {"identity": town.writer_id, "identity_type": "ALIPAY_USER_ID"}
    asked = {"out_biz_no": "F1", "trans_amount": "2.00", "payee_info": payee}
    payer = {"identity": town.keys["buyer_id"], "identity_type": "ALIPAY_USER_ID"}
    for other in ({"payer_info": payer}, {"biz_scene": "PERSONAL_COLLECTION"}):
        answer = town.call(web, "alipay.fund.trans.uni.transfer", {**asked, **other})
        assert answer["sub_code"] == "INVALID_PARAMETER"
    assert town.balance(town.writer) == 0
    own = {"payer_info": {**payer, "identity": town.keys["seller_id"]}}
    given = {**asked, **own, "biz_scene": "DIRECT_TRANSFER"}
    assert town.call(web, "alipay.fund.trans.uni.transfer", given)["status"] == "SUCCESS"
