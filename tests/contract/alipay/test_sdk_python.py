"""`python-alipay-sdk` 3.4.0, unmodified but for its gateway address, through its methods."""

from __future__ import annotations

import re

import pytest
from tests.authenticator import phone_of
from tests.contract.alipay import clients

from sycee.core.paycodes import actions, model, safe
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.kit.ids import parse
from sycee.products.escrow.actions import trading
from sycee.products.escrow.actions.commands import Touch
from sycee.runtime.sealer import KeySealer

OK = "10000"


def test_a_guaranteed_trade_from_order_to_release(town, sdk):
    start = town.balances()
    created = sdk(
        "server_api",
        api_name="alipay.trade.create",
        biz_content={
            "out_trade_no": "P1",
            "total_amount": "100.00",
            "subject": "线装书 {一函}",
            "buyer_id": town.keys["buyer_id"],
        },
    )
    assert created["code"] == OK
    waiting = sdk("api_alipay_trade_query", out_trade_no="P1")
    assert (waiting["trade_status"], waiting["total_amount"]) == ("WAIT_BUYER_PAY", "100.00")
    paid = sdk(
        "api_alipay_trade_pay",
        out_trade_no="P1",
        scene="bar_code",
        auth_code=town.paycode(),
        subject="线装书 {一函}",
        total_amount="100.00",
    )
    assert (paid["code"], paid["trade_no"]) == (OK, created["trade_no"])
    synced = sdk(
        "server_api",
        api_name="alipay.trade.orderinfo.sync",
        biz_content={
            "trade_no": paid["trade_no"],
            "out_request_no": "P1-1",
            "biz_type": "LOGISTICS",
            "order_biz_info": '{"logistics_name":"SF","invoice_no":"SF123"}',
        },
    )
    assert synced["code"] == OK
    trade = parse("trd", paid["trade_no"])
    town.run(lambda tx: trading.confirm(tx, Touch(trade, town.buyer)))
    assert sdk("api_alipay_trade_query", trade_no=paid["trade_no"])["trade_status"] == (
        "TRADE_FINISHED"
    )
    assert town.balances() == (start[0] - 10_000, start[1] + 10_000 - 60, start[2])


def test_pay_refund_and_ask_for_the_refund(town, sdk):
    start = town.balances()
    given = {"out_trade_no": "P2", "scene": "bar_code", "subject": "茶"}
    paid = sdk("api_alipay_trade_pay", **given, auth_code=town.paycode(), total_amount=30)
    assert (paid["code"], paid["total_amount"]) == (OK, "30.00")
    back = sdk(
        "api_alipay_trade_refund", out_trade_no="P2", refund_amount="10.00", out_request_no="R1"
    )
    assert (back["code"], back["refund_fee"]) == (OK, "10.00")
    asked = sdk("api_alipay_trade_fastpay_refund_query", out_request_no="R1", out_trade_no="P2")
    assert asked["refund_amount"] == "10.00"
    cancelled = sdk("api_alipay_trade_cancel", out_trade_no="P2")
    assert cancelled["sub_code"] == "ACQ.CANCEL_NOT_ALLOWED"
    rest = sdk("api_alipay_trade_refund", out_trade_no="P2", refund_amount=20, out_request_no="R2")
    assert rest["refund_fee"] == "30.00"
    assert town.balances() == start


def test_precreate_close_and_cancel(town, sdk):
    order = {"subject": "灯", "total_amount": "1.00"}
    made = sdk("api_alipay_trade_precreate", **order, out_trade_no="P3")
    assert made["qr_code"].startswith(f"{town.base_url}/p/")
    assert sdk("api_alipay_trade_close", out_trade_no="P3")["code"] == OK
    sdk("api_alipay_trade_precreate", **order, out_trade_no="P4")
    assert sdk("api_alipay_trade_cancel", out_trade_no="P4")["action"] == "close"
    assert sdk("api_alipay_trade_query", out_trade_no="P4")["trade_status"] == "TRADE_CLOSED"


def test_settle_confirm_and_order_settle(town, sdk):
    paid = sdk(
        "api_alipay_trade_pay",
        out_trade_no="P5",
        scene="bar_code",
        auth_code=town.paycode(),
        subject="字",
        total_amount="50.00",
        product_code="FACE_TO_FACE_PAYMENT",
    )
    royalty = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "5.00"}
    split = sdk(
        "api_alipay_trade_order_settle",
        out_request_no="Y1",
        trade_no=paid["trade_no"],
        royalty_parameters=[royalty],
    )
    assert split["code"] == OK
    settled = sdk(
        "server_api",
        api_name="alipay.trade.settle.confirm",
        biz_content={"out_request_no": "C1", "trade_no": paid["trade_no"]},
    )
    assert (settled["code"], settled["settle_amount"]) == (OK, "50.00")
    assert town.balance(town.writer) > 0
    asked = {"out_biz_no": "F1", "payee_type": "ALIPAY_USERID", "payee_account": town.writer_id}
    sent = sdk("api_alipay_fund_trans_toaccount_transfer", **asked, amount="1.00")
    assert sent["code"] == OK
    found = sdk("api_alipay_fund_trans_order_query", out_biz_no="F1")
    assert (found["status"], found["order_id"]) == ("SUCCESS", sent["order_id"])


