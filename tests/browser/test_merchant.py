"""What a shopkeeper does at the till, in a real browser against a real town."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.test_wallet import AXE, STILL, balance, paid, pay, violations


def sales_of(town: Town, handle: str) -> int:
    return sum(each["totals"]["sales"] for each in town.call(handle, "GET /v1/shops/totals"))


def test_a_till_shows_a_code_and_hears_of_the_payment(town: Town, opened: Open) -> None:
    before, sold = balance(town, "grocer"), sales_of(town, "grocer")
    till = enter(opened(width=1280), "Green Grocer", "merchant")
    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    for key in ("1", "2", "00"):
        till.get_by_role("button", name=key, exact=True).click()
    till.get_by_role("button", name="Show a code").click()
    expect(till.get_by_text("The customer scans this")).to_be_visible()
    (code,) = [
        each for each in town.call("grocer", "GET /v1/codes")["items"] if each["amount_minor"]
    ]
    customer = enter(opened(), "Chen Jing")
    customer.goto(f"/wallet/send?code={quote(code['text'])}")
    pay(customer)
    paid(customer)
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()  # without a touch
    assert balance(town, "grocer") - before == 1_200
    till.get_by_role("button", name="Next customer").click()
    till.keyboard.type("500")
    till.get_by_role("button", name="Take a pay code").click()
    shown = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 2_000, "currency": "CNY"})
    till.get_by_label("The 18 digits").fill(shown["code"])
    till.get_by_role("button", name="Take ¥5.00").click()
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()
    till.get_by_role("link", name="Today").click()
    expect(till.get_by_text(f"{sold + 2} payments")).to_be_visible()


def test_a_shopkeeper_takes_a_pay_code_and_sends_an_order(town: Town, opened: Open) -> None:
    code = town.call("ada", "POST /v1/pay-codes", {"ceiling_minor": 5_000, "currency": "CNY"})
    order = town.call(
        "ada",
        "POST /v1/trades",
        {
            "title": "A lamp for the door",
            "buyer": town.id("ada"),
            "currency": "CNY",
            "lines": [
                {
                    "title": "Lamp",
                    "quantity": 1,
                    "unit_price_minor": 1_900,
                    "seller": town.id("lantern"),
                }
            ],
        },
    )
    town.call("ada", f"POST /v1/trades/{order['id']}/pay", {})

    page = enter(opened(), "Lantern Books", "merchant")
    expect(page.get_by_role("button", name="Show a code")).to_be_visible()
    page.keyboard.type("1234")
    page.get_by_role("button", name="Take a pay code").click()
    page.get_by_label("The 18 digits").fill(code["code"])
    page.get_by_role("button", name=re.compile("^Take .*12.34")).click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    sale = town.call("lantern", "GET /v1/sales?limit=1")["items"][0]
    assert (sale["amount_minor"], sale["payer"]["id"]) == (1_234, town.id("ada"))

    page.get_by_role("link", name="Orders").click()
    page.get_by_role("link", name=re.compile("A lamp for the door")).click()
    page.get_by_role("button", name="Send the goods").click()
    page.get_by_label("Carrier").fill("SF")
    page.get_by_label("Tracking number").fill("SF-1")
    page.get_by_role("dialog").get_by_role("button", name="Send the goods").click()
    expect(page.get_by_text("On its way")).to_be_visible()
    records = town.call("lantern", f"GET /v1/trades/{order['id']}/records")
    assert records["shipments"][0]["tracking_number"] == "SF-1"


def test_every_screen_of_the_till_is_accessible(opened: Open) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Jade Teahouse", "merchant")
    found: list[str] = []
    for screen in ("", "orders", "links", "today", "shop", "staff", "keys", "alipay", "hooks"):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(f"/merchant/{screen}")
        expect(page.locator("h1")).to_be_visible()
        page.evaluate(AXE.read_text() + ";0")
        page.add_style_tag(content=STILL)
        found += violations(page, screen, "{resultTypes: ['violations']}")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += violations(page, screen, "{runOnly: ['color-contrast']}")
    assert found == []
