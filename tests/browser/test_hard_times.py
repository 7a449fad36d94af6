"""The till and the console when things are not as one wishes: lines that drop, names that run the
other way, amounts of twelve digits, ten thousand rows, a server that takes its time.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import Open, Town, enter

from sycee.core.parties import parties
from sycee.kit.ids import parse
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import Transfer
from sycee.runtime.db import Database
from sycee.runtime.postgres.cluster import Cluster

ROWS = 10_000
TWELVE = 999_999_999_999


def fits(page: Page) -> None:
    """Nothing sticks out of the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} px too wide at {page.url}"


@pytest.fixture(scope="module")
def bazaar(town: Town) -> str:
    """A shop with a name from right to left and ten thousand sales."""
    handle = "bazaar.nur"
    body = {"kind": "merchant", "display_name": "بازار النور ١٢٣", "handle": handle}
    shop = parse("par", town.call("townhall", "POST /v1/parties", body)["id"])
    database = Database(Cluster(town.home, "main").url)
    with database.read() as tx:
        payer = parties.find(tx, "dora")
    assert payer is not None
    for _ in range(ROWS // 500):
        with database.transaction(timeout_ms=5_000) as tx:
            done = wallet.transfer(tx, [Transfer(payer, shop, 1, "CNY")] * 500)
            assert all(isinstance(each, wallet.Made) for each in done), done[0]
    database.close()
    return "بازار النور ١٢٣"


def test_a_till_that_lost_its_line_says_so_and_catches_up(town: Town, opened: Open) -> None:
    window = opened()
    window.allow("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
    till = enter(window, "Jade Teahouse", "merchant")
    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    body = {"payee": town.id("jade"), "currency": "CNY"}
    town.call("ada", "POST /v1/transfers", {**body, "amount_minor": 1_111})
    expect(till.get_by_text("+¥11.11")).to_be_visible()
    window.context.set_offline(True)
    expect(till.get_by_text("Not connected")).to_be_visible()
    for minor in (2_222, 3_333):
        town.call("ada", "POST /v1/transfers", {**body, "amount_minor": minor})
    window.context.set_offline(False)
    expect(till.get_by_text("+¥22.22")).to_be_visible()
    expect(till.get_by_text("+¥33.33")).to_be_visible()
    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    assert till.get_by_text("+¥11.11").count() == 1, "nothing is told twice"


def test_ten_thousand_sales_of_a_name_from_right_to_left_open_and_go_on(
    town: Town, opened: Open, bazaar: str
) -> None:
    page = enter(opened(), bazaar, "merchant")
    page.goto("/merchant/today")
    expect(page.get_by_text(re.compile("10.?000 payments"))).to_be_visible()
    rows = page.get_by_role("link", name=re.compile("Dora"))
    expect(rows).to_have_count(20)
    for count in (40, 60):
        page.get_by_role("button", name="Show more").click()
        expect(rows).to_have_count(count)
    fits(page)
    page.goto("/merchant/shop")
    expect(page.get_by_role("heading", name=bazaar)).to_be_visible()
    fits(page)
    desk = enter(opened(), "Town Hall", "console")
    desk.goto("/console/parties?kind=merchant")
    desk.get_by_role("link", name=bazaar).click()
    table = desk.get_by_role("table", name="Accounts")
    table.get_by_role("link", name="Shops’ takings").click()
    expect(desk.get_by_role("button", name="Show more")).to_be_visible()
    fits(desk)


@pytest.mark.usefixtures("bazaar")
def test_who_paid_ten_thousand_times_takes_everything_along(opened: Open) -> None:
    page = enter(opened(), "Dora")
    page.goto("/wallet/data")
    with page.expect_download() as file:
        page.get_by_role("button", name="JSON").click()
    kept = json.loads(Path(file.value.path()).read_text())["kept"]
    assert len(kept["transfers"]) >= ROWS
    with page.expect_download() as file:
        page.get_by_role("button", name="PDF").click()
    assert Path(file.value.path()).read_bytes().startswith(b"%PDF-")


def test_twelve_digits_fit_the_till_a_link_and_the_desk(town: Town, opened: Open) -> None:
    page = enter(opened(), "Jade Teahouse", "merchant")
    page.keyboard.type("9" * 12)
    expect(page.get_by_label("How much")).to_have_text(re.compile("9,999,999,999.99"))
    fits(page)
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_role("img")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Cancel").click()
    body = {"amount_minor": TWELVE, "currency": "CNY", "title": "A palace", "title_public": True}
    link = town.call("jade", "POST /v1/links", body)
    page.goto(f"/merchant/links/{link['id']}")
    expect(page.get_by_text("¥9,999,999,999.99")).to_be_visible()
    fits(page)
    page.goto("/merchant/links")
    expect(page.get_by_text("A palace")).to_be_visible()
    fits(page)
    trade = {"currency": "CNY", "title": "A palace", "buyer": town.id("ada")}
    line = {"title": "Palace", "quantity": 1, "unit_price_minor": TWELVE}
    town.call("jade", "POST /v1/trades", {**trade, "lines": [line]})
    desk = enter(opened(), "Town Hall", "console")
    desk.goto("/console/trades")
    expect(desk.get_by_text("¥9,999,999,999.99").first).to_be_visible()
    fits(desk)
    town.call("jade", f"DELETE /v1/links/{link['id']}")


def test_a_server_that_takes_three_seconds_charges_once_however_often_one_presses(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Jade Teahouse", "merchant")
    calls: list[str] = []

    def late(route: Route) -> None:
        calls.append(route.request.headers["idempotency-key"])
        time.sleep(3)
        route.continue_()

    page.route("**/v1/charges", late)
    code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 500, "currency": "CNY"})
    page.keyboard.type("432")
    page.get_by_role("button", name="Take a pay code").click()
    page.get_by_label("The 18 digits").fill(code["code"])
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    assert len(calls) == 1
    sales = town.call("jade", "GET /v1/sales?limit=2")["items"]
    assert [each["amount_minor"] for each in sales].count(432) == 1


def test_a_till_marks_the_language_that_another_window_chose(opened: Open) -> None:
    window = opened()
    page = enter(window, "Jade Teahouse", "merchant")
    page.goto("/merchant/shop")
    expect(page.get_by_role("radio", name="English")).to_be_checked()
    other = window.context.new_page()
    other.goto("/merchant/shop")
    other.get_by_text("Deutsch").click()
    expect(page.get_by_role("radio", name="Deutsch")).to_be_checked()
    page.get_by_text("English").click()
    expect(page.get_by_role("radio", name="English")).to_be_checked()
    expect(other.get_by_role("radio", name="English")).to_be_checked()
