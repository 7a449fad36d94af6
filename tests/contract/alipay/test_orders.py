"""What a shop says of an order beside its price, and the numbers that are taken."""

from __future__ import annotations

import base64
import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.contract.alipay.town import FORM, Town

from sycee.doors.alipay import apps, certificates, protocol, signature, store
from sycee.doors.alipay.model import NO_TRADE
from sycee.kit.ids import public
from sycee.products.escrow.actions import trading
from sycee.products.escrow.actions.commands import Create
from sycee.products.escrow.model.payment import Draft
from sycee.products.escrow.model.trade import Line

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "元宝"}
PAY, CREATE, PRECREATE = "alipay.trade.pay", "alipay.trade.create", "alipay.trade.precreate"
CANCEL, QUERY, PAGE = "alipay.trade.cancel", "alipay.trade.query", "alipay.trade.page.pay"


def scan(town: Town) -> dict[str, str]:
    return {**ORDER, "scene": "bar_code", "auth_code": town.paycode()}


def page_of(town: Town, web, return_url: str) -> str:
    raw = urlencode(town.signed(PAGE, ORDER, return_url=return_url))
    sent = web.post(f"{town.base_url}/gateway.do", content=raw, headers=FORM)
    assert sent.status_code == 303, sent.text
    return town.base_url + sent.headers["location"]


def test_null_is_the_same_as_nothing(town: Town, web):
    given = {"settle_info": None, "royalty_info": None, "time_expire": None}
    order = {**scan(town), **given}
    paid = town.call(web, PAY, order)
    settle = {"trade_no": paid["trade_no"], "out_request_no": "C1"}
    early = town.call(web, "alipay.trade.settle.confirm", settle)
    assert early["sub_code"] == "ACQ.TRADE_STATUS_ERROR"  # guaranteed: the buyer releases it
    direct = {**order, "out_trade_no": "T2", "goods_type": "0", "auth_code": town.paycode()}
    settle["trade_no"] = town.call(web, PAY, direct)["trade_no"]
    for info in ({"settle_detail_infos": None}, None):
        settled = town.call(web, "alipay.trade.settle.confirm", {**settle, "settle_info": info})
        assert settled["settle_amount"] == "88.88"


def test_a_royalty_goes_to_neither_side_and_to_nobody_unknown(town: Town, web):
    trade_no = town.call(web, PAY, {**scan(town), "goods_type": "0"})["trade_no"]
    for receiver in (town.keys["buyer_id"], town.keys["seller_id"], "2088000000000000"):
        parts = [{"trans_in": receiver, "trans_in_type": "userId", "amount": "1.00"}]
        split = {"trade_no": trade_no, "out_request_no": "Y1", "royalty_parameters": parts}
        answer = town.call(web, "alipay.trade.order.settle", split)
        assert answer["sub_code"] == "ACQ.ROYALTY_RECEIVER_INVALID"
    for kind, expected in (("cardAliasNo", "ACQ.INVALID_PARAMETER"), (None, None)):
        parts = [{"trans_in": town.writer_id, "trans_in_type": kind, "amount": "1.00"}]
        split = {"trade_no": trade_no, "out_request_no": "Y1", "royalty_parameters": parts}
        assert town.call(web, "alipay.trade.order.settle", split).get("sub_code") == expected


def test_an_order_says_beforehand_who_gets_a_part(town: Town, web):
    part = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "20.00"}
    order = {**scan(town), "goods_type": "0"}

    def pay(number: str, **given: str) -> dict[str, str]:
        parts = {"royalty_detail_infos": [{**part, **given}]}
        return town.call(web, PAY, {**order, "out_trade_no": number, "royalty_info": parts})

    assert pay("T1", amount="88.89")["sub_code"] == "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
    payer = town.keys["buyer_id"]
    assert pay("T2", trans_in=payer)["sub_code"] == "ACQ.BUYER_SELLER_EQUAL"
    own = {"trans_out": "shop@example.com", "trans_out_type": "loginName"}  # no number to check
    trade_no = pay("T1", **own)["trade_no"]
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C1"})
    assert (town.balance(town.writer), town.balance(town.shop)) == (2000 - 12, 6888 - 41)


@pytest.mark.parametrize(
    ("info", "rows", "most"),
    [("settle_info", "settle_detail_infos", 10), ("royalty_info", "royalty_detail_infos", 50)],
)
def test_an_order_names_so_many_parts_and_no_more(slow_town: Town, info, rows, most):
    part = {"trans_in": slow_town.writer_id if info == "royalty_info" else None, "amount": "0.01"}
    for many, expected in ((0, "INVALID_PARAMETER"), (most + 1, "INVALID_PARAMETER"), (most, None)):
        answer = slow_town.ask(PRECREATE, {**ORDER, info: {rows: [part] * many}})
        assert answer.get("sub_code") == (expected and f"ACQ.{expected}")


