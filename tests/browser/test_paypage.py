"""What a payer sees who comes from a shop: the one page that the server renders."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect
from tests.browser.conftest import Open, Town, ask, enter, unused
from tests.browser.gateway import ask_gateway
from tests.browser.keyboard import Keys
from tests.browser.seeing import faults
from tests.browser.test_wallet import balance


def link(town: Town, **body: Any) -> dict[str, Any]:
    asked = {"currency": "CNY", "title": "A brush and ink", "title_public": True, **body}
    return town.call("lantern", "POST /v1/links", asked)


def test_a_newcomer_pays_a_link_by_passkey_and_is_led_back_to_the_shop(
    town: Town, opened: Open
) -> None:
    before = balance(town, "lantern")
    back = f"{town.address}/problems"
    made = link(town, amount_minor=60_000, return_url=back)
    window = opened(passkey=True)
    page = window.page
    page.goto(f"/p/{made['token']}")
    expect(page.get_by_role("heading", name="Lantern Books")).to_be_visible()
    expect(page.get_by_text("¥600.00").first).to_be_visible()
    page.get_by_role("link", name="Open the wallet").click()
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill("Mo")
    me = unused("mo")
    page.get_by_label("Handle").fill(me)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url(f"**/p/{made['token']}")
    handle = page.get_by_text("Paying as Mo")
    expect(handle).to_be_visible()
    page.get_by_role("button", name="Pay ¥600.00").click()
    expect(page.get_by_role("alert")).to_be_visible()  # nothing in the purse yet
    gift = {"payee": me, "amount_minor": 70_000, "currency": "CNY"}
    town.call("ada", "POST /v1/payments", gift)
    page.get_by_role("button", name="Pay ¥600.00").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_text("Waiting for your payment")).to_be_hidden()
    page.wait_for_url(back)
    assert balance(town, "lantern") - before == 60_000
    page.goto(f"/p/{made['token']}")
    expect(page.get_by_role("status")).to_have_text("Paid")
    expect(page.get_by_role("button")).to_have_count(0)


def test_without_a_script_the_page_shows_the_code_and_sees_that_it_was_paid(
    town: Town, opened: Open
) -> None:
    made = link(town, amount_minor=1_300)
    page = opened(java_script_enabled=False).page
    page.goto(f"/p/{made['token']}")
    expect(page.get_by_text("Scan to pay")).to_be_visible()
    expect(page.get_by_role("img", name="Scan to pay")).to_be_visible()
    expect(page.get_by_role("link", name="Open the wallet")).to_be_visible()
    payment = {"payee": town.id("lantern"), "amount_minor": 1_300, "currency": "CNY"}
    town.call("ben", "POST /v1/transfers", {**payment, "link": made["token"]})
    expect(page.get_by_role("status")).to_have_text("Paid")  # nobody touched it


def test_an_open_page_sees_that_another_device_paid(town: Town, opened: Open) -> None:
    made = link(town, amount_minor=700)
    page = opened().page
    page.goto(f"/p/{made['token']}")
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_visible()
    payment = {"payee": town.id("lantern"), "amount_minor": 700, "currency": "CNY"}
    town.call("chen", "POST /v1/transfers", {**payment, "link": made["token"]})
    expect(page.get_by_role("status")).to_have_text("Paid")


def test_a_lost_answer_on_the_page_is_found_out_and_paid_once(town: Town, opened: Open) -> None:
    made = link(town, amount_minor=None, least_minor=500, once=False, tips=True)
    before = balance(town, "lantern")
    window = opened()
    page = enter(window, "Dora")
    page.goto(f"/p/{made['token']}")
    page.get_by_label("How much").fill("4")
    expect(page.get_by_text("At least ¥5.00")).to_be_visible()
    page.get_by_label("How much").fill("20")
    page.get_by_text("10 %").click()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/transfers", lose, times=1)
    page.get_by_role("button", name="Pay ¥22.00").dblclick()
    expect(page.get_by_text("No answer came")).to_be_visible()
    window.allow("ERR_FAILED")
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert balance(town, "lantern") - before == 2_200


@pytest.mark.parametrize("lang", ["en", "zh", "de"])
def test_the_page_speaks_the_readers_language_and_is_accessible(
    town: Town, opened: Open, lang: str
) -> None:
    made = link(town, amount_minor=123_456_789_012)
    asked = {"accept-language": f"{lang};q=0.9, fr"}
    told = ask("GET", f"{town.address}/p/{made['token']}", headers=asked).text
    assert f'<html lang="{lang}' in told
    price = {"de": "1.234.567.890,12\u00a0¥"}.get(lang, "¥1,234,567,890.12")
    assert price in told
    page = opened(bypass_csp=True, locale=lang, reduced_motion="reduce").page
    for path in (f"/p/{made['token']}", "/p/AAAAAAAAAAAAAAAAAAAAAA"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert faults(page, path) == []


def test_the_page_is_accessible_open_refused_paid_expired_and_closed(
    town: Town, opened: Open
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=4)
    late = link(town, amount_minor=400, expires_at=soon.isoformat())
    paid, shut = link(town, amount_minor=500), link(town, amount_minor=600)
    payment = {"payee": town.id("lantern"), "amount_minor": 500, "currency": "CNY"}
    town.call("chen", "POST /v1/transfers", {**payment, "link": paid["token"]})
    town.call("lantern", f"DELETE /v1/links/{shut['id']}")
    free = link(town, amount_minor=None, least_minor=500, once=False, tips=True)
    page = enter(opened(bypass_csp=True, width=1280, reduced_motion="reduce"), "Ben")

    page.goto(f"/p/{free['token']}")
    expect(page.get_by_text("From ¥5.00", exact=True)).to_be_visible()
    page.get_by_label("How much").fill("4")
    expect(page.get_by_text("At least ¥5.00")).to_be_visible()
    found = faults(page, "open, too little")
    asked = order(town, "6.00", "A cup")
    page.goto(asked)
    expect(page.get_by_role("button", name="Pay ¥6.00")).to_be_visible()
    found += faults(page, "an order, open")
    page.get_by_role("link", name="Type a pay code").click()
    page.get_by_label("Pay code").fill("2899 9999 9999 9999 99")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_contain_text("This code cannot pay")
    found += faults(page, "a code that was refused")
    for state, said in ((paid, "Paid"), (shut, "No longer to be paid"), (late, "Expired")):
        page.goto(f"/p/{state['token']}")
        while said == "Expired" and not page.get_by_text(said).count():
            page.reload()
        expect(page.get_by_text(said).first).to_be_visible()
        found += faults(page, said)
    assert found == []


def order(town: Town, amount: str, title: str = "A kettle") -> str:
    """The page of an order that a shop made through the gateway, which wants its buyer back."""
    content = {"out_trade_no": os.urandom(8).hex(), "total_amount": amount, "subject": title}
    back = f"{town.address}/problems?from=shop"
    sent = ask_gateway(town, "alipay.trade.wap.pay", content, return_url=back)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def trade_of(town: Town, title: str) -> str:
    """The id of a shop's newest trade of that title."""
    items = town.call("lantern", "GET /v1/trades?side=seller&limit=20")["items"]
    return next(each["id"] for each in items if each["title"] == title)


