"""What goes wrong with a wallet in the hand: sessions, networks, cameras, tabs, names, amounts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import Open, Town, Watched, enter, unused
from tests.browser.scene import IBAN
from tests.browser.test_wallet import balance, fill_payment, paid, pay

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.kit.clock import micros
from sycee.kit.ids import parse, uuid7
from sycee.runtime.db import Database
from sycee.runtime.postgres import Cluster

REFUSED = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException('no', 'NotAllowedError'))"""
LAMP = """navigator.mediaDevices.getUserMedia = () => {
  const canvas = document.createElement('canvas')
  const brush = canvas.getContext('2d')
  setInterval(() => brush.fillRect(0, 0, 9, 9), 40) // without a picture nothing plays
  const stream = canvas.captureStream()
  const [track] = stream.getVideoTracks()
  track.getCapabilities = () => ({ torch: true })
  window.lamp = []
  track.applyConstraints = async (wanted) => window.lamp.push(wanted.advanced[0].torch)
  return Promise.resolve(stream)
}"""
"""A camera with a lamp, which tells what it was asked."""

KEYED = ("", "send?to=ada", "scan", "code", "me", "money", "split", "schedules/new", "contacts")
CONTROLS = """[...document.querySelectorAll('a[href], button, input, select, textarea')].filter(
  (each) => !each.disabled && each.type !== 'radio' && each.checkVisibility())"""
"""What can be used on a screen; of radio buttons a group is one stop, and arrows do the rest."""

MARK = """(() => { const now = document.activeElement
  const style = (each) => each && getComputedStyle(each).outlineStyle !== 'none'
  const seen = style(now) || style(now.closest('label')) || now.classList.contains('money')
  if (seen) now.dataset.reached = 'yes' })()"""
ROWS = 10_000


def newcomer(window: Watched, name: str) -> str:
    """Somebody who registers; their id."""
    page, handle = window.page, unused("n")
    page.goto("/wallet/")
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Handle").fill(handle)
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("link", name="Send")).to_be_visible()
    page.goto("/wallet/me")
    return page.get_by_text(re.compile("^par_")).inner_text()


