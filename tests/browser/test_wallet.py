"""What a person does in the wallet, in a real browser against a real town."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser import conftest
from tests.browser.conftest import Open, Town, enter, unused


def balance(town: Town, handle: str) -> int:
    return town.call(handle, "GET /v1/accounts")["items"][0]["balance_minor"]


def fill_payment(page: Page, to: str, amount: str) -> None:
    page.goto(f"/wallet/send?to={to}")
    page.get_by_label("How much").fill(amount)


def pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay ¥")).click()


def paid(page: Page) -> None:
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()


def test_a_resident_sends_money_by_the_keyboard_alone(town: Town, opened: Open) -> None:
    before = balance(town, "ben")
    page = enter(opened(), "Ada")
    page.get_by_role("link", name="Send").focus()
    page.keyboard.press("Enter")
    page.get_by_label("To whom").press_sequentially("@ben")
    page.keyboard.press("Enter")
    expect(page.get_by_label("How much")).to_be_focused()
    page.keyboard.type("12.34")
    page.keyboard.press("Tab")
    page.keyboard.type("tea")
    page.keyboard.press("Enter")
    paid(page)
    assert balance(town, "ben") - before == 1_234
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text("tea", exact=True)).to_be_visible()
    expect(page.get_by_text("-¥12.34")).to_be_visible()
    page.goto("/wallet/activity")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Table (CSV)").click()
    assert "12.34" in taken.value.path().read_text("utf-8-sig")


def test_a_newcomer_registers_and_pays_by_passkey_what_wants_a_touch(
    town: Town, opened: Open
) -> None:
    page = opened(passkey=True).page
    page.goto("/wallet/")
    page.get_by_role("button", name="New here").click()
    handle = unused("nia")
    page.get_by_label("Your name").fill("Nia")
    page.get_by_label("Handle").fill(handle)
    page.get_by_role("button", name="Make a passkey").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Save").click()
    assert len(kept.value.path().read_text().split()) == 10
    page.reload()  # they are shown once, and nobody has said that they are kept
    expect(page.get_by_text("Hello, Nia")).to_be_visible()
    page.get_by_role("link", name="Make new ones").click()
    page.get_by_role("button", name="Make new ones").click()
    said = page.get_by_role("button", name="I have kept them")
    said.click()
    expect(said).to_have_count(0)
    page.goto("/wallet/")
    expect(page.get_by_text("Hello, Nia")).to_be_visible()
    expect(page.get_by_role("link", name="Make new ones")).to_have_count(0)
    town.call(
        "ada", "POST /v1/payments", {"payee": handle, "amount_minor": 60_000, "currency": "CNY"}
    )
    page.reload()
    expect(page.get_by_text("¥600.00", exact=True)).to_be_visible()
    fill_payment(page, "ben", "500")  # more than may go without a touch
    expect(page.get_by_text("never paid this person")).to_be_visible()
    pay(page)
    paid(page)
    page.go_back()  # leads to no payment that could be sent again
    expect(page.get_by_role("button", name=re.compile("^Pay ¥"))).to_have_count(0)


def test_two_taps_and_a_lost_answer_are_one_payment(town: Town, opened: Open) -> None:
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Chen Jing")
    fill_payment(page, "dora", "3")

    def lose(route: Route) -> None:
        route.fetch()  # the server hears and pays …
        route.abort()  # … and its answer never comes

    page.route("**/v1/payments", lose, times=1)
    page.get_by_role("button", name=re.compile("^Pay ¥")).dblclick()
    expect(page.get_by_text("No answer came")).to_be_visible()
    window.allow("ERR_FAILED")
    page.get_by_role("button", name="Find out").click()
    paid(page)
    assert balance(town, "dora") - before == 300


def test_the_wallet_opens_offline_and_its_pay_code_is_good(town: Town, opened: Open) -> None:
    before = balance(town, "jade")
    window = opened(service_workers="allow")
    page = enter(window, "Dora")
    page.get_by_role("link", name="Pay code").click()
    page.get_by_label("Most that one code may take").fill("50")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="Pay code")).to_be_visible()
    until = time.monotonic() + 30
    while page.evaluate("navigator.serviceWorker.controller === null"):
        assert time.monotonic() < until, "the service worker does not take over"
        time.sleep(0.05)
    window.context.set_offline(True)
    page.goto("/wallet/")
    expect(page.get_by_text("it may have changed since")).to_be_visible()
    page.get_by_role("link", name="Pay code").click()
    digits = page.locator(".digits").inner_text()
    code = re.sub(r"\D", "", digits)
    charge = {"code": code, "amount_minor": 4_200, "currency": "CNY"}
    town.call("jade", "POST /v1/charges", charge)
    assert balance(town, "jade") - before == 4_200
    page.goto("/wallet/send?to=ben")
    expect(page.get_by_text("No connection.", exact=True).first).to_be_visible()
    window.allow("ERR_INTERNET_DISCONNECTED")


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_an_hour_off_is_no_trouble_to_payments_and_pay_codes(
    town: Town, opened: Open, hours: int
) -> None:
    window = opened()
    window.page.add_init_script(
        f"{{const now = Date.now.bind(Date); Date.now = () => now() + {hours} * 3_600_000}}"
    )
    page = enter(window, "Ada")
    expect(page.get_by_text("Hello, Ada")).to_be_visible()
    expect(page.get_by_text("No connection")).to_have_count(0)
    fill_payment(page, "mei", "1")
    pay(page)
    paid(page)
    page.goto("/wallet/code")
    page.get_by_label("Most that one code may take").fill("50")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="Pay code")).to_be_visible()
    code = re.sub(r"\D", "", page.locator(".digits").inner_text())
    charge = {"code": code, "amount_minor": 4_300, "currency": "CNY"}
    town.call("jade", "POST /v1/charges", charge)


def test_an_envelope_is_sent_opened_by_a_friend_and_checked_in_the_browser(opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/envelopes")
    page.get_by_role("button", name="Make an envelope").click()
    page.get_by_label("In the envelope").fill("8.88")
    page.get_by_label("For how many").fill("1")
    page.get_by_role("button", name="Put in ¥8.88").click()
    link = page.locator("code").inner_text()
    friend = enter(opened(), "Ben")
    friend.goto(link)
    friend.get_by_role("button", name="Open the envelope").click()
    expect(friend.get_by_text("¥8.88").first).to_be_visible()
    expect(friend.get_by_text("Best luck")).to_be_visible()
    friend.get_by_role("button", name="Check it here").click()
    expect(friend.get_by_text("All shares follow from the seed")).to_be_visible()


def test_a_buyer_walks_an_order_from_payment_to_the_goods(town: Town, opened: Open) -> None:
    made = town.call(
        "jade",
        "POST /v1/trades",
        {
            "currency": "CNY",
            "title": "A pound of oolong",
            "buyer": town.id("ada"),
            "lines": [{"title": "Oolong", "quantity": 1, "unit_price_minor": 8_000}],
        },
    )
    page = enter(opened(), "Ada")
    page.get_by_role("link", name="A pound of oolong").click()
    page.get_by_role("button", name="Pay ¥80.00").click()
    expect(page.get_by_text("Held for this order")).to_be_visible()
    town.call(
        "jade", f"POST /v1/trades/{made['id']}/ship", {"carrier": "SF", "tracking_number": "1"}
    )
    page.reload()
    page.get_by_role("button", name="I have it: pay the seller").click()
    page.get_by_role("dialog").get_by_role("button", name="I have it").click()
    expect(page.get_by_text("Held for this order")).to_have_count(0)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    assert town.call("jade", f"GET /v1/trades/{made['id']}")["state"] == "finished"


def test_a_code_before_the_camera_is_scanned_and_paid_in_two_taps(
    town: Town, chromium: Browser, tmp_path: Path
) -> None:
    video = tmp_path / "code.y4m"
    film(video, f"{town.address}/wallet/send?to=ben&amount=250")
    flags = [*conftest.FLAGS, f"--use-file-for-fake-video-capture={video}"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = chromium.browser_type.launch(executable_path=conftest.CHROMIUM, args=flags)
    page = browser.new_page(base_url=town.address, locale="en-GB")
    page.goto("/wallet/")
    page.get_by_role("button", name="Ada").click()
    page.get_by_role("link", name="Scan").click()  # the first tap
    pay(page)  # the second
    paid(page)
    browser.close()


def film(path: Path, text: str) -> None:
    """A short film of a code held before a camera: YUV4MPEG2, grey levels alone."""
    import segno

    side, modules = 480, list(segno.make(text, error="m").matrix_iter(scale=1, border=4))
    scale = side // len(modules)
    start = (side - scale * len(modules)) // 2
    grey = bytearray(b"\xeb" * (side * side))
    for y, line in enumerate(modules):
        for x, dark in enumerate(line):
            if dark:
                for row in range(scale):
                    at = (start + y * scale + row) * side + start + x * scale
                    grey[at : at + scale] = b"\x10" * scale
    chroma = b"\x80" * (side * side // 2)
    frame = b"FRAME\n" + bytes(grey) + chroma
    path.write_bytes(b"YUV4MPEG2 W480 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 5)


@pytest.mark.parametrize(
    ("locale", "greeting", "send"),
    [("zh-CN", "你好，Ada", "转账"), ("de-DE", "Hallo, Ada", "Senden")],
)
def test_it_speaks_the_readers_language(
    opened: Open, locale: str, greeting: str, send: str
) -> None:
    page = enter(opened(locale=locale, width=1280), "Ada")
    expect(page.get_by_text(greeting)).to_be_visible()
    expect(page.get_by_role("link", name=send, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") in ("zh-Hans", "de")


def test_a_person_sees_who_looked_and_the_browser_proves_it(town: Town, opened: Open) -> None:
    body = {"payee": "mei", "amount_minor": 100, "currency": "CNY", "memo": "for the tea"}
    made = town.call("ben", "POST /v1/payments", body)
    town.call("mei", f"GET /v1/memos?of={made['id']}")  # opens what Ben wrote
    page = enter(opened(), "Ben")
    page.goto("/wallet/data")
    expect(page.get_by_text("Contract").first).to_be_visible()
    until = time.monotonic() + 60
    while page.get_by_text("this browser computed it").count() == 0:
        assert time.monotonic() < until, page.inner_text("main")
        page.reload()
        expect(page.get_by_text("Contract").first).to_be_visible()
        page.get_by_role("button", name="Check here").first.click()
        time.sleep(0.3)
