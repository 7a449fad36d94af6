"""The pay page: what a buyer sees, pays with a code, and how the shop hears of it."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.contract.alipay.town import FORM

from sycee.core.paycodes import safe
from sycee.core.paycodes.model import WrongCodesLimited
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.core.tender.model import MandateUnknown
from sycee.doors.alipay import protocol, signature
from sycee.doors.alipay.pages import Pages
from sycee.runtime.sealer import KeySealer

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "<b>金元宝</b>"}


@pytest.fixture
def page(town, web) -> str:
    """The address of the page of an order that wants its buyer back."""
    raw = urlencode(
        town.signed("alipay.trade.page.pay", ORDER, return_url="http://shop.example/back?a=1")
    )
    sent = web.post(f"{town.base_url}/gateway.do", content=raw, headers=FORM)
    assert sent.status_code == 303
    return town.base_url + sent.headers["location"]


CHINESE = {"accept-language": "zh-CN,zh;q=0.9"}


def type_code(web, page: str, code: str):
    content = urlencode({"auth_code": code})
    return web.post(page, content=content, headers={**FORM, **CHINESE})


def test_the_page_shows_the_order_and_is_whole_without_a_script(web, page):
    shown = web.get(page)
    assert shown.status_code == 200
    assert "元宝书店" in shown.text
    assert "&lt;b&gt;金元宝&lt;/b&gt;" in shown.text
    assert re.search(r"<script(?! type=\"module\" crossorigin src=\"/assets/)", shown.text) is None
    assert 'http-equiv="refresh"' in shown.text
    assert "<svg" in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"


def test_a_pay_code_pays_on_the_page_and_leads_back_with_a_signed_link(town, web, page):
    before = town.balances()
    done = type_code(web, page, town.paycode())
    assert done.status_code == 200
    assert town.balances() == (before[0] - 8888, before[1], before[2])
    link = re.search(r'id="return" href="([^"]+)"', done.text)
    assert link is not None
    values = dict(parse_qsl(urlsplit(html.unescape(link[1])).query))
    assert values.pop("a") == "1"
    assert values["method"] == "alipay.trade.page.pay.return"
    content = protocol.notice_content(values, "utf-8")
    key = signature.load_public(town.keyring.public_key)
    assert signature.verify(key, content, values["sign"], values["sign_type"])


def test_a_number_that_the_shops_charset_cannot_write_leads_back_too(town, web):
    order = {**ORDER, "out_trade_no": "茶🧧1"}
    given = {"charset": "gbk", "return_url": "http://shop.example/back#/paid?b=1"}
    raw = urlencode(town.signed("alipay.trade.page.pay", order, **given))
    sent = web.post(f"{town.base_url}/gateway.do", content=raw, headers=FORM)
    done = type_code(web, town.base_url + sent.headers["location"], town.paycode())
    assert done.status_code == 200
    link = re.search(r'id="return" href="([^"]+)"', done.text)
    assert link is not None
    address = urlsplit(html.unescape(link[1]))
    assert (address.path, address.fragment) == ("/back", "/paid?b=1")
    values = dict(parse_qsl(address.query, encoding="gbk"))
    assert values["out_trade_no"] == "茶?1"
    content = protocol.notice_content(values, "gbk")
    key = signature.load_public(town.keyring.public_key)
    assert signature.verify(key, content, values["sign"], values["sign_type"])


def test_a_wrong_code_says_so_and_moves_nothing(town, web, page):
    before = town.balances()
    told = type_code(web, page, "289999999999999999")
    assert told.status_code == 400
    assert "这个付款码无法付款" in told.text
    assert town.balances() == before


def test_a_page_is_paid_once(town, web, page):
    code = town.paycode()
    type_code(web, page, code)
    after = town.balances()
    assert type_code(web, page, code).status_code == 200
    assert "已付款" in type_code(web, page, town.paycode()).text
    assert town.balances() == after


def test_a_made_up_link_shows_nothing(town, web):
    assert web.get(f"{town.base_url}/p/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    for token in ("%00", "%FF%00", "x" * 9_000):
        assert web.get(f"{town.base_url}/p/{token}").status_code == 404
        assert type_code(web, f"{town.base_url}/p/{token}", "281234567890123456").status_code == 404
    assert web.get(f"{town.base_url}/p").status_code == 404
    assert web.put(f"{town.base_url}/p/x").status_code == 405


def test_what_only_begins_like_a_link_to_a_page_is_none(town, web):
    """A refusal's `type` leads to what it means, and not to a bill that is none."""
    explained = web.get(f"{town.base_url}/problems/account-closed")
    assert explained.status_code == 200
    assert "account-closed" in explained.text
    assert web.get(f"{town.base_url}/problem").json()["code"] == "route-unknown"


def test_wrong_codes_of_strangers_leave_the_shops_counter_open(town, page):
    token, pages = page.rpartition("/")[2], Pages(town.keyring)
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    try:
        told = [pages.pay(town.database, token, f"29{n:016d}") for n in range(21)]
        assert isinstance(told[19], MandateUnknown)
        assert isinstance(told[20], WrongCodesLimited), "the pages of a shop have their own count"
        scanned = {**ORDER, "out_trade_no": "T2", "auth_code": f"29{21:016d}", "scene": "bar_code"}
        assert town.ask("alipay.trade.pay", scanned)["sub_msg"] == "支付授权码无效"
    finally:
        safe.install(None)


def test_many_guesses_are_slowed_down(town, web, page):
    seen = {type_code(web, page, f"28{n:016d}").status_code for n in range(40)}
    assert 429 in seen
