"""The desks of the house by the keyboard alone, and each role with what it may see."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.browser import layout
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.seeing import faults
from tests.browser.test_console import balance
from tests.browser.views import lead

from sycee.core.policy import gates
from sycee.core.policy.gates import Stop
from sycee.core.policy.model import Operation
from sycee.runtime.db import Database
from sycee.runtime.postgres import Cluster

WIDE = {"width": 1280, "height": 900}
SCREENS = (
    "pulse", "trades", "disputes", "bank", "safeguarding", "parties", "ledger", "ledger/accounts",
    "orders", "gates", "jobs", "devices", "log", "liabilities", "terms", "new-year", "nowhere",
)  # fmt: skip


def trade_of(town: Town, title: str, minor: int = 4_000) -> str:
    """A paid order of Ada's at the grocer's."""
    line = {"title": "One", "quantity": 1, "unit_price_minor": minor}
    made = town.call(
        "grocer",
        "POST /v1/trades",
        {"currency": "CNY", "title": title, "buyer": town.id("ada"), "lines": [line]},
    )
    town.call("ada", f"POST /v1/trades/{made['id']}/pay", {})
    return made["id"]


def test_the_mediator_rules_by_the_keyboard_alone(town: Town, opened: Open) -> None:
    trade = trade_of(town, "A jar that leaked")
    town.call("grocer", f"POST /v1/trades/{trade}/ship", {})
    town.call("ada", f"POST /v1/trades/{trade}/dispute", {"reason": "damaged"})
    ada = balance(town, "ada", "wallet")
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Mei, the mediator")
    expect(page.get_by_role("link", name="A jar that leaked")).to_be_visible()
    keys.press("j")  # the newest dispute is the first row
    expect(page.get_by_role("link", name="A jar that leaked")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Ruling", exact=True)).to_be_visible()
    rule = page.get_by_role("button", name="Rule", exact=True)
    keys.write(re.compile("^Ada"), "25")
    keys.write(re.compile("^Green Grocer"), "14.99")
    expect(rule).to_be_disabled()  # a unit is left
    keys.write(re.compile("^Green Grocer"), "15")
    keys.press("Enter")
    expect(keys.sheet).to_be_visible()
    keys.shut()  # a second thought
    keys.use(rule)
    keys.button("Give the ruling", keys.sheet)
    expect(page.get_by_text("The ruling is given")).to_be_visible()
    assert balance(town, "ada", "wallet") - ada == 2_500


def test_letters_lead_through_the_console_and_a_question_mark_tells_which(
    town: Town, opened: Open
) -> None:
    trade = trade_of(town, "A bag of keys")
    page = enter(opened(**WIDE), "Town Hall", "console")
    expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
    for group, screens in (("Money", "Trades Disputes Bank Ledger"), ("Proofs", "Safeguarding")):
        for screen in screens.split():
            link = page.get_by_role("list", name=group).get_by_role("link", name=screen)
            expect(link).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By the keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    for letter, heading in (
        ("g", "Gates"),
        ("j", "Jobs"),
        ("l", "Chart of accounts"),
        ("t", "Trades"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    page.get_by_role("link", name="A bag of keys").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/console/trades/{trade}$"))
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    palette = page.get_by_role("combobox", name="A screen, an id, or @handle")
    page.keyboard.press("/")
    expect(palette).to_be_focused()
    page.keyboard.type(trade)
    expect(palette).to_have_value(trade)
    # The letters count at once, also where what had the focus before the palette is gone.
    for letter, heading in (("a", "Parties"), ("t", "Trades")):
        for key in ("Escape", "g", letter):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("/")
        expect(palette).to_be_focused()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    # Letters are letters where one types.
    page.goto("/console/parties")
    page.get_by_label("By handle").click()
    page.keyboard.type("gt?")
    expect(page.get_by_label("By handle")).to_have_value("gt?")
    expect(page).to_have_url(re.compile("/console/parties"))


def test_on_a_phone_the_menu_holds_the_same_groups_and_shuts_by_itself(opened: Open) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Town Hall", "console")
    menu = page.locator("summary")
    menu.click()
    trades = page.get_by_role("list", name="Money").get_by_role("link", name="Trades")
    expect(trades).to_be_visible()
    found = [*faults(page, "the menu"), *layout.faults(page)]
    assert found == [], "\n".join(found)
    page.keyboard.press("Escape")
    expect(trades).to_be_hidden()
    expect(menu).to_be_focused()
    menu.press("Enter")
    page.get_by_role("combobox", name="Language").select_option("zh")
    page.get_by_role("link", name="闸门").click()
    expect(page.get_by_role("heading", name="闸门", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="闸门")).to_be_hidden()


def test_a_shut_gate_is_seen_with_the_order_that_shut_it(town: Town, opened: Open) -> None:
    page = enter(opened(**WIDE), "Town Hall", "console")
    page.goto("/console/gates")
    expect(page.get_by_role("rowheader", name="Escrow")).to_be_visible()
    items = town.call("townhall", "GET /v1/gates")["items"]
    shut = page.get_by_role("cell", name=re.compile("^Shut"))
    if items:
        expect(shut.first).to_be_visible()
    else:
        expect(page.get_by_text("Everything is open.")).to_be_visible()
        expect(shut).to_have_count(0)
    database = Database(Cluster(town.home, "main").url)
    places = [
        Stop("rides", Operation.PAYOUT, each, tiers=("class-1",)) for each in ("CN", "Harbour")
    ]
    with database.transaction() as tx:
        made = gates.shut(tx, places)
    page.goto("/console/gates")
    for place in ("China", "Harbour"):
        expect(page.get_by_text(f"only for some: in {place}; tier class-1")).to_be_visible()
    with database.transaction() as tx:
        gates.reopen(tx, [each.id for each in made])
    database.close()


def test_a_town_that_was_left_still_says_so(town: Town, opened: Open) -> None:
    page = enter(opened(**WIDE), "Town Hall", "console")
    slider = page.get_by_role("slider", name="Their pace")
    expect(slider).to_be_disabled()
    expect(page.get_by_text("SYCEE_TOWN_PACE=0")).to_be_visible()
    told = town.call("townhall", "PUT /v1/demo/pace", {"per_minute": 25})
    assert (told["per_minute"], told["lives"]) == (25, False)
    page.reload()
    expect(page.get_by_text("25 deeds a minute")).to_be_visible()
    town.call("townhall", "PUT /v1/demo/pace", {"per_minute": 0})


def test_an_auditor_is_asked_in_looks_and_changes_nothing(town: Town, opened: Open) -> None:
    desk = enter(opened(**WIDE), "Town Hall", "console")
    desk.goto("/console/devices")
    desk.get_by_role("button", name="Ask an auditor in").click()
    address = desk.get_by_role("dialog").locator("code").inner_text()
    auditor = opened(passkey=True, **WIDE).page
    auditor.goto(address)
    auditor.get_by_role("button", name="Come in").click()
    expect(auditor.get_by_role("link", name="Log", exact=True)).to_be_visible()
    for closed in ("Pulse", "Bank", "Orders", "Devices", "Parties"):
        expect(auditor.get_by_role("link", name=closed, exact=True)).to_have_count(0)
    auditor.get_by_role("link", name="Liabilities").click()
    expect(auditor.get_by_role("heading", name="Liabilities", level=1)).to_be_visible()
    auditor.goto("/console/pulse")  # by its address, too
    expect(auditor.get_by_text("You may not do that.").first).to_be_visible()
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Take off").first.click()
    desk.get_by_role("dialog").get_by_role("button", name="Take off").click()
    expect(desk.get_by_role("dialog")).to_have_count(0)


@pytest.fixture(scope="module")
def regulator(town: Town) -> str:
    body = {"kind": "regulator", "display_name": "The Authority", "handle": "authority.desk"}
    town.call("townhall", "POST /v1/parties", body)
    return "The Authority"


def test_the_regulator_sees_orders_gates_and_the_log_and_nobodys_money(
    opened: Open, regulator: str
) -> None:
    page = enter(opened(**WIDE), regulator, "console")
    for shown in ("Orders", "Gates", "Safeguarding", "Log", "Liabilities"):
        page.get_by_role("link", name=shown, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text("You may not do that.")).to_have_count(0)
    for closed in ("Pulse", "Trades", "Ledger", "Parties", "Bank", "Disputes"):
        expect(page.get_by_role("link", name=closed, exact=True)).to_have_count(0)


def test_in_a_low_window_the_last_places_stand_above_who_is_here(opened: Open) -> None:
    keys = Keys(opened(width=1280, height=800).page)
    keys.page.goto("/console/")
    keys.button("Town Hall")
    places = keys.page.get_by_role("navigation", name="Console")
    for place in ("Liabilities", "Devices"):
        assert keys.comes_into_sight(places.get_by_role("link", name=place)), place


def test_the_operator_takes_a_shop_in_by_keys_alone(town: Town, opened: Open) -> None:
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Town Hall")
    expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
    keys.press("g", "a")
    keys.button("New party")
    keys.write("Name", "The Paper Mill", exact=True)
    keys.write("Handle", "paper.mill", exact=True)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="The Paper Mill", level=1)).to_be_visible()
    found = town.call("townhall", "GET /v1/directory/paper.mill")
    assert (found["kind"], found["display_name"]) == ("merchant", "The Paper Mill")
    assert page.url.endswith(found["id"])


def test_every_screen_of_the_console_is_accessible_with_its_details_and_dialogs(
    town: Town, opened: Open
) -> None:
    trade = trade_of(town, "Seen by everyone")
    town.call("ada", f"POST /v1/trades/{trade}/dispute", {"reason": "damaged"})
    town.call("ada", f"POST /v1/trades/{trade}/dispute/evidence", {"text": "Look."})
    account = town.call("ada", "GET /v1/accounts")["items"][0]["id"]
    page = enter(opened(bypass_csp=True, reduced_motion="reduce", **WIDE), "Town Hall", "console")
    found: list[str] = []
    details = (
        f"trades/{trade}", f"ledger/subjects/{trade}", f"ledger/accounts/{account}",
        f"parties/{town.id('ada')}", "orders/new", "demands", "demands/new", "counts",
        "bank/statements", "bank/import",
    )  # fmt: skip
    for screen in (*SCREENS, *details):
        lead(page, "console", screen)
        found += faults(page, screen)
    page.goto(f"/console/trades/{trade}")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("Look.", exact=True)).to_be_visible()
    page.get_by_role("button", name="All to the buyer").click()
    page.get_by_role("button", name="Rule", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += faults(page, "a ruling, to be given")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By the keyboard")).to_be_visible()
    found += faults(page, "the keyboard's help")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="A screen")).to_be_focused()
    found += faults(page, "the palette")
    page.goto("/console/parties")
    page.get_by_role("button", name="New party").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += faults(page, "a new party")
    assert found == [], "\n".join(found)
