"""What a person mistypes is told beside the field, in their language and before it is sent."""

from __future__ import annotations

import re

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


RULES = {
    "en-GB": (
        "A handle has 2 to 30 small letters and digits",
        "It must be from ¥0.00 to ¥1,000.00.",
    ),
    "zh-CN": ("用户名为 2 至 30 个小写字母和数字", "须在 ¥0.00 至 ¥1,000.00 之间。"),
    "de-DE": ("Ein Kurzname hat 2 bis 30", "Es muss von 0,00 ¥ bis 1.000,00 ¥ sein."),
}


@pytest.mark.parametrize("locale", RULES)
def test_a_rule_is_said_in_the_readers_words_and_amounts_in_their_money(
    opened: Open, locale: str
) -> None:
    page = enter(opened(locale=locale), "Ada")
    handle, amount = RULES[locale]
    page.goto("/wallet/limits")
    page.locator("main").get_by_role("button").first.click()
    page.locator("input.money").fill("2000")
    page.locator("button[type=submit]").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(amount.replace("0 ¥", "0\u00a0¥"))
    expect(alert).not_to_contain_text("must be from 0 to")
    page.goto("/wallet/me")
    page.locator("main").get_by_role("button").first.click()
    page.get_by_role("dialog").locator("input").nth(1).fill("Ada Ada!")
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(alert).to_contain_text(handle)
    expect(alert).not_to_contain_text("must have")


def test_a_developer_reads_the_apis_own_rule_beside_the_words(opened: Open) -> None:
    page = enter(opened(width=1280), "Lantern Books", "merchant")
    page.goto("/merchant/hooks")
    page.get_by_role("button", name="New endpoint").click()
    page.get_by_role("dialog").locator("input").first.fill("ftp://example.com/")
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("Write the whole address")
    expect(page.get_by_role("alert")).to_contain_text("url: must begin with")


def test_a_wrong_pay_code_is_told_at_the_till_and_not_sent(opened: Open) -> None:
    window = opened(width=1280)
    page = enter(window, "Lantern Books", "merchant")
    page.get_by_role("button", name="1", exact=True).click()
    page.get_by_role("button", name="Take a pay code").click()
    label = "The 18 digits that the customer shows"
    for text in ("3", "271234567890123456", "2812345678901234567"):
        page.get_by_label(label).fill(text)
        assert field(page, label) == "A pay code has 18 digits and begins with 28 or 29."
        page.get_by_role("button", name="Take ¥").click()
    page.get_by_label(label).fill("28 1234")
    page.get_by_role("button", name="Take ¥").click()
    assert not [each for each in window.asked if "/v1/charges" in each.url]


def test_a_handle_that_nobody_has_is_said_to_be_nobodys(opened: Open) -> None:
    said = "Nobody goes by that name here."
    page = enter(opened(), "Ada")
    page.goto("/wallet/send")
    page.get_by_label("To whom").fill("@nobody-at-all")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text(said)
    page.goto("/wallet/contacts")
    page.get_by_label("Add somebody").fill("nobody-at-all")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(said)


def test_a_demand_says_beside_the_handle_that_nobody_has_it(opened: Open) -> None:
    page = enter(opened(width=1280), "Town Hall", "console")
    page.goto("/console/demands/new")
    page.get_by_label("Whose data? (@handle)").fill("nobody-at-all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Nobody goes by that name here.")


STALE = (
    "orders/trd_bad", "activity/nothing", "activity/trf_01m8hm21tzg2mv2pryrcth3sqs",
    "requests/req_01m8hm21tzg2mv2pryrcth3sqs", "r/no-such-link", "g/no-such-gift",
    "groups/grp_bad", "schedules/sch_01m8hm21tzg2mv2pryrcth3sqs", "orders/%E0%A4",
)  # fmt: skip
STALE_AT_THE_TILL = (
    "orders/trd_bad", "orders/trd_01m8hm21tzg2mv2pryrcth3sqs", "links/nothing", "hooks/whe_bad",
    "sales/trf_01m8hm21tzg2mv2pryrcth3sqs",
)  # fmt: skip


def test_a_stale_link_says_that_nothing_is_there_and_leads_on(opened: Open) -> None:
    page = enter(opened(), "Ada")
    for path in STALE:
        page.goto(f"/wallet/{path}")
        expect(page.get_by_text("There is no such page in the wallet.")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.goto("/wallet/send?to=ben&amount=1.5")  # no amount, so none is asked for
    expect(page.get_by_label("How much")).to_have_value("")
    page.goto("/wallet/nowhere")
    page.get_by_role("link", name="To the start").click()
    expect(page.get_by_role("link", name="Send")).to_be_visible()


def test_a_stale_link_at_the_till_says_so_too(opened: Open) -> None:
    page = enter(opened(), "Jade Teahouse", "merchant")
    for path in STALE_AT_THE_TILL:
        page.goto(f"/merchant/{path}")
        expect(page.get_by_text("There is no such page at the till.")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    page.get_by_role("link", name="To the till").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_bill_that_is_none_leads_to_the_wallet(opened: Open) -> None:
    window = opened()
    window.page.goto("/p/xyz")
    window.page.get_by_role("link", name="Open the wallet").click()
    expect(window.page).to_have_url(re.compile("/wallet/"))


def test_what_a_limit_refuses_tells_what_is_left_and_leads_to_the_limits(opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/envelopes")
    page.get_by_role("button", name="Make an envelope").click()
    page.get_by_label("In the envelope").fill("300")
    page.get_by_label("For how many").fill("1")
    page.get_by_role("button", name="Put in ¥300.00").click()
    expect(page.get_by_role("alert")).to_contain_text("¥200.00 is left of it now.")
    page.get_by_role("alert").get_by_role("link", name="To the limits").click()
    expect(page.get_by_role("heading", name="Limits", level=1)).to_be_visible()
    names = page.locator("main section").last.locator("progress")
    expect(page.get_by_text("A day · red envelopes given")).to_be_visible()
    told = names.evaluate_all("all => all.map((each) => each.ariaLabel.split(':')[0])")
    assert len(told) > 3
    assert len(told) == len(set(told))


def test_a_birth_that_is_yet_to_come_is_not_taken(opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/data")
    page.get_by_role("button", name="Show and correct").click()
    born = page.get_by_label("Date of birth")
    born.fill("2099-01-01")
    page.get_by_role("button", name="Keep", exact=True).click()
    assert born.evaluate("field => field.validity.rangeOverflow")
    expect(page.get_by_text("Kept, sealed with your key.")).to_have_count(0)
