"""The official `alipay-sdk-python` 3.7.1411, unmodified, in UTF-8 and GBK, with both sign types."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.alipay import clients

OK = "10000"


@pytest.fixture(params=[("utf-8", "RSA2"), ("gbk", "RSA2"), ("utf-8", "RSA")])
def official(request: pytest.FixtureRequest, plain_keys) -> Iterator[clients.Client]:
    charset, sign_type = request.param
    keys = {**plain_keys, "charset": charset, "sign_type": sign_type}
    client = clients.python("official", keys)
    yield client
    client.close()


def test_every_trade_method_is_answered_and_verified(town, official):
    start = town.balances()
    order = {"out_trade_no": "O1", "total_amount": "66.00", "subject": "金元宝"}
    created = official("AlipayTradeCreate", **order, buyer_id=town.keys["buyer_id"])
    assert created["code"] == OK
    assert official("AlipayTradeQuery", out_trade_no="O1")["trade_status"] == "WAIT_BUYER_PAY"
    code = {"scene": "bar_code", "auth_code": town.paycode()}
    paid = official("AlipayTradePay", **order, **code)
    assert (paid["code"], paid["trade_no"]) == (OK, created["trade_no"])
    parcel = {"order_biz_info": '{"logistics_name":"顺丰","invoice_no":"SF1"}'}
    sync = {"trade_no": paid["trade_no"], "out_request_no": "S1", "biz_type": "LOGISTICS"}
    assert official("AlipayTradeOrderinfoSync", **sync, **parcel)["code"] == OK
    asked = {"out_trade_no": "O1", "out_request_no": "R1"}
    assert official("AlipayTradeRefund", **asked, refund_amount="66.00")["code"] == OK
    found = official("AlipayTradeFastpayRefundQuery", **asked)
    assert found["refund_amount"] == "66.00"
    assert town.balances() == start
    second = {**order, "out_trade_no": "O2"}
    assert official("AlipayTradePrecreate", **second)["qr_code"].startswith(town.base_url)
    assert official("AlipayTradeClose", out_trade_no="O2")["code"] == OK
    assert official("AlipayTradeCancel", out_trade_no="O2")["action"] == "close"
    missing = official("AlipayTradeQuery", out_trade_no="没有")
    assert missing["sub_msg"] == "交易不存在"


def test_settlement_royalty_and_transfer(town, official):
    order = {"out_trade_no": "O3", "total_amount": "10.00", "subject": "字"}
    code = {"scene": "bar_code", "auth_code": town.paycode()}
    paid = official("AlipayTradePay", **order, **code, product_code="FACE_TO_FACE_PAYMENT")
    named = {"trade_no": paid["trade_no"]}
    royalty = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "1.00"}
    split = {"out_request_no": "Y1", "royalty_parameters": [royalty]}
    assert official("AlipayTradeOrderSettle", **named, **split)["code"] == OK
    settled = official("AlipayTradeSettleConfirm", **named, out_request_no="C1")
    assert settled["settle_amount"] == "10.00"
    payee = {"identity": town.writer_id, "identity_type": "ALIPAY_USER_ID"}
    asked = {"out_biz_no": "F1", "trans_amount": "2.00", "payee_info": payee}
    assert official("AlipayFundTransUniTransfer", **asked)["status"] == "SUCCESS"
    assert official("AlipayFundTransCommonQuery", out_biz_no="F1")["trans_amount"] == "2.00"


def test_page_links_lead_to_the_pay_page(town, official, web):
    for number, call in (("O4", "GET:AlipayTradePagePay"), ("O5", "GET:AlipayTradeWapPay")):
        link = official(call, out_trade_no=number, total_amount="1.50", subject="画")
        sent = web.get(link.replace("http://127.0.0.1", town.base_url, 1))
        assert (sent.status_code, sent.headers["location"][:3]) == (303, "/p/")
