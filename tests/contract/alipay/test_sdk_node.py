"""The official `alipay-sdk` 4.14.0 for Node, unmodified, verifying every answer."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests.contract.alipay import clients
from tests.contract.alipay.town import FORM

OK = "10000"


@pytest.fixture(params=["key", "certificate", "RSA"])
def node(request: pytest.FixtureRequest, town, plain_keys) -> Iterator[clients.Client]:
    keys = {
        "key": plain_keys,
        "certificate": town.keys,
        "RSA": {**plain_keys, "sign_type": "RSA"},
    }[request.param]
    client = clients.node(keys)
    yield client
    client.close()


def test_every_trade_method_is_answered_and_verified(town, node):
    start = town.balances()
    order = {"outTradeNo": "N1", "totalAmount": "66.00", "subject": '金元宝 }{ "sign"'}
    created = node("alipay.trade.create", **order, buyerId=town.keys["buyer_id"])
    assert created["code"] == OK
    asked = node("alipay.trade.query", outTradeNo="N1")
    assert asked["trade_status"] == "WAIT_BUYER_PAY"
    paid = node("alipay.trade.pay", **order, scene="bar_code", authCode=town.paycode())
    assert paid["trade_no"] == created["trade_no"]
    sync = {"tradeNo": paid["trade_no"], "outRequestNo": "S1", "bizType": "LOGISTICS"}
    assert node("alipay.trade.orderinfo.sync", **sync)["code"] == OK
    refund = {"outTradeNo": "N1", "outRequestNo": "R1"}
    assert node("alipay.trade.refund", **refund, refundAmount="66.00")["code"] == OK
    found = node("alipay.trade.fastpay.refund.query", **refund)
    assert found["refund_amount"] == "66.00"
    assert town.balances() == start
    node("alipay.trade.precreate", **{**order, "outTradeNo": "N2"})
    assert node("alipay.trade.close", outTradeNo="N2")["code"] == OK
    assert node("alipay.trade.cancel", outTradeNo="N2")["action"] == "close"
    missing = node("alipay.trade.query", outTradeNo="没有")
    assert missing["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    absent = node("alipay.data.dataservice.bill.downloadurl.query", billType="trade")
    assert absent["sub_code"] == "isv.invalid-method"


def test_settlement_royalty_and_transfer(town, node):
    paid = node(
        "alipay.trade.pay",
        outTradeNo="N3",
        totalAmount="10.00",
        subject="字",
        scene="bar_code",
        authCode=town.paycode(),
        productCode="FACE_TO_FACE_PAYMENT",
    )
    named = {"tradeNo": paid["trade_no"]}
    royalty = {"transIn": town.writer_id, "transInType": "userId", "amount": "1.00"}
    split = {"outRequestNo": "Y1", "royaltyParameters": [royalty]}
    assert node("alipay.trade.order.settle", **named, **split)["code"] == OK
    settled = node("alipay.trade.settle.confirm", **named, outRequestNo="C1")
    assert settled["settle_amount"] == "10.00"
    payee = {"identity": town.writer_id, "identityType": "ALIPAY_USER_ID"}
    asked = {"outBizNo": "F1", "transAmount": "2.00", "payeeInfo": payee}
    assert node("alipay.fund.trans.uni.transfer", **asked)["status"] == "SUCCESS"
    assert node("alipay.fund.trans.common.query", outBizNo="F1")["trans_amount"] == "2.00"


def test_pages_are_reached_by_link_and_by_form(town, node, web):
    order = {"totalAmount": "1.50", "subject": "画"}
    link = node("GET:alipay.trade.page.pay", **order, outTradeNo="N4")
    assert web.get(link).headers["location"].startswith("/p/")
    form = node("POST:alipay.trade.wap.pay", **order, outTradeNo="N5")
    action = re.search(r'action="([^"]+)"', form)
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    assert action is not None
    body = urlencode({name: html.unescape(value) for name, value in fields})
    sent = web.post(action[1], content=body, headers=FORM)
    assert (sent.status_code, sent.headers["location"][:3]) == (303, "/p/")