@pytest.mark.parametrize("method", [CREATE, PRECREATE])
def test_an_order_that_cannot_be_paid_is_not_asked_for_again(town: Town, web, method):
    order = {**ORDER, "buyer_id": town.keys["buyer_id"]}
    assert town.call(web, method, order)["code"] == "10000"
    paid = {**scan(town), "out_trade_no": "T2"}
    assert town.call(web, PAY, paid)["code"] == "10000"
    town.call(web, "alipay.trade.close", ORDER)
    for number, expected in (("T1", "ACQ.TRADE_HAS_CLOSE"), ("T2", "ACQ.TRADE_HAS_SUCCESS")):
        answer = town.call(web, method, {**order, "out_trade_no": number, "body": "again"})
        assert (answer["code"], answer["sub_code"]) == ("40004", expected)


def test_the_page_of_a_paid_order_is_still_shown(town: Town, web):
    page = page_of(town, web, "http://shop.example/back")
    assert town.call(web, PAY, scan(town))["code"] == "10000"
    assert page_of(town, web, "http://shop.example/other") == page


def test_what_is_no_scan_of_a_code_makes_no_order(slow_town: Town):
    order = scan(slow_town)
    for given, expected in (
        ({"scene": "face"}, "ACQ.INVALID_PARAMETER"),
        ({"auth_code": ""}, "ACQ.INVALID_PARAMETER"),
        ({"auth_code": "28" + "a" * 16}, "ACQ.PAYMENT_AUTH_CODE_INVALID"),
        ({"auth_code": "\uff12\uff18" + "1" * 16}, "ACQ.PAYMENT_AUTH_CODE_INVALID"),
    ):
        assert slow_town.ask(PAY, {**order, **given})["sub_code"] == expected, given
        assert slow_town.ask(QUERY, ORDER)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert slow_town.ask(PAY, {**order, "scene": "wave_code"})["code"] == "10000"


def test_a_payment_is_told_in_full_and_told_again_when_it_is_asked_for(slow_town: Town):
    paid = slow_town.ask(PAY, {**scan(slow_town), "passback_params": "a=1"})
    buyer = slow_town.keys["buyer_id"]
    amounts = ("total_amount", "receipt_amount", "buyer_pay_amount", "invoice_amount")
    told = {"code": "10000", "msg": "Success", "trade_no": paid["trade_no"], "out_trade_no": "T1"}
    told |= dict.fromkeys(amounts, "88.88") | {"point_amount": "0.00"}
    told |= {"buyer_user_id": buyer, "buyer_logon_id": f"2088****{buyer[-4:]}"}
    told["fund_bill_list"] = [{"fund_channel": "ALIPAYACCOUNT", "amount": "88.88"}]
    assert paid == {**told, "gmt_payment": "2026-03-01 20:00:00"}
    asked = {"trade_status": "TRADE_SUCCESS", "passback_params": "a=1"}
    asked["send_pay_date"] = "2026-03-01 20:00:00"
    assert slow_town.ask(QUERY, ORDER) == told | asked


def test_an_order_that_nobody_paid_is_told_without_a_payer(slow_town: Town):
    slow_town.ask(PRECREATE, ORDER)
    asked = slow_town.ask(QUERY, ORDER)
    told = {"code": "10000", "msg": "Success", "trade_no": asked["trade_no"], "out_trade_no": "T1"}
    told |= {"trade_status": "WAIT_BUYER_PAY", "total_amount": "88.88", "point_amount": "0.00"}
    unpaid = ("receipt_amount", "buyer_pay_amount", "invoice_amount")
    assert asked == told | dict.fromkeys(unpaid, "0.00")


def test_the_gateways_certificate_is_given_by_its_number(slow_town: Town):
    method, ring = "alipay.open.app.alipaycert.download", slow_town.keyring
    given = slow_town.ask(method, {"alipay_cert_sn": ring.serial})
    pem = base64.b64decode(given["alipay_cert_content"]).decode()
    assert certificates.load(pem) == ring.certificate
    for number in (ring.root_serial, ""):
        refused = slow_town.ask(method, {"alipay_cert_sn": number})
        assert refused["sub_code"] == "isv.alipay-cert-not-exist"


