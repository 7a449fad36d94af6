"""The gateway over HTTP: who is let in, what each method does, and what bad input comes to."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.contract.alipay.town import FORM, Town

from sycee.core.parties import apikeys
from sycee.doors.alipay import certificates, signature
from sycee.kit.ids import parse
from sycee.products.escrow.actions import trading
from sycee.products.escrow.actions.commands import Touch
from sycee.products.escrow.store import trades

LAPSE = {"90m": timedelta(minutes=90), "2h": timedelta(hours=2), "15d": timedelta(days=15)}
LAPSE["1m"] = timedelta(minutes=1)
ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "元宝"}


def scan(town: Town, **given) -> dict[str, object]:
    return {**ORDER, "scene": "bar_code", "auth_code": town.paycode(), **given}


def paid(town: Town, web, **given) -> str:
    """A paid order's trade number."""
    answer = town.call(web, "alipay.trade.pay", scan(town, **given))
    assert answer["code"] == "10000", answer
    return answer["trade_no"]


def status(town: Town, web, number: str = "T1") -> str:
    return town.call(web, "alipay.trade.query", {"out_trade_no": number})["trade_status"]


def sub_code(answer) -> tuple[str, str]:
    return answer["code"], answer.get("sub_code", "")


def test_a_pay_code_is_taken_once_and_the_money_waits(town, web):
    before = town.balances()
    answer = town.call(web, "alipay.trade.pay", scan(town))
    assert answer["buyer_pay_amount"] == "88.88"
    assert answer["buyer_user_id"] == town.keys["buyer_id"]
    assert town.balances() == (before[0] - 8888, before[1], before[2])
    assert status(town, web) == "TRADE_SUCCESS"


def test_the_same_request_again_gets_the_same_answer_and_moves_nothing(town, web):
    raw = urlencode(town.signed("alipay.trade.pay", scan(town)))
    url = f"{town.base_url}/gateway.do"
    first = web.post(url, content=raw, headers=FORM)
    balances = town.balances()
    assert town.node(web.post(url, content=raw, headers=FORM)) == town.node(first)
    assert town.balances() == balances


def test_a_late_duplicate_of_a_refused_payment_does_not_pay(town, web):
    raw = urlencode(town.signed("alipay.trade.pay", scan(town, auth_code="281234567890123456")))
    url = f"{town.base_url}/gateway.do"
    first = town.node(web.post(url, content=raw, headers=FORM))
    assert sub_code(first) == ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID")
    assert town.node(web.post(url, content=raw, headers=FORM)) == first


def test_a_paid_order_is_not_paid_twice(town, web):
    paid(town, web)
    balances = town.balances()
    again = town.call(web, "alipay.trade.pay", scan(town))
    assert sub_code(again) == ("40004", "ACQ.TRADE_HAS_SUCCESS")
    assert town.balances() == balances


def test_a_refused_payment_may_be_tried_with_another_code(town, web):
    poor = town.call(web, "alipay.trade.pay", scan(town, auth_code=town.paycode(100)))
    assert sub_code(poor) == ("40004", "ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION")
    paid(town, web)


def test_a_created_order_waits_and_is_the_same_when_repeated(town, web):
    order = {**ORDER, "buyer_id": town.keys["buyer_id"]}
    first = town.call(web, "alipay.trade.create", order)
    assert town.call(web, "alipay.trade.create", {**order, "body": "again"}) == first
    assert (first["out_trade_no"], first["trade_no"][:4]) == ("T1", "trd_")
    assert status(town, web) == "WAIT_BUYER_PAY"
    other = town.call(web, "alipay.trade.create", {**order, "total_amount": "1.00"})
    assert sub_code(other) == ("40004", "ACQ.CONTEXT_INCONSISTENT")
    other = town.call(web, "alipay.trade.create", {**order, "buyer_id": town.writer_id})
    assert sub_code(other) == ("40004", "ACQ.TRADE_BUYER_NOT_MATCH")


