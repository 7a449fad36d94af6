"""The house's fee and how long each side has, set by category at the operator's desk."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.seeing import faults
from tests.browser.test_house_desk import WIDE, at_desk


def test_terms_and_a_fee_are_set_by_keys_alone_and_hold_for_the_next_trade(
    town: Town, opened: Open
) -> None:
    keys = at_desk(opened, "c")
    page = keys.page
    rows = page.get_by_role("table", name="Terms and fees").get_by_role("row")
    expect(rows.filter(has_text="Fresh goods")).to_contain_text("2 days")
    keys.button("New category")
    keys.write("Category", "lamps", exact=True)
    keys.write("Fee, in percent", "1.25")
    keys.write("To ship", "2,5")
    keys.button("Keep", keys.sheet)
    row = rows.filter(has_text="lamps")
    expect(row).to_contain_text("1.25%")
    expect(row).to_contain_text("2.5 days")
    keys.button("Change: lamps")
    expect(page.get_by_label("To ship")).to_have_value("2.5")
    expect(page.get_by_label("To confirm", exact=True)).to_have_value("10")
    keys.write("Fee, in percent", "0.5")
    keys.button("Keep", keys.sheet)
    expect(row).to_contain_text("0.5%")
    (kept,) = [
        each
        for each in town.call("lantern", "GET /v1/trade-categories")
        if each["category"] == "lamps"
    ]
    assert (kept["fee_bps"], kept["terms"]["ship_seconds"]) == (50, 216_000)
    line = {"title": "A lamp", "quantity": 1, "unit_price_minor": 4_000}
    body = {"currency": "CNY", "title": "A lamp", "buyer": town.id("ada"), "lines": [line]}
    trade = town.call("lantern", "POST /v1/trades", body | {"category": "lamps"})["id"]
    assert town.call("lantern", f"GET /v1/trades/{trade}")["fee_bps"] == 50


def test_the_terms_and_their_form_are_accessible_in_light_and_dark(opened: Open) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce", **WIDE), "Town Hall", "console")
    page.goto("/console/terms")
    expect(page.get_by_role("row").filter(has_text="Fresh goods")).to_be_visible()
    found = faults(page, "terms")
    page.get_by_role("button", name="New category").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += faults(page, "a new category")
    assert found == [], "\n".join(found)
