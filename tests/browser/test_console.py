"""What the house's own people do: a mediator rules, an operator matches money, walks the books."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter

from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.doors.bank.seed import NUMBER
from sycee.products.wallet.bank.folders import Folders

WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def quarrel(town: Town) -> str:
    """A trade of Ada's at the grocer's that has come to a dispute, with a word of each side."""
    trade = town.call(
        "grocer",
        "POST /v1/trades",
        {
            "currency": "CNY",
            "title": "Rice, 25 kg",
            "buyer": town.id("ada"),
            "lines": [{"title": "Rice", "quantity": 1, "unit_price_minor": 9_000}],
        },
    )["id"]
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    town.call("grocer", f"POST /v1/trades/{trade}/ship", {})
    town.call("ada", f"POST /v1/trades/{trade}/dispute", {"reason": "damaged"})
    for who, text in (("ada", "The bag was torn."), ("grocer", "It left here whole.")):
        town.call(who, f"POST /v1/trades/{trade}/dispute/evidence", {"text": text})
    return trade


def balance(town: Town, handle: str, code: str) -> int:
    """What a resident's accounts of one kind hold."""
    items = town.call(handle, "GET /v1/accounts")["items"]
    return sum(each["balance_minor"] for each in items if each["code"] == code)


def test_the_mediator_reads_both_sides_and_gives_all_that_is_held(
    town: Town, opened: Open, quarrel: str
) -> None:
    ada = balance(town, "ada", "wallet")
    page = enter(opened(**WIDE), "Mei, the mediator", "console")
    # Only what a mediator may do is offered.
    expect(page.get_by_role("link", name="Disputes")).to_be_visible()
    expect(page.get_by_role("link", name="Parties")).to_have_count(0)

    page.get_by_role("link", name="Rice, 25 kg").click()
    expect(page).to_have_url(f"{town.address}/console/disputes/{quarrel}")
    for words in ("The bag was torn.", "It left here whole."):
        page.get_by_role("button", name="Open", exact=True).first.click()
        expect(page.get_by_text(words)).to_be_visible()

    rule = page.get_by_role("button", name="Rule", exact=True)
    page.get_by_label("Ada").fill("60")
    expect(page.get_by_text("Left to give")).to_be_visible()
    expect(rule).to_be_disabled()
    page.get_by_label("Green Grocer").fill("30.01")
    expect(page.get_by_text("Too much by")).to_be_visible()
    expect(rule).to_be_disabled()
    page.get_by_label("Green Grocer").fill("30")
    expect(page.get_by_text("It sums")).to_be_visible()
    rule.click()
    page.get_by_role("button", name="Give the ruling").click()
    expect(page.get_by_text("The ruling is given")).to_be_visible()
    assert balance(town, "ada", "wallet") - ada == 6_000
    ended = town.call("ada", f"GET /v1/trades/{quarrel}")
    assert (ended["held_minor"], ended["refunded_minor"]) == (0, 6_000)


def test_the_operator_finds_a_lines_owner_and_walks_from_account_to_trade(
    town: Town, opened: Open, quarrel: str
) -> None:
    arrives(town, 7_130)
    ben = balance(town, "ben", "wallet")
    page = enter(opened(**WIDE), "Town Hall", "console")
    expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
    # The palette leads anywhere by the keyboard alone.
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("bank")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{town.address}/console/bank")

    page.get_by_role("button", name="¥71.30").click()
    page.get_by_role("button", name="See the sender").click()
    expect(page.get_by_text("A. Stranger")).to_be_visible()
    page.get_by_label("Whose is it?").fill("ben")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Give it to Ben").click()
    expect(page.get_by_text("¥71.30 given to Ben.")).to_be_visible()
    assert balance(town, "ben", "wallet") - ben == 7_130

    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("ledger")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Both sides agree")).to_be_visible()
    page.get_by_role("link", name="Wallets").click()
    page.get_by_role("row", name="Ada").get_by_role("link").first.click()
    page.get_by_role("link", name="Held for a trade").first.click()
    expect(page.get_by_role("heading", name="Held for a trade")).to_be_visible()
    page.get_by_role("link", name="Where the money is").click()
    expect(page.get_by_role("group", name="Where the money is")).to_be_visible()
    page.get_by_role("link", name="The trade").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert quarrel in page.url


def arrives(town: Town, minor: int) -> None:
    """Money comes to the safeguarding bank that names nobody; the worker reads of it."""
    bank = Bank(Books(town.home / "bank" / "sandbox.db"), Folders.under(town.home))
    bank.pay_in(NUMBER, minor, name="A. Stranger")