def test_a_guaranteed_order_goes_from_the_buyer_to_the_shop_by_the_buyers_word(town, web):
    town.call(web, "alipay.trade.create", {**ORDER, "buyer_id": town.keys["buyer_id"]})
    before = town.balances()
    trade_no = paid(town, web)
    parcel = '{"status":"SEND_GOODS","logistics_name":"SF","invoice_no":"SF1"}'
    synced = {"trade_no": trade_no, "out_request_no": "S1", "biz_type": "LOGISTICS"}
    synced["order_biz_info"] = parcel
    assert town.call(web, "alipay.trade.orderinfo.sync", synced)["code"] == "10000"
    assert town.call(web, "alipay.trade.orderinfo.sync", synced)["code"] == "10000"
    settle = {"trade_no": trade_no, "out_request_no": "C1"}
    early = town.call(web, "alipay.trade.settle.confirm", settle)
    assert sub_code(early) == ("40004", "ACQ.TRADE_STATUS_ERROR")
    assert town.balance(town.shop) == before[1]
    trade = parse("trd", trade_no)
    town.run(lambda tx: trading.confirm(tx, Touch(trade, town.buyer)))
    assert status(town, web) == "TRADE_FINISHED"
    assert town.balances() == (before[0] - 8888, 8888 - 53, 0)  # less 0.6 %
    late = town.call(web, "alipay.trade.settle.confirm", {**settle, "out_request_no": "C2"})
    assert late["settle_amount"] == "88.35"


def test_an_order_without_delivery_is_settled_by_the_shop(town, web):
    trade_no = paid(town, web, product_code="FACE_TO_FACE_PAYMENT")
    settle = {"trade_no": trade_no, "out_request_no": "C1"}
    assert town.call(web, "alipay.trade.settle.confirm", settle)["settle_amount"] == "88.88"
    assert town.call(web, "alipay.trade.settle.confirm", settle)["settle_amount"] == "88.88"
    assert status(town, web) == "TRADE_FINISHED"
    assert town.balance(town.shop) == 8888 - 53


def test_a_part_is_settled_once_under_its_number(town, web):
    trade_no = paid(town, web, goods_type="0")
    part = {"settle_detail_infos": [{"amount": "10.00"}]}
    settle = {"trade_no": trade_no, "out_request_no": "C1", "settle_info": part}
    for _ in range(2):
        town.call(web, "alipay.trade.settle.confirm", settle)
    assert town.balance(town.shop) == 1000 - 6
    other = {**settle, "settle_info": {"settle_detail_infos": [{"amount": "11.00"}]}}
    answer = town.call(web, "alipay.trade.settle.confirm", other)
    assert sub_code(answer) == ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST")
    assert town.balance(town.shop) == 1000 - 6


def test_refunds_are_made_once_for_each_number_and_never_above_the_price(town, web):
    before = town.balances()
    paid(town, web)
    part = {"out_trade_no": "T1", "refund_amount": "8.88", "out_request_no": "R1"}
    first = town.call(web, "alipay.trade.refund", part)
    assert (first["fund_change"], first["refund_fee"]) == ("Y", "8.88")
    again = town.call(web, "alipay.trade.refund", {**part, "refund_reason": "again"})
    assert (again["fund_change"], again["refund_fee"]) == ("N", "8.88")
    other = town.call(web, "alipay.trade.refund", {**part, "refund_amount": "9.00"})
    assert sub_code(other) == ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST")
    rest = {**part, "out_request_no": "R2", "refund_amount": "80.01"}
    above = town.call(web, "alipay.trade.refund", rest)
    assert sub_code(above) == ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    assert status(town, web) == "TRADE_SUCCESS"
    last = town.call(web, "alipay.trade.refund", {**rest, "refund_amount": "80.00"})
    assert last["refund_fee"] == "88.88"
    assert status(town, web) == "TRADE_CLOSED"
    assert town.balances() == before


def test_a_refund_is_found_by_its_number(town, web):
    paid(town, web)
    asked = {"out_trade_no": "T1", "refund_amount": "8.88", "out_request_no": "R1"}
    town.call(web, "alipay.trade.refund", asked)
    found = town.call(web, "alipay.trade.fastpay.refund.query", asked)
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "8.88")
    none = town.call(web, "alipay.trade.fastpay.refund.query", {**asked, "out_request_no": "R9"})
    assert none == {"code": "10000", "msg": "Success"}