def test_a_passkey_signs_an_orders_shop_and_sum_and_no_other_sum_is_taken(
    town: Town, opened: Open
) -> None:
    before = balance(town, "lantern")
    window = opened(passkey=True)
    page = window.page
    sent: list[Request] = []
    page.on("request", lambda asked: sent.append(asked))
    page.goto("/wallet/")
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill("Lin")
    page.get_by_label("Handle").fill("lin.pays")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    gift = {"payee": "lin.pays", "amount_minor": 9_000, "currency": "CNY"}
    town.call("ada", "POST /v1/payments", gift)

    keys = Keys(page)
    address = order(town, "18.80", "A kettle for Lin")
    page.goto(address)
    expect(page.get_by_text("Paying as Lin")).to_be_visible()
    trade = trade_of(town, "A kettle for Lin")

    # The shop changes the price while its page stands open: what was signed does not pay it.
    window.allow("ERR_FAILED")
    page.route("**/p/*", lambda route: route.abort())  # and the page does not hear of it
    dearer = {"prices": [{"line": 0, "unit_price_minor": 2_880}]}
    town.call("lantern", f"POST /v1/trades/{trade}/change-price", dearer)
    keys.button("Pay ¥18.80")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was paid")
    page.unroute("**/p/*")
    expect(page.get_by_text("The shop has changed the price")).to_be_visible()
    keys.button("See the new price")
    expect(page.get_by_text("¥28.80").first).to_be_visible()
    assert balance(town, "lantern") == before

    # A server that asks for a signature over another sum gets none.
    def swap(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["text"] = told["text"].replace("\n2880\n", "\n12880\n")
        route.fulfill(response=answer, json=told)

    page.route("**/v1/approvals", swap, times=1)
    keys.button("Pay ¥28.80")
    expect(page.get_by_role("alert")).to_be_visible()
    window.allow("the approval of another payment")
    assert balance(town, "lantern") == before

    keys.button("Pay ¥28.80")
    page.wait_for_url(re.compile("problems.from=shop&"))
    assert "method=alipay.trade.wap.pay.return" in page.url
    assert balance(town, "lantern") - before in (2_880, 0), "direct, or held for the shop"
    assert town.call("lantern", f"GET /v1/trades/{trade}")["paid_minor"] == 2_880
    touched = [each.post_data_json for each in sent if "/v1/approvals/chg_" in each.url]
    assert all((each or {}).get("credential") for each in touched)
    assert len(touched) == 2, "one for each sum"
    assert not [each for each in sent if "/v1/pay-codes" in each.url]


def test_an_order_is_paid_by_a_typed_code_without_a_script(town: Town, opened: Open) -> None:
    page = opened(java_script_enabled=False, width=1280).page
    page.goto(order(town, "7.00"))
    page.get_by_role("link", name="Type a pay code").click()
    page.get_by_label("Pay code").fill("2899 9999 9999 9999 99")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_contain_text("This code cannot pay")
    shown = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 900, "currency": "CNY"})
    page.get_by_label("Pay code").fill(shown["code"])
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("status")).to_have_text("Paid")
    expect(page.get_by_role("link", name="Back to the shop")).to_be_visible()
