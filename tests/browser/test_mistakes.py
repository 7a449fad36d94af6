"""What a person mistypes is told beside the field, in their language and before it is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter

UNREAD = {
    "en-GB": "That is not an amount. Write it like 1,234.50.",
    "zh-CN": "这不是金额，请写成 1,234.50 这样。",
    "de-DE": "Das ist kein Betrag. Schreib ihn wie 1.234,50.",
}


def field(page: Page, label: str) -> str:
    """What is told beside the field with this label."""
    box = page.get_by_label(label, exact=True)
    expect(box).to_have_attribute("aria-invalid", "true")
    return page.locator(f"[id='{box.get_attribute('aria-describedby')}']").inner_text()


@pytest.mark.parametrize("locale", UNREAD)
def test_an_amount_that_can_be_read_in_two_ways_is_not_taken_and_the_form_says_why(
    opened: Open, locale: str
) -> None:
    page = enter(opened(locale=locale), "Ada")
    page.goto("/wallet/send?to=ben")
    box = page.locator("input.money")
    pay = page.locator("button[type=submit]")
    for text in ("12,345" if locale == "de-DE" else "12.345", "abc", "-5"):
        box.fill(text)
        expect(page.get_by_role("alert")).to_have_text(UNREAD[locale])
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(pay).to_be_disabled()
    box.fill("12.345" if locale == "de-DE" else "12,345")
    expect(page.get_by_role("alert")).to_contain_text("¥")  # more than is in the wallet, and read
    box.fill("")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_amount_out_of_range_says_so(opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/send?to=ben")
    page.get_by_label("How much").fill("0")
    assert field(page, "How much") == "It must be at least ¥0.01."
    page.get_by_label("How much").fill("99999999999999")
    expect(page.get_by_role("alert")).to_have_text("That is more than can be written here.")


def test_a_mistyped_amount_is_not_sent_where_none_would_mean_any(opened: Open) -> None:
    window = opened()
    page = enter(window, "Ada")
    page.goto("/wallet/receive")
    page.get_by_label("How much; empty lets them choose").fill("12.345")
    page.get_by_role("button", name="Make a link").click()
    assert field(page, "How much; empty lets them choose") == UNREAD["en-GB"]
    sent = [each for each in window.asked if each.method == "POST" and "/v1/requests" in each.url]
    assert sent == []


def test_an_envelope_says_what_is_wrong_with_its_shares_and_its_money(opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/envelopes")
    page.get_by_role("button", name="Make an envelope").click()
    page.get_by_label("In the envelope").fill("0.04")
    assert field(page, "In the envelope") == "It must be at least ¥0.05."
    page.get_by_label("For how many").fill("4")
    expect(page.get_by_role("button", name="Put in ¥0.04")).to_be_enabled()
    for text in ("0", "2.5", "1001", ""):
        page.get_by_label("For how many").fill(text)
        told = field(page, "For how many")
        assert told == "There must be 1 to 1,000 shares, with something in each."
        expect(page.get_by_role("button", name="Put in ¥0.04")).to_be_disabled()


def test_the_till_says_that_more_is_given_back_than_was_paid(town: Town, opened: Open) -> None:
    sale = {"payee": town.id("lantern"), "amount_minor": 1_200, "currency": "CNY"}
    sold = town.call("ada", "POST /v1/transfers", sale)["id"]
    page = enter(opened(), "Lantern Books", "merchant")
    page.goto(f"/merchant/sales/{sold}")
    page.get_by_role("button", name="Give money back").first.click()
    box = page.get_by_role("dialog").locator("input.money")
    box.fill("12.01")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("¥12.00")
    box.fill("12")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_count(0)


def test_the_console_says_what_a_fee_and_a_category_are(opened: Open) -> None:
    page = enter(opened(width=1280), "Town Hall", "console")
    page.goto("/console/terms")
    page.get_by_role("button", name="New category").click()
    page.get_by_label("Category", exact=True).fill("Fine Lamps")
    assert field(page, "Category") == "Small letters, digits and dashes."
    for text in ("100.01", "1.255", "much"):
        page.get_by_label("Fee, in percent").fill(text)
        told = field(page, "Fee, in percent")
        assert told == "The fee must be from 0 to 100 percent, with at most two decimals."