def test_an_unpaid_order_is_closed_and_a_paid_one_is_not(town, web):
    town.call(web, "alipay.trade.precreate", ORDER)
    for _ in range(2):
        assert town.call(web, "alipay.trade.close", {"out_trade_no": "T1"})["code"] == "10000"
    assert status(town, web) == "TRADE_CLOSED"
    closed = town.call(web, "alipay.trade.pay", scan(town))
    assert sub_code(closed) == ("40004", "ACQ.TRADE_HAS_CLOSE")
    paid(town, web, out_trade_no="T2")
    answer = town.call(web, "alipay.trade.close", {"out_trade_no": "T2"})
    assert sub_code(answer) == ("40004", "ACQ.TRADE_STATUS_ERROR")


def test_cancelling_closes_an_unpaid_order_and_pays_back_a_paid_one(town, web):
    before = town.balances()
    town.call(web, "alipay.trade.precreate", ORDER)
    answer = town.call(web, "alipay.trade.cancel", {"out_trade_no": "T1"})
    assert (answer["action"], answer["retry_flag"]) == ("close", "N")
    paid(town, web, out_trade_no="T2")
    for _ in range(2):
        answer = town.call(web, "alipay.trade.cancel", {"out_trade_no": "T2"})
        assert answer["action"] == "refund"
    assert status(town, web, "T2") == "TRADE_CLOSED"
    assert town.balances() == before


def test_what_was_settled_is_not_cancelled(town, web):
    trade_no = paid(town, web, goods_type="0")
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C"})
    answer = town.call(web, "alipay.trade.cancel", {"out_trade_no": "T1"})
    assert sub_code(answer) == ("40004", "ACQ.CANCEL_NOT_ALLOWED")


def test_a_royalty_is_passed_on_once(town, web):
    trade_no = paid(town, web, goods_type="0")
    part = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "20.00"}
    split = {"trade_no": trade_no, "out_request_no": "Y1", "royalty_parameters": [part]}
    for _ in range(2):
        assert town.call(web, "alipay.trade.order.settle", split)["settle_no"] == "Y1"
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C"})
    shop, writer = town.balance(town.shop), town.balance(town.writer)
    assert shop + writer == 8888 - 53
    assert writer in (2000, 2000 - 12)
    part["amount"] = "21.00"
    answer = town.call(web, "alipay.trade.order.settle", split)
    assert sub_code(answer) == ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST")


def test_a_transfer_is_made_once_under_its_number(town, web):
    trade_no = paid(town, web, goods_type="0")
    town.call(web, "alipay.trade.settle.confirm", {"trade_no": trade_no, "out_request_no": "C"})
    payee = {"identity": town.writer_id, "identity_type": "ALIPAY_USER_ID"}
    asked = {"out_biz_no": "F1", "trans_amount": "5.00", "payee_info": payee}
    first = town.call(web, "alipay.fund.trans.uni.transfer", asked)
    again = town.call(web, "alipay.fund.trans.uni.transfer", {**asked, "remark": "again"})
    assert first == again
    assert first["status"] == "SUCCESS"
    assert town.balance(town.writer) == 500
    found = town.call(web, "alipay.fund.trans.common.query", {"out_biz_no": "F1"})
    assert (found["order_id"], found["trans_amount"]) == (first["order_id"], "5.00")
    much = {**asked, "out_biz_no": "F2", "trans_amount": "5000.00"}
    poor = town.call(web, "alipay.fund.trans.uni.transfer", much)
    assert sub_code(poor) == ("40004", "PAYER_BALANCE_NOT_ENOUGH")
    none = town.call(web, "alipay.fund.trans.order.query", {"out_biz_no": "F2"})
    assert sub_code(none) == ("40004", "ORDER_NOT_EXIST")


