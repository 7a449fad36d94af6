"""What a person mistypes is told beside the field, in their language and before it is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, enter

UNREAD = {
    "en-GB": "That is not an amount. Write it like 1,234.50.",
    "zh-CN": "这不是金额，请写成 1,234.50 这样。",
    "de-DE": "Das ist kein Betrag. Schreib ihn wie 1.234,50.",
}


def field(page: Page, label: str) -> str:
    """What is told beside the field with this label."""
    box = page.get_by_label(label)
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