def test_cancelling_what_is_not_there_ends_a_tills_flow_and_takes_the_number(town: Town, web):
    before = town.balances()
    for operator in ("A", "B"):
        answer = town.call(web, CANCEL, {"out_trade_no": "T1", "operator_id": operator})
        assert (answer["code"], answer["out_trade_no"]) == ("10000", "T1")
        assert answer["retry_flag"] == "N"
        assert "action" not in answer
        assert "trade_no" not in answer
    for method in (PAY, PRECREATE):
        assert town.call(web, method, scan(town))["sub_code"] == "ACQ.TRADE_HAS_CLOSE"
    for method in (QUERY, "alipay.trade.close", "alipay.trade.refund"):
        answer = town.call(web, method, {"out_trade_no": "T1", "refund_amount": "1.00"})
        assert answer["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    nobodys = town.call(web, QUERY, {"trade_no": public("trd", NO_TRADE)})
    assert nobodys["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert town.balances() == before


def test_cancelling_by_a_trades_number_needs_the_trade(town: Town, web):
    for given in ({"trade_no": "trd_none"}, {"trade_no": "trd_none", "out_trade_no": "T1"}):
        assert town.call(web, CANCEL, given)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert town.call(web, CANCEL, {})["sub_code"] == "ACQ.INVALID_PARAMETER"
    assert town.call(web, PAY, scan(town))["code"] == "10000"


def test_a_public_client_cancels_what_is_not_there(town: Town, sdk):
    cancelled = sdk("api_alipay_trade_cancel", out_trade_no="T1")
    assert (cancelled["code"], cancelled["retry_flag"]) == ("10000", "N")
    assert "action" not in cancelled


def test_the_buyer_is_sent_back_to_the_last_address_that_the_shop_named(town: Town, web):
    town.call(web, PRECREATE, ORDER, return_url="http://shop.example/first")
    page = page_of(town, web, "http://shop.example/last?a=1")
    assert page_of(town, web, "") == page
    sent = web.post(page, content=urlencode({"auth_code": town.paycode()}), headers=FORM)
    link = re.search(r'id="return" href="([^"]+)"', sent.text)
    assert link is not None
    address = urlsplit(html.unescape(link[1]))
    assert address.path == "/last"
    values = dict(parse_qsl(address.query))
    assert (values.pop("a"), values["method"]) == ("1", f"{PAGE}.return")
    content = protocol.notice_content(values, "utf-8")
    key = signature.load_public(town.keyring.public_key)
    assert signature.verify(key, content, values["sign"], values["sign_type"])


def test_a_shop_is_told_at_the_last_address_that_it_named(slow_town: Town):
    told = []
    for address in ("http://shop.example/first", "http://shop.example/last", ""):
        assert slow_town.ask(PRECREATE, ORDER, notify_url=address)["out_trade_no"] == "T1"
        app_id = slow_town.keys["app_id"]
        order = slow_town.run(lambda tx, app=app_id: store.read_order(tx, app, "T1"))
        told.append(order.notify_url.rpartition("/")[2])
    assert told == ["first", "last", "last"]


def test_two_numbers_must_name_one_order(town: Town, web):
    trade_no = town.call(web, PAY, scan(town))["trade_no"]
    both = {"trade_no": trade_no, "out_trade_no": "T1"}
    assert town.call(web, QUERY, both)["trade_status"] == "TRADE_SUCCESS"
    answer = town.call(web, QUERY, {**both, "out_trade_no": "T2"})
    assert answer["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_another_app_of_the_shop_does_not_see_an_order_nor_the_gateway_one_of_v1(town: Town, web):
    trade_no = town.call(web, PAY, scan(town))["trade_no"]
    key = signature.generate()
    made = apps.Make(town.shop, signature.public_pem(key.public_key()))
    app = town.run(lambda tx: apps.make(tx, made))
    other = {"app_id": app.app_id, "key": signature.private_pem(key)}
    for named in ({"out_trade_no": "T1"}, {"trade_no": trade_no}):
        answer = town.call(web, QUERY, named, **other)
        assert answer["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    again = town.call(web, PRECREATE, ORDER, **other)
    assert again["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"
    draft = Draft(
        buyer=None, currency="CNY", title="x", lines=(Line(town.shop, "x", 1, 100),), out_ref="V1"
    )
    trade = town.run(lambda tx: trading.create(tx, Create(town.shop, draft))).id
    for named in ({"out_trade_no": "V1"}, {"trade_no": trade}):
        assert town.call(web, QUERY, named)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
