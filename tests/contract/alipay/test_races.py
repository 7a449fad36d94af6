"""Shops that ask twice at once: one trade, one payment, one refund."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx2
import pytest
from tests.contract.alipay.town import FORM, Town

CALLERS = 8
ORDER = {"out_trade_no": "T1", "total_amount": "10.00", "subject": "茶"}


@pytest.fixture
def together(town: Town):
    """Send requests at the same time; their answers."""

    def send(requests: list[tuple[str, dict[str, object]]]) -> list[dict[str, str]]:
        bodies = [urlencode(town.signed(method, content)) for method, content in requests]

        def one(body: str) -> dict[str, str]:
            with httpx2.Client(trust_env=False, timeout=60) as web:
                url = f"{town.base_url}/gateway.do"
                return town.node(web.post(url, content=body, headers=FORM))

        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(one, bodies))

    return send


def test_one_order_number_makes_one_trade(together):
    order = {**ORDER, "timeout_express": "2h"}
    answers = together([("alipay.trade.precreate", {**order, "body": n}) for n in range(CALLERS)])
    assert len({answer["qr_code"] for answer in answers}) == 1


def test_one_order_is_paid_by_one_of_many_codes(town, together):
    before = town.balances()
    answers = together(
        [
            ("alipay.trade.pay", {**ORDER, "scene": "bar_code", "auth_code": town.paycode()})
            for _ in range(CALLERS)
        ]
    )
    codes = sorted(answer.get("sub_code", "paid") for answer in answers)
    assert codes == ["ACQ.TRADE_HAS_SUCCESS"] * (CALLERS - 1) + ["paid"]
    assert town.balances() == (before[0] - 1000, before[1], before[2])


def test_one_refund_number_is_paid_back_once(town, together):
    before = town.balances()
    paid = {**ORDER, "scene": "bar_code", "auth_code": town.paycode()}
    assert together([("alipay.trade.pay", paid)])[0]["code"] == "10000"
    asked = {"out_trade_no": "T1", "refund_amount": "4.00", "out_request_no": "R1"}
    answers = together(
        [("alipay.trade.refund", {**asked, "refund_reason": str(n)}) for n in range(CALLERS)]
    )
    assert {answer["refund_fee"] for answer in answers} == {"4.00"}
    moved = sorted(answer["fund_change"] for answer in answers)
    assert moved == ["N"] * (CALLERS - 1) + ["Y"]
    assert town.balances() == (before[0] - 600, before[1], before[2])


def test_a_payment_and_its_cancelling_leave_the_money_where_it_was(town, together):
    before = town.balances()
    for number in map(str, range(6)):
        pay = {**ORDER, "out_trade_no": number, "scene": "bar_code", "auth_code": town.paycode()}
        cancels = [
            ("alipay.trade.cancel", {"out_trade_no": number, "operator_id": operator})
            for operator in "AB"
        ]
        paid, *cancelled = together([("alipay.trade.pay", pay), *cancels])
        assert {answer["code"] for answer in cancelled} == {"10000"}
        done = {answer.get("action") for answer in cancelled}
        if paid["code"] == "10000":
            assert done == {"refund"}
        else:
            assert (paid["sub_code"], done) == ("ACQ.TRADE_HAS_CLOSE", {None})
    assert town.balances() == before