def widest(page: Page) -> int:
    """How far the page reaches beyond its window, in pixels."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_a_session_that_ends_in_mid_payment_moves_nothing_and_asks_to_log_in(
    town: Town, opened: Open
) -> None:
    before = balance(town, "ben")
    window = opened()
    page = enter(window, "Ada")
    fill_payment(page, "ben", "2")
    other = window.context.new_page()
    other.goto("/wallet/me")

    def end(route: Route) -> None:
        other.get_by_role("button", name="Log out").click()
        expect(other.get_by_role("button", name="Log in with a passkey")).to_be_visible()
        route.continue_()

    page.route("**/v1/payments", end, times=1)
    pay(page)
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_visible()
    assert balance(town, "ben") == before


def test_a_network_that_drops_after_the_approval_is_found_out(town: Town, opened: Open) -> None:
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Ada")
    fill_payment(page, "dora", "600")  # more than may go without an approval

    def drop(route: Route) -> None:
        if '"mandate":"mdt_' not in (route.request.post_data or ""):
            return route.continue_()  # the first try, which asks for the approval
        window.context.set_offline(True)
        return route.abort()

    page.route("**/v1/payments", drop)
    pay(page)
    expect(page.get_by_text("No answer came")).to_be_visible()
    assert balance(town, "dora") == before
    window.allow("ERR_FAILED", "ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
    page.unroute("**/v1/payments")
    window.context.set_offline(False)
    page.get_by_role("button", name="Find out").click()
    paid(page)
    assert balance(town, "dora") - before == 60_000


def test_a_request_that_two_tabs_pay_is_paid_once(town: Town, opened: Open) -> None:
    asked = {"payer": "chen", "amount_minor": 777, "currency": "CNY"}
    made = town.call("dora", "POST /v1/requests", asked)
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Chen Jing")
    other = window.context.new_page()
    for tab in (page, other):
        tab.goto(f"/wallet/requests/{made['id']}")
        expect(tab.get_by_role("button", name="Pay ¥7.77")).to_be_visible()
    page.get_by_role("button", name="Pay ¥7.77").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    other.get_by_role("button", name="Pay ¥7.77").click()
    expect(other.get_by_role("alert")).to_be_visible()
    assert balance(town, "dora") - before == 777


def test_a_server_that_takes_three_seconds_shows_that_it_works_and_is_paid_once(
    town: Town, opened: Open
) -> None:
    before = balance(town, "ben")
    page = enter(opened(), "Dora")
    fill_payment(page, "ben", "1")

    def later(route: Route) -> None:
        page.wait_for_timeout(3_000)
        route.continue_()

    page.route("**/v1/payments", later, times=1)
    button = page.locator("button[type=submit]")
    button.dblclick()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_be_disabled()
    paid(page)
    assert balance(town, "ben") - before == 100


def test_a_camera_that_is_refused_leaves_a_photo_and_the_keyboard(town: Town, opened: Open) -> None:
    import segno

    window = opened()
    window.page.add_init_script(REFUSED)
    page = enter(window, "Ada")
    page.goto("/wallet/scan")
    expect(page.get_by_text("The camera is not allowed here")).to_be_visible()
    code = segno.make(f"{town.address}/wallet/send?to=ben&amount=150", error="m")
    picture = town.home / "photo.png"
    code.save(str(picture), scale=8, border=4)
    page.locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_role("button", name="Pay ¥1.50")).to_be_visible()


def test_a_camera_with_a_lamp_has_a_button_for_it_and_one_without_has_none(opened: Open) -> None:
    window = opened()
    window.page.add_init_script(LAMP)
    page = enter(window, "Ada")
    page.goto("/wallet/scan")
    button = page.get_by_role("button", name="Light")
    button.click()
    button.click()
    page.wait_for_function("window.lamp.length === 2")
    assert page.evaluate("window.lamp") == [True, False]
    dark = enter(opened(), "Ben")
    dark.goto("/wallet/scan")
    expect(dark.locator(".corners")).to_be_visible()  # its camera is on
    expect(dark.get_by_role("button", name="Light")).to_have_count(0)


def history(town: Town, owner: str) -> None:
    """Ten thousand movements of one purse, written straight into the town's ledger."""
    database = Database(Cluster(town.home, "main").url)
    for _ in range(10):
        with database.transaction(timeout_ms=10_000) as tx:
            bank = accounts.open_house(tx, "bank", "CNY")
            purse = parties.account(tx, parse("par", owner), "wallet", "CNY")
            millis = micros(tx.now) // 1_000
            rows = [
                Transfer(uuid7(millis), bank, purse, 100, code="deposit.demo")
                for _ in range(ROWS // 10)
            ]
            post_all(tx, rows)
    database.close()


@pytest.mark.parametrize("screen", ["limits", "devices"])
def test_what_could_not_be_read_is_not_awaited_for_ever(opened: Open, screen: str) -> None:
    page = enter(opened(), "Ada")
    page.route(f"**/v1/{screen}*", lambda route: route.fulfill(status=500))
    page.goto(f"/wallet/{screen}")
    expect(page.get_by_role("button", name="Try again").first).to_be_visible()
    expect(page.locator(".ghost")).to_have_count(0)


def test_ten_thousand_movements_come_a_page_at_a_time_as_one_scrolls(
    town: Town, opened: Open
) -> None:
    window = opened(passkey=True)
    ro = newcomer(window, "Ro")
    page = window.page
    for screen in ("", "activity"):
        page.goto(f"/wallet/{screen}")
        expect(page.get_by_text("Nothing yet")).to_be_visible()
    history(town, ro)
    page.goto("/wallet/activity")  # what the phone remembers still has no purse
    rows = page.locator("main li")
    for seen in (50, 100, 150, 200):
        expect(rows.nth(seen - 1)).to_be_attached()
        rows.last.scroll_into_view_if_needed()
    assert rows.count() < 1_000, "what nobody scrolls to is not fetched"
    page.get_by_label("Find", exact=True).fill("nobody of that name")  # asked of the house
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_label("Find", exact=True).fill("1.00")
    expect(page.locator("main li").nth(49)).to_be_attached()
    page.get_by_label("Find", exact=True).fill("")
    page.get_by_role("button", name="All headings").click()
    expect(page.get_by_text(re.compile("10.000 movements"))).to_be_visible()
    page.goto("/wallet/")
    expect(page.get_by_text("¥10,000.00", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_names_from_right_to_left_and_twelve_digits_stay_in_their_place(
    town: Town, opened: Open, width: int
) -> None:
    window = opened(passkey=True, width=width)
    lior = newcomer(window, "ליאור (1)")
    page = window.page
    page.goto("/wallet/")
    expect(page.get_by_text("Hello, \u2068ליאור (1)\u2069")).to_be_visible()
    payer = enter(opened(width=width), "Ada")
    payer.goto(f"/wallet/send?to={lior}&amount=123456789012")
    name = payer.locator("bdi", has_text="ליאור (1)").first
    expect(name).to_be_visible()
    expect(payer.get_by_text("¥1,234,567,890.12", exact=True)).to_be_visible()
    assert widest(payer) <= 0
    payer.goto(f"/wallet/send?to={lior}")
    payer.get_by_label("How much").fill("1234567890.12")
    expect(payer.get_by_text("in the wallet")).to_be_visible()
    assert widest(payer) <= 0


def test_every_control_of_every_screen_is_reached_by_the_tabulator_and_shows_it(
    opened: Open,
) -> None:
    page = enter(opened(), "Ben")
    missed: list[str] = []
    for screen in KEYED:
        page.goto(f"/wallet/{screen}")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".ghost")).to_have_count(0)  # the rows have come
        left = f"{CONTROLS}.filter((each) => !each.dataset.reached).map((each) => each.outerHTML)"
        for _ in range(3):  # round again: a row may come when the hand is past its place
            for _ in range(page.evaluate(CONTROLS + ".length") + 2):
                page.keyboard.press("Tab")
                page.evaluate(MARK)
            if not page.evaluate(left):
                break
        missed += [f"{screen}: {each[:120]}" for each in page.evaluate(left)]
    assert missed == []


def test_what_is_more_than_the_balance_cannot_be_paid_out(opened: Open) -> None:
    page = enter(opened(), "Ben")
    page.goto("/wallet/money")
    page.get_by_text("Pay out", exact=True).click()
    page.get_by_label("IBAN").fill(IBAN)
    page.get_by_label("Name of the account").fill("Ben")
    page.get_by_label("How much").fill("99999999")
    expect(page.get_by_text("in the wallet")).to_be_visible()
    expect(page.get_by_role("button", name="Pay out ¥99,999,999.00")).to_be_disabled()
    page.get_by_text("Pay in", exact=True).click()
    expect(page.get_by_text("in the wallet")).to_have_count(0)
