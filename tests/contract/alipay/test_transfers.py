"""Transfers under a number that was used, and to a payee whom the shop calls by name."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contract.alipay.town import Town

from sycee.core.parties import parties
from sycee.kit.ids import parse
from sycee.products.wallet import store as wallet
from sycee.products.wallet.model import NOUN

SEND = "alipay.fund.trans.uni.transfer"
QUERY = "alipay.fund.trans.common.query"
OLDER = "alipay.fund.trans.toaccount.transfer"


@pytest.fixture
def asked(town: Town, web) -> dict[str, Any]:
    """A transfer to the writer, whose public name is Ben, by a shop that has money."""
    order = {"out_trade_no": "T1", "total_amount": "10.00", "subject": "茶", "goods_type": "0"}
    scan = {**order, "scene": "bar_code", "auth_code": town.paycode()}
    trade_no = town.call(web, "alipay.trade.pay", scan)["trade_no"]
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C"})
    payee = {"identity": town.writer_id, "identity_type": "ALIPAY_USER_ID"}
    return {"out_biz_no": "F1", "trans_amount": "2.00", "payee_info": payee}


def named(asked: dict[str, Any], name: str | None) -> dict[str, Any]:
    return {**asked, "payee_info": {**asked["payee_info"], "name": name}}


def test_a_number_is_not_used_for_another_amount_or_payee(town: Town, web, asked):
    assert town.call(web, SEND, asked)["code"] == "10000"
    payee = {"identity": town.keys["buyer_id"], "identity_type": "ALIPAY_USER_ID"}
    for other in ({"trans_amount": "3.00"}, {"payee_info": payee}):
        answer = town.call(web, SEND, {**asked, **other})
        expected = ("40004", "PAYMENT_INFO_INCONSISTENCY")
        assert (answer["code"], answer["sub_code"]) == expected
    assert town.balance(town.writer) == 200


def test_a_transfer_is_told_as_the_one_that_the_wallet_made(town: Town, web, asked):
    made = town.call(web, SEND, asked)
    told = town.call(web, QUERY, {"out_biz_no": "F1"})
    assert made["order_id"] == made["pay_fund_order_id"] == told["order_id"]
    assert made["trans_date"] == made["pay_date"] == told["pay_date"]
    row = town.run(lambda tx: wallet.find(tx, town.writer, parse(NOUN, made["order_id"])))
    assert row is not None
    assert (row.payer, row.payee, row.amount_minor) == (town.shop, town.writer, 200)


def test_the_numbers_of_a_transfer_that_is_asked_for_must_name_one(town: Town, web, asked):
    first, other = (
        town.call(web, SEND, {**asked, "out_biz_no": number})["order_id"] for number in ("F1", "F2")
    )
    for named in (
        {"out_biz_no": "F1", "order_id": first},
        {"order_id": first, "pay_fund_order_id": first},
        {"pay_fund_order_id": first},
    ):
        assert town.call(web, QUERY, named)["out_biz_no"] == "F1"
    for named in (
        {"out_biz_no": "F1", "order_id": other},
        {"out_biz_no": "F1", "pay_fund_order_id": other},
        {"order_id": first, "pay_fund_order_id": other},
        {"order_id": "trf_none"},
    ):
        assert town.call(web, QUERY, named)["sub_code"] == "ORDER_NOT_EXIST", named
    assert town.call(web, QUERY, {})["sub_code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("name", ["Ada", "ben", "Ben X", "班"])
def test_a_payee_of_another_name_is_not_paid(town: Town, web, asked, name):
    answer = town.call(web, SEND, named(asked, name))
    assert (answer["code"], answer["sub_code"]) == ("40004", "PAYEE_USER_INFO_ERROR")
    older = {"payee_type": "ALIPAY_USERID", "payee_account": town.writer_id, "amount": "2.00"}
    answer = town.call(web, OLDER, {**older, "out_biz_no": "F2", "payee_real_name": name})
    assert answer["sub_code"] == "PAYEE_USER_INFO_ERROR"
    assert town.balance(town.writer) == 0


def test_a_kind_of_payee_that_there_is_not_is_told_by_the_field_that_the_shop_sent(slow_town: Town):
    payee = {"identity": slow_town.writer_id, "identity_type": "ALIPAY_CARD"}
    amount = {"out_biz_no": "F1", "trans_amount": "2.00", "amount": "2.00"}
    answer = slow_town.ask(SEND, {**amount, "payee_info": payee})
    assert (answer["sub_code"], answer["sub_msg"]) == (
        "INVALID_PARAMETER",
        "参数无效：identity_type",
    )
    older = {"payee_account": slow_town.writer_id, "payee_type": "ALIPAY_CARD"}
    assert slow_town.ask(OLDER, {**amount, **older})["sub_msg"] == "参数无效：payee_type"


def test_nobody_and_the_shop_itself_are_no_payees(slow_town: Town):
    for identity, expected in (
        ("2088000000000000", "PAYEE_NOT_EXIST"),
        (slow_town.keys["seller_id"], "PAYER_PAYEE_CANNOT_SAME"),
    ):
        payee = {"identity": identity, "identity_type": "ALIPAY_USER_ID"}
        asked = {"out_biz_no": "F1", "trans_amount": "2.00", "payee_info": payee}
        assert slow_town.ask(SEND, asked)["sub_code"] == expected


@pytest.mark.parametrize("name", ["Ben", " Ben ", "", None])
def test_a_payee_of_that_name_or_of_none_is_paid(town: Town, web, asked, name):
    assert town.call(web, SEND, named(asked, name))["status"] == "SUCCESS"
    assert town.balance(town.writer) == 200


def test_a_transfer_that_was_made_is_answered_under_a_name_of_before(town: Town, web, asked):
    first = town.call(web, SEND, named(asked, "Ben"))
    town.run(lambda tx: parties.rename(tx, town.writer, display_name="Benjamin"))
    assert town.call(web, SEND, {**named(asked, "Ben"), "remark": "again"}) == first
    new = town.call(web, SEND, {**named(asked, "Ben"), "out_biz_no": "F2"})
    assert new["sub_code"] == "PAYEE_USER_INFO_ERROR"


def test_a_public_client_calls_the_payee_by_name(town: Town, sdk, asked):
    given = {"out_biz_no": "F1", "payee_type": "ALIPAY_USERID", "payee_account": town.writer_id}
    send = "api_alipay_fund_trans_toaccount_transfer"
    wrong = sdk(send, **given, amount="1.00", payee_real_name="Ada")
    assert wrong["sub_code"] == "PAYEE_USER_INFO_ERROR"
    assert sdk(send, **given, amount="1.00", payee_real_name="Ben")["code"] == "10000"
    assert sdk(send, **given, amount="2.00")["sub_code"] == "PAYMENT_INFO_INCONSISTENCY"
