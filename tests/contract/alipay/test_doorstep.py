"""What unmodified clients send that a careful one would not, and what a fault leaves behind."""

from __future__ import annotations

import io
import json
from urllib.parse import urlencode

import pytest
from psycopg import OperationalError
from tests.contract.alipay.town import FORM, Town

from sycee.doors.alipay import gateway

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "元宝"}
ASK = {"out_trade_no": "T1"}


def test_the_php_clients_page_form_names_its_charset_in_the_address_too(town: Town, web):
    raw = urlencode(town.signed("alipay.trade.page.pay", ORDER, charset="UTF-8"))
    url = f"{town.base_url}/gateway.do"
    sent = web.post(f"{url}?charset=UTF-8", content=raw, headers=FORM)
    assert (sent.status_code, sent.headers["location"][:3]) == (303, "/p/")
    other = web.post(f"{url}?charset=GBK", content=raw, headers=FORM)
    assert other.json()["error_response"]["sub_code"] == "isv.invalid-parameter"


@pytest.mark.parametrize(
    "app_id", ["\0", "2021\0", "书", "２０２１９９９９９９９９９９９９", "x" * 40]
)
def test_what_cannot_be_an_apps_number_is_nobodys(town: Town, web, app_id: str):
    answer = town.call(web, "alipay.trade.query", ASK, app_id=app_id)
    assert (answer["code"], answer["sub_code"]) == ("40002", "isv.invalid-app-id")


@pytest.mark.parametrize(
    ("error", "event"),
    [(ZeroDivisionError("281234567890"), "request.failed"),
     (OperationalError("281234567890"), "database.gone")],
)  # fmt: skip
def test_a_fault_of_the_gateway_is_logged_where_it_was_and_not_what_was_sent(
    town: Town, lines: io.StringIO, error: Exception, event: str
):
    def broken(request: gateway.Request) -> dict[str, object]:
        raise error

    gate = gateway.Gate(town.database, town.keyring, town.base_url)
    raw = urlencode(town.signed("alipay.trade.query", ASK)).encode()
    reply = gateway.answer(gate, {"alipay.trade.query": broken}, b"", raw)
    assert json.loads(reply.body)["alipay_trade_query_response"]["code"] == "20000"
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    (line,) = [each for each in told if each.get("logger") == "sycee.alipay"]
    assert (line["event"], line["method"]) == (event, "alipay_trade_query_response")
    assert line["exception"].endswith(type(error).__name__)
    assert line["frames"][-1].endswith(" broken")
    assert "281234567890" not in lines.getvalue()


@pytest.mark.parametrize("method", ["alipay.trade.steal", 'a."', "steal", "a.B", "a." * 20])
def test_an_unknown_method_is_answered_under_its_name_if_it_has_one(town: Town, web, method: str):
    raw = urlencode(town.signed(method, {}))
    sent = web.post(town.keys["gateway"], content=raw, headers=FORM)
    named = "alipay_trade_steal" if method == "alipay.trade.steal" else "error"
    assert list(sent.json()) == [f"{named}_response", "sign"]
    answer = town.node(sent)
    assert (answer["code"], answer["sub_code"]) == ("40002", "isv.invalid-method")


@pytest.mark.parametrize(
    ("name", "code", "sub_code"),
    [
        ("app_auth_token", "20001", "aop.invalid-app-auth-token"),
        ("encrypt_type", "40002", "isv.invalid-encrypt-type"),
    ],
)
def test_what_is_not_offered_is_refused_under_a_signature(
    town: Town, web, name: str, code: str, sub_code: str
):
    raw = urlencode(town.signed("alipay.trade.precreate", ORDER, **{name: "AES"}))
    sent = web.post(town.keys["gateway"], content=raw, headers=FORM)
    answer = town.node(sent)
    assert (answer["code"], answer["sub_code"], "sign" in sent.json()) == (code, sub_code, True)
