"""What a shopkeeper does at the till, in a real browser against a real town."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter


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

    page = enter(opened(), "@lantern", "merchant")
    expect(page.get_by_role("group", name="Amount pad")).to_be_visible()
    page.keyboard.type("1234")
    page.get_by_role("button", name="Take a pay code").click()
    page.get_by_label("The customer’s pay code").fill(code["code"])
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
