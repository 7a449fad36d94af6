"""The whole wallet by keyboard: every flow with Tab, Enter, Space, arrows and Escape alone.

Nothing is clicked and nothing is focused by the test. What is focused is always to be seen, and a
sheet takes the focus in and gives it back.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Open, Town
from tests.browser.keyboard import Keys, Name
from tests.browser.test_wallet import balance
from tests.browser.test_wallet_life import PIXEL
from tests.browser.test_wallet_trouble import newcomer

SEEN = """(() => { const now = document.activeElement
  if (now === document.body || now.matches('h1, h2, dialog, main')) return ''
  const ring = (each) => each && getComputedStyle(each).outlineStyle !== 'none'
  return ring(now) || ring(now.closest('label')) || now.classList.contains('money')
    ? '' : now.outerHTML.slice(0, 120) })()"""
"""What has the focus and does not show it; a field for an amount shows it by its line."""


class Hand(Keys):
    """Somebody in the wallet, where a label names one field alone."""

    unseen = SEEN

    def write(
        self,
        label: Name,
        text: str,
        within: Page | Locator | None = None,
        *,
        exact: bool = False,
    ) -> None:
        self.reach((within or self.page).get_by_label(label, exact=exact))
        self.page.keyboard.insert_text(text)

    def at(self, heading: str | re.Pattern[str]) -> None:
        """A screen has come, and the focus is on its heading or within it."""
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible()
        expect(self.page.locator(":focus")).to_have_count(1)

    def home(self) -> None:
        self.link("Home")
        expect(self.page.get_by_text("Hello, Ada")).to_be_visible()


@pytest.fixture
def hand(opened: Open) -> Hand:
    """Ada, who came in by the keyboard."""
    page = opened().page
    page.goto("/wallet/")
    hand = Hand(page)
    hand.button("Ada")
    expect(page.get_by_text("Hello, Ada")).to_be_visible()
    return hand


def order(town: Town, title: str, minor: int) -> str:
    """An order of Ada's at the teahouse, not yet paid; its id."""
    line = {"title": title, "quantity": 1, "unit_price_minor": minor}
    body = {"currency": "CNY", "title": title, "buyer": town.id("ada"), "lines": [line]}
    return town.call("jade", "POST /v1/trades", body)["id"]


def test_what_the_focus_comes_to_on_a_phone_stands_above_the_tabs(hand: Hand) -> None:
    hand.page.set_viewport_size({"width": 390, "height": 500})
    hand.link("You")
    hand.at("You")
    for row in ("Contacts", "Gifts", "Limits", "My data"):
        assert hand.comes_into_sight(hand.page.get_by_role("link", name=row)), row


def test_money_is_sent_scanned_asked_for_paid_and_split_by_keys_alone(
    town: Town, hand: Hand, tmp_path: Path
) -> None:
    import segno

    page, before = hand.page, balance(town, "ben")
    hand.link("Send")
    hand.at("Send money")
    hand.write("To whom", "@ben")
    hand.press("Enter")
    expect(page.get_by_label("How much")).to_be_focused()
    page.keyboard.insert_text("1.25")
    hand.press("Enter")
    hand.at("Paid")
    hand.link("Done")
    hand.link("Scan")
    hand.at("Scan")
    hand.write("Handle or link", "@ben")
    hand.press("Enter")
    hand.at("Send money")
    hand.link("Scan")
    photo = tmp_path / "photo.png"
    segno.make(f"{town.address}/wallet/send?to=ben&amount=150", error="m").save(str(photo), scale=8)
    hand.show("From a photo", photo)
    hand.button("Pay ¥1.50")
    hand.at("Paid")
    assert balance(town, "ben") - before == 275
    asked = {"payer": "ada", "amount_minor": 325, "currency": "CNY"}
    town.call("ben", "POST /v1/requests", asked)
    hand.link("Done")
    hand.link(re.compile("Ben asks you to pay"))
    hand.button("Pay ¥3.25")
    hand.at("Paid")
    assert balance(town, "ben") - before == 600
    hand.home()
    hand.link("Receive")
    hand.at("Receive")
    hand.write("How much", "2")
    hand.write("From whom", "@ben")
    hand.press("Enter")
    hand.at("Requests")
    hand.button("Take back")
    expect(page.get_by_text("Taken back")).to_be_visible()
    hand.home()
    hand.link("Split")
    hand.at("Split a bill")
    hand.write("What you paid", "30")
    hand.write("Handle", "ben")
    hand.press("Enter")
    expect(page.get_by_text("@ben")).to_be_visible()
    hand.button("Ask for the parts")
    expect(page.get_by_text("¥0.00 of ¥15.00 paid").first).to_be_visible()