def test_an_order_of_another_app_is_not_found(town, web):
    answer = town.call(web, "alipay.trade.query", {"out_trade_no": "nobody's"})
    assert sub_code(answer) == ("40004", "ACQ.TRADE_NOT_EXIST")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", "ACQ.INVALID_PARAMETER"),
        ("0.00", "ACQ.INVALID_PARAMETER"),
        ("-1.00", "ACQ.INVALID_PARAMETER"),
        ("1.001", "ACQ.INVALID_PARAMETER"),
        ("1e30", "ACQ.INVALID_PARAMETER"),
        (1e30, "ACQ.INVALID_PARAMETER"),
        ("１.00", "ACQ.INVALID_PARAMETER"),
        ("", "ACQ.INVALID_PARAMETER"),
        ([1], "ACQ.INVALID_PARAMETER"),
        ("100000000.01", "ACQ.TOTAL_FEE_EXCEED"),
        (10**30, "ACQ.TOTAL_FEE_EXCEED"),
        ("90071992547409.93", "ACQ.TOTAL_FEE_EXCEED"),
    ],
)
def test_a_bad_amount_has_its_documented_answer_and_moves_nothing(town, web, amount, expected):
    before = town.balances()
    answer = town.call(web, "alipay.trade.pay", scan(town, total_amount=amount))
    assert sub_code(answer) == ("40004", expected)
    gone = town.call(web, "alipay.trade.query", {"out_trade_no": "T1"})
    assert sub_code(gone) == ("40004", "ACQ.TRADE_NOT_EXIST")
    assert town.balances() == before


def test_a_forged_signature_moves_nothing(town, web):
    before = town.balances()
    stranger = signature.private_pem(signature.generate())
    answer = town.call(web, "alipay.trade.pay", scan(town), key=stranger)
    assert sub_code(answer) == ("40002", "isv.invalid-signature")
    raw = town.signed("alipay.trade.pay", scan(town))
    raw["biz_content"] = raw["biz_content"].replace(b"88.88", b"88.89")
    sent = web.post(f"{town.base_url}/gateway.do", content=urlencode(raw), headers=FORM)
    assert sub_code(town.node(sent)) == ("40002", "isv.invalid-signature")
    assert town.balances() == before


@pytest.mark.parametrize("minutes", [-600, -16, 16])
def test_a_stale_signature_moves_nothing(town, web, minutes):
    before = town.balances()
    at = town.database.clock.now() + timedelta(minutes=minutes)
    answer = town.call(web, "alipay.trade.pay", scan(town), at=at)
    assert sub_code(answer) == ("40002", "isv.invalid-timestamp")
    assert town.balances() == before


def test_a_stranger_gets_an_answer_without_a_signature(town, web):
    raw = town.signed("alipay.trade.query", {"out_trade_no": "T1"}, app_id="2021999999999999")
    sent = web.post(f"{town.base_url}/gateway.do", content=urlencode(raw), headers=FORM)
    assert list(sent.json()) == ["alipay_trade_query_response"]
    assert sub_code(town.node(sent)) == ("40002", "isv.invalid-app-id")


def test_a_gbk_shop_is_understood_and_answered_in_gbk(town, web):
    content = '{"out_trade_no":"T1","total_amount":"1.00","subject":"金元宝🧧"}'.replace("🧧", "")
    answer = town.call(web, "alipay.trade.precreate", content, charset="gbk")
    assert answer["code"] == "10000"
    wrong = town.call(web, "alipay.trade.query", {"out_trade_no": "x"}, charset="gbk")
    assert wrong["sub_msg"] == "交易不存在"


def test_the_older_sign_type_is_answered_in_kind(town, web):
    answer = town.call(web, "alipay.trade.precreate", ORDER, sign_type="RSA")
    assert answer["code"] == "10000"


def test_parameters_may_all_stand_in_the_query(town, web):
    raw = town.signed("alipay.trade.precreate", ORDER)
    answer = town.node(web.get(f"{town.base_url}/gateway.do?{urlencode(raw)}"))
    assert answer["qr_code"].startswith(f"{town.base_url}/p/")


def test_a_body_of_two_megabytes_is_refused(town, web):
    body = b"biz_content=" + b"x" * 2_097_152
    sent = web.post(f"{town.base_url}/gateway.do", content=body, headers=FORM)
    assert sub_code(sent.json()["error_response"]) == ("40002", "isv.invalid-parameter")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_http_methods_read_nothing(town, web, method):
    sent = web.request(method, f"{town.base_url}/gateway.do")
    assert sub_code(sent.json()["error_response"]) == ("40002", "isv.invalid-charset")