def test_the_page_methods_lead_to_the_pay_page(town, sdk, web):
    for call, number in (("api_alipay_trade_page_pay", "P6"), ("api_alipay_trade_wap_pay", "P7")):
        query = sdk(
            call,
            subject="画",
            out_trade_no=number,
            total_amount="9.99",
            return_url="http://shop.example/back",
        )
        sent = web.get(f"{town.keys['gateway']}?{query}")
        assert sent.status_code == 303
        shown = web.get(town.base_url + sent.headers["location"])
        assert "¥9.99" in shown.text
        scripts = re.findall(r"<script[^>]*>", shown.text)
        assert all(' src="/assets/' in script for script in scripts), "none is written in the page"


def test_a_business_fault_is_a_verified_answer_and_a_stranger_gets_an_error(town, sdk, plain_keys):
    missing = sdk("api_alipay_trade_query", out_trade_no="nothing")
    assert (missing["code"], missing["sub_code"]) == ("40004", "ACQ.TRADE_NOT_EXIST")
    stranger = clients.python("python", {**plain_keys, "app_id": "2021999999999999"})
    outcome = stranger.outcome("api_alipay_trade_query", out_trade_no="nothing")
    stranger.close()
    assert "isv.invalid-app-id" in outcome["error"]


@pytest.mark.parametrize("sign_type", ["RSA", "RSA2"])
def test_both_sign_types_are_verified_by_the_client(town, plain_keys, sign_type):
    client = clients.python("python", {**plain_keys, "sign_type": sign_type})
    answer = client("api_alipay_trade_query", out_trade_no="nothing")
    client.close()
    assert answer["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_certificate_mode_pays_out_and_downloads_the_certificate(town, sdk, web):
    paid = sdk(
        "api_alipay_trade_pay",
        out_trade_no="P8",
        scene="wave_code",
        auth_code=town.paycode(),
        subject="墨",
        total_amount="20.00",
        goods_type="0",
    )
    client = clients.python("python", town.keys)
    settle = {"out_request_no": "C1", "trade_no": paid["trade_no"]}
    client("server_api", api_name="alipay.trade.settle.confirm", biz_content=settle)
    sent = client(
        "api_alipay_fund_trans_uni_transfer",
        out_biz_no="F1",
        identity_type="ALIPAY_USER_ID",
        identity=town.writer_id,
        trans_amount="3.00",
    )
    assert (sent["code"], sent["status"]) == (OK, "SUCCESS")
    query = client("api_alipay_open_app_alipaycert_download", alipay_cert_sn=town.keyring.serial)
    client.close()
    whole = web.get(f"{town.keys['gateway']}?{query}").json()
    assert whole["alipay_open_app_alipaycert_download_response"]["code"] == OK
    assert town.balance(town.writer) == 300


def test_a_code_that_a_phone_computed_offline_pays_once(town, sdk):
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    with town.database.transaction() as tx:
        seed = actions.enrol(tx, town.buyer, phone_of(tx, town.buyer), 5_000, "CNY")
        step = model.step_of(tx.now)
    code = model.compute(seed.seed, seed.device, seed.locator, step)
    given = {"scene": "bar_code", "auth_code": code, "subject": "茶", "total_amount": "30.00"}
    paid = sdk("api_alipay_trade_pay", out_trade_no="P20", **given)
    assert (paid["code"], paid["total_amount"]) == (OK, "30.00")
    again = sdk("api_alipay_trade_pay", out_trade_no="P21", **given)
    assert again["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    late = model.compute(seed.seed, seed.device, seed.locator, step - 360)
    stale = sdk("api_alipay_trade_pay", out_trade_no="P22", **{**given, "auth_code": late})
    assert stale["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    safe.install(None)


def test_a_refused_payment_moves_nothing(town, sdk):
    start = town.balances()
    given = {"out_trade_no": "P9", "scene": "bar_code", "subject": "茶", "total_amount": "30.00"}
    wrong = sdk("api_alipay_trade_pay", **given, auth_code="289999999999999999")
    assert wrong["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    given["total_amount"] = "20000.00"
    poor = sdk("api_alipay_trade_pay", **given, auth_code=town.paycode(10_000_000))
    assert poor["sub_code"] == "ACQ.BUYER_BALANCE_NOT_ENOUGH"
    assert town.balances() == start