def test_an_order_is_paid_confirmed_given_back_and_disputed_by_keys_alone(
    town: Town, hand: Hand, tmp_path: Path
) -> None:
    page, dialog = hand.page, hand.page.get_by_role("dialog")
    tea, pot = order(town, "Silver needle", 4_000), order(town, "A clay pot", 3_000)
    hand.link("Orders")
    hand.at("Orders")
    hand.link(re.compile("Silver needle"))
    hand.button("Pay ¥40.00")
    expect(page.get_by_text("Held for this order")).to_be_visible()
    expect(page.locator(":focus")).to_have_count(1)
    parcel = {"carrier": "SF", "tracking_number": "1"}
    town.call("jade", f"POST /v1/trades/{tea}/ship", parcel)
    opener = page.get_by_role("button", name="I have it: pay the seller")
    hand.use(opener)
    expect(dialog.locator(":focus")).to_have_count(1)
    hand.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    hand.press("Enter")
    hand.button("I have it: pay the seller", dialog)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    expect(page.locator(":focus")).to_have_count(1)
    hand.button("4 of 5 stars")
    hand.button("Send the rating")
    expect(page.get_by_role("button", name="4 of 5 stars")).to_have_count(0)
    hand.button("Ask for money back")
    hand.write("How much back", "5", dialog)
    hand.use(dialog.get_by_label("I send the goods back"), "Space")
    hand.button("Ask", dialog)
    expect(page.get_by_text("Refund asked; the seller answers")).to_be_visible()
    hand.link("Orders")
    hand.link(re.compile("A clay pot"))
    hand.button("Pay ¥30.00")
    hand.button("Call the mediator")
    hand.button("Call the mediator", dialog)
    hand.button("Add evidence")
    hand.write("What happened", "It came in two pieces", dialog)
    hand.button("Add evidence", dialog)
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Add evidence")).to_be_focused()
    hand.press("Enter")
    picture = tmp_path / "crack.png"
    picture.write_bytes(PIXEL)
    hand.show("A picture or a document", picture)
    expect(dialog).to_have_count(0)
    assert len(town.call("ada", f"GET /v1/trades/{pot}/records")["evidence"]) == 2


def test_plans_gifts_contacts_files_language_and_devices_by_keys_alone(hand: Hand) -> None:
    page, dialog = hand.page, hand.page.get_by_role("dialog")
    hand.link("You")
    hand.at("You")
    hand.reach(page.get_by_role("radio", name="English"))
    hand.press("ArrowRight")
    expect(page.get_by_role("heading", name="我")).to_be_visible()
    hand.press("ArrowLeft")
    hand.at("You")
    hand.link("Contacts")
    hand.at("Contacts")
    hand.write("Add somebody", "@mei")
    hand.press("Enter")
    row = page.get_by_role("button", name=re.compile("@mei"))
    hand.use(row)
    expect(dialog.locator(":focus")).to_have_count(1)
    hand.press("Escape")
    expect(row).to_be_focused()
    hand.press("Enter")
    hand.write("Your own name for them", "Aunt Mei", dialog)
    hand.use(dialog.get_by_label("Favourite"), "Space")
    hand.button("Keep", dialog)
    hand.use(page.get_by_role("button", name=re.compile("Aunt Mei")))
    hand.button("Remove", dialog)
    expect(page.get_by_text("Aunt Mei")).to_have_count(0)
    expect(page.locator(":focus")).to_have_count(1)
    hand.link("You")
    hand.link("Scheduled payments")
    hand.link("Plan a payment")
    hand.write("To whom", "@ben")
    hand.write("How much", "9")
    hand.reach(page.get_by_label("How often"))
    hand.press("ArrowDown", "ArrowDown")
    expect(page.get_by_label("How often")).to_have_value("month")
    hand.button("Plan ¥9.00")
    expect(page.get_by_text("Running")).to_be_visible()
    hand.button("End it for good")
    hand.button("End it for good", hand.sheet)
    expect(page.get_by_text("Ended")).to_be_visible()
    hand.link("You")
    hand.link("Gifts")
    hand.button("Give money with a card")
    hand.write("How much", "1.11")
    hand.write("Message", "For tea")
    hand.button("Give ¥1.11")
    expect(page.get_by_text("Send this link")).to_be_visible()
    hand.link("You")
    hand.link("Devices and recovery")
    hand.button("Add a device")
    expect(page.get_by_role("img", name="Add a device")).to_be_visible()


def test_a_second_device_is_let_in_by_a_passkey_of_its_own_and_removed_by_keys_alone(
    opened: Open,
) -> None:
    first, second = opened(passkey=True), opened(passkey=True)
    newcomer(first, "Ida")
    page, hand, other = first.page, Hand(first.page), Hand(second.page)
    hand.link("You")
    hand.link("Devices and recovery")
    hand.button("Add a device")
    expect(page.get_by_role("img", name="Add a device")).to_be_visible()
    second.page.goto(page.locator("code").inner_text())
    other.button("Add this device")
    expect(second.page.get_by_text("Hello, Ida")).to_be_visible()
    expect(page.get_by_text("The new device is in.")).to_be_visible()
    expect(page.get_by_role("img", name="Add a device")).to_have_count(0)
    other.link("Receive")  # it is as good as the first
    other.at("Receive")
    hand.button("Remove")
    hand.button("Remove", hand.sheet)
    expect(page.get_by_text("Removed", exact=True)).to_be_visible()
    expect(page.locator(":focus")).to_have_count(1)
    expect(second.page.get_by_role("button", name="Log in with a passkey")).to_be_visible()


def test_what_moved_is_looked_for_sorted_and_taken_away_by_keys_alone(
    town: Town, hand: Hand
) -> None:
    page, dialog = hand.page, hand.page.get_by_role("dialog")
    body = {"amount_minor": 111, "currency": "CNY", "recipient": town.id("mei"), "card": "plain"}
    town.call("ada", "POST /v1/gifts", body)
    hand.link("All")
    hand.at("Activity")
    opener = page.get_by_role("button", name="More to look for")
    hand.use(opener)
    hand.use(dialog.get_by_label("Gifts and envelopes"), "Space")
    hand.button("Show", dialog)
    expect(opener).to_be_focused()
    chip = page.get_by_role("button", name="Without Gifts and envelopes")
    hand.use(chip)
    expect(chip).to_have_count(0)
    hand.use(page.get_by_role("button", name="All headings"), "Space")
    hand.use(page.get_by_role("button", name=re.compile("Gifts and envelopes")))
    expect(chip).to_be_visible()
    hand.reach(page.get_by_role("button", name="Table (CSV)"))
    with page.expect_download() as taken:
        hand.press("Enter")
    assert "1.11" in taken.value.path().read_text("utf-8-sig")