def test_json_in_the_body_is_no_form(town, web):
    sent = web.post(f"{town.base_url}/gateway.do", json={"app_id": "1"})
    assert sub_code(sent.json()["error_response"]) == ("40002", "isv.invalid-content-type")


def test_an_order_needs_a_buyer_that_exists_and_is_not_the_shop(town, web):
    expected = {
        "": "ACQ.INVALID_PARAMETER",
        "2088000000000000": "ACQ.BUYER_NOT_EXIST",
        town.keys["seller_id"]: "ACQ.BUYER_SELLER_EQUAL",
    }
    for buyer, sub in expected.items():
        answer = town.call(web, "alipay.trade.create", {**ORDER, "buyer_id": buyer})
        assert sub_code(answer) == ("40004", sub)


def test_an_order_may_lapse_after_its_own_time(town, web):
    for number, asked in (("A", "90m"), ("B", "2h"), ("C", "15d"), ("E", "1m")):
        order = {**ORDER, "out_trade_no": number, "timeout_express": asked}
        town.call(web, "alipay.trade.create", {**order, "buyer_id": town.keys["buyer_id"]})
        trade_no = town.call(web, "alipay.trade.query", {"out_trade_no": number})["trade_no"]
        (trade,) = town.run(lambda tx, no=trade_no: trades.read(tx, [parse("trd", no)]))
        assert trade.pay_by - trade.created_at == LAPSE[asked]
    for asked in ("16d", "0m", "1.5h", "soon"):
        wrong = {**ORDER, "out_trade_no": "D", "timeout_express": asked}
        answer = town.call(web, "alipay.trade.precreate", wrong)
        assert sub_code(answer) == ("40004", "ACQ.INVALID_PARAMETER")


def test_malformed_business_content_is_refused(town, web):
    answer = town.call(web, "alipay.trade.query", "{out_trade_no")
    assert sub_code(answer) == ("40002", "isv.illegal-json")


def test_in_certificate_mode_the_answer_names_the_gateways_certificate(town, web):
    serial = certificates.serial_number(certificates.load(town.keys["app_cert"]))
    root = town.keyring.root_serial
    given = {"app_cert_sn": serial, "alipay_root_cert_sn": root}
    raw = urlencode(town.signed("alipay.trade.precreate", ORDER, **given))
    sent = web.post(f"{town.base_url}/gateway.do", content=raw, headers=FORM)
    assert sent.json()["alipay_cert_sn"] == town.keyring.serial
    wrong = town.call(web, "alipay.trade.precreate", ORDER, **{**given, "app_cert_sn": "0" * 32})
    assert sub_code(wrong) == ("40002", "isv.app-cert-not-exist")
    half = town.call(web, "alipay.trade.precreate", ORDER, app_cert_sn=serial)
    assert sub_code(half) == ("40001", "isv.missing-alipay-root-cert-sn")
    wrong = town.call(
        web, "alipay.trade.precreate", ORDER, **{**given, "alipay_root_cert_sn": "0" * 32}
    )
    assert sub_code(wrong) == ("40002", "isv.invalid-alipay-root-cert-sn")


def test_the_trade_is_seen_and_moved_through_v1(town, web):
    trade_no = paid(town, web)
    scopes = ["trades:read", "trades:write"]
    keys = {
        party: town.run(lambda tx, one=party: apikeys.issue(tx, one, "test", scopes))[1]
        for party in (town.shop, town.buyer)
    }

    def v1(party, method: str, path: str, **given):
        headers = {"authorization": f"Bearer {keys[party]}", "idempotency-key": path}
        url = f"{town.base_url}/v1/trades/{trade_no}{path}"
        answer = web.request(method, url, headers=headers, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    seen = v1(town.shop, "GET", "")
    assert (seen["out_ref"], seen["channel"], seen["title"]) == ("T1", "alipay", "元宝")
    assert (seen["state"], seen["held_minor"]) == ("wait-seller-ship", 8888)
    v1(town.shop, "POST", "/ship", json={"carrier": "SF", "tracking_number": "1"})
    v1(town.buyer, "POST", "/confirm")
    assert status(town, web) == "TRADE_FINISHED"
