"""What a shop does with an order beside sending it: work in parts, settling, sharing, quarrels."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.seeing import faults
from tests.browser.test_console import balance

WIDE = {"width": 1280, "height": 900}


def at_orders(page: Page, shop: str = "Lantern Books") -> Keys:
    """The shopkeeper, who came to the orders by the keyboard."""
    keys = Keys(page)
    page.goto("/merchant/")
    keys.button(shop)
    keys.link("Orders")
    return keys


def written(keys: Keys, title: str, delivery: str) -> str:
    """The order that the new order's form makes for Ada; its id."""
    keys.press("Enter")
    expect(keys.page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(keys.page.get_by_text(delivery, exact=True).first).to_be_visible()
    return keys.page.url.rpartition("/")[2]


def begin(keys: Keys, title: str, delivery: str) -> None:
    """A new order's form as far as how it is delivered."""
    keys.button("New order")
    keys.write("What it is for", title)
    keys.reach(keys.page.get_by_label("How it is delivered"))
    keys.type(delivery)  # a list is chosen from by its first letters


def state(town: Town, trade: str) -> list[str]:
    return [each["state"] for each in town.call("ada", f"GET /v1/trades/{trade}")["milestones"]]


def test_work_in_parts_is_ordered_handed_in_sent_back_and_paid_part_by_part_by_keys_alone(
    town: Town, opened: Open
) -> None:
    before = balance(town, "lantern", "merchant")
    keys = at_orders(opened(**WIDE).page)
    page = keys.page
    begin(keys, "A shelf for the window", "Work")
    keys.write("1. What", "The drawing")
    keys.write("1. Price", "20")
    for n, (what, price) in enumerate((("A slip", "1"), ("The shelf", "80.50")), 2):
        keys.button("Another part", keys.sheet)
        expect(page.get_by_label(f"{n}. What")).to_be_focused()
        keys.type(what)
        keys.write(f"{n}. Price", price)
    keys.button("Take part 2 out", keys.sheet)
    expect(page.get_by_label("2. What")).to_have_value("The shelf")
    expect(keys.sheet.get_by_text("¥100.50")).to_be_visible()
    keys.write("Handle of the customer", "@ada")
    trade = written(keys, "A shelf for the window", "Waits for payment")

    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    page.reload()
    expect(page.get_by_text("To be done", exact=True)).to_be_visible()
    hand_in = page.get_by_role("button", name="It is done")
    keys.use(hand_in)
    expect(page.get_by_text("With the buyer", exact=True)).to_be_visible()
    expect(hand_in).to_have_count(0)
    assert state(town, trade) == ["submitted", "open"]
    town.call("ada", f"POST /v1/trades/{trade}/milestones/reject", {"milestone": 0})
    page.reload()
    keys.use(hand_in)
    expect(hand_in).to_have_count(0)
    town.call("ada", f"POST /v1/trades/{trade}/milestones/approve", {"milestone": 0})
    page.reload()
    expect(page.get_by_text("Accepted", exact=True)).to_have_count(1)
    keys.use(hand_in)
    expect(hand_in).to_have_count(0)
    town.call("ada", f"POST /v1/trades/{trade}/milestones/approve", {"milestone": 1})
    page.reload()
    expect(page.get_by_text("Accepted", exact=True)).to_have_count(2)
    ended = town.call("ada", f"GET /v1/trades/{trade}")
    assert (ended["state"], ended["held_minor"]) == ("finished", 0)
    assert balance(town, "lantern", "merchant") - before == 10_050 - ended["fee_minor"]


def test_an_order_with_nothing_to_send_is_shared_settled_in_two_and_rated_by_both_sides(
    town: Town, opened: Open
) -> None:
    lantern, ben = balance(town, "lantern", "merchant"), balance(town, "ben", "wallet")
    keys = at_orders(opened().page)
    page = keys.page
    begin(keys, "A reading at home", "Nothing")
    keys.write("Price", "50")
    keys.write("Handle of the customer", "ada")
    trade = written(keys, "A reading at home", "Waits for payment")
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    page.reload()
    expect(page.get_by_text("Paid, to be settled", exact=True)).to_be_visible()

    keys.button("Pass a part on")
    share = keys.sheet.get_by_role("button", name="Pass a part on")
    expect(share).to_be_disabled()
    keys.write("1. Handle", "nobody.of.that.name")
    keys.write("1. Amount", "8")
    keys.use(share)
    expect(keys.sheet.get_by_role("alert")).to_be_visible()
    keys.write("1. Handle", "@ben")
    keys.use(share)
    expect(page.get_by_role("heading", name="Who gets how much")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Ben")).to_contain_text("¥8.00")

    keys.button("Settle now")
    keys.write("How much", "25")
    keys.button("Settle now", keys.sheet)
    expect(keys.sheet).to_have_count(0)
    half = town.call("ada", f"GET /v1/trades/{trade}")
    assert (half["held_minor"], half["state"]) == (2_500, "wait-buyer-confirm")
    keys.button("Settle now")
    expect(keys.sheet.get_by_text("¥25.00 is held")).to_be_visible()
    keys.button("Settle now", keys.sheet)  # nothing said is all of it
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    ended = town.call("ada", f"GET /v1/trades/{trade}")
    assert ended["held_minor"] == 0
    got = balance(town, "lantern", "merchant") - lantern, balance(town, "ben", "wallet") - ben
    assert sum(got) == 5_000 - ended["fee_minor"]
    assert 700 < got[1] <= 800

    of = {"of": town.id("lantern"), "stars": 4}
    town.call("ada", f"POST /v1/trades/{trade}/ratings", of)
    page.reload()
    expect(page.get_by_text("4 of 5 stars")).to_be_visible()
    keys.button("5 of 5 stars")
    expect(page.get_by_text("5 of 5 stars")).to_be_visible()
    expect(page.get_by_role("button", name="5 of 5 stars")).to_have_count(0)
    ratings = town.call("ada", f"GET /v1/trades/{trade}/records")["ratings"]
    assert {(each["of"], each["stars"]) for each in ratings} == {
        (town.id("lantern"), 4),
        (town.id("ada"), 5),
    }


def test_a_shop_calls_the_mediator_by_keys_alone_and_both_sides_see_the_ruling(
    town: Town, opened: Open
) -> None:
    line = {"title": "A map", "quantity": 1, "unit_price_minor": 3_000}
    body = {"currency": "CNY", "title": "A map of the hills", "buyer": town.id("ada")}
    trade = town.call("lantern", "POST /v1/trades", body | {"lines": [line]})["id"]
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    town.call("lantern", f"POST /v1/trades/{trade}/ship", {})
    keys = at_orders(opened(**WIDE).page)
    page = keys.page
    keys.link(re.compile("A map of the hills"))
    keys.button("Call the mediator")
    keys.shut()  # a second thought
    keys.button("Call the mediator")
    keys.button("Call the mediator", keys.sheet)
    expect(page.get_by_text("With the mediator", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Call the mediator")).to_have_count(0)
    keys.button("Answer the dispute")
    keys.write("What happened", "She has had it for a week and says nothing.")
    keys.button("Answer the dispute", keys.sheet)
    expect(page.get_by_role("article")).to_have_count(1)

    buyer = enter(opened(), "Ada")
    buyer.goto(f"/wallet/orders/{trade}")
    expect(buyer.get_by_text("With the mediator", exact=True)).to_be_visible()
    desk = enter(opened(**WIDE), "Mei, the mediator", "console")
    desk.get_by_role("link", name="A map of the hills").click()
    desk.get_by_label("Ada").fill("10")
    desk.get_by_label("Lantern Books").fill("20")
    desk.get_by_role("button", name="Rule", exact=True).click()
    desk.get_by_role("button", name="Give the ruling").click()
    expect(desk.get_by_text("The ruling is given")).to_be_visible()

    for side, words in ((page, "The mediator ruled"), (buyer, "¥10.00")):
        side.reload()
        expect(side.get_by_text("Mediator decided")).to_be_visible()
        expect(side.get_by_text(words).first).to_be_visible()
        expect(side.get_by_text("With the mediator", exact=True)).to_have_count(0)
    ended = town.call("ada", f"GET /v1/trades/{trade}")
    assert (ended["refunded_minor"], ended["released_minor"]) == (1_000, 2_000)


@pytest.fixture(scope="module")
def settled(town: Town) -> str:
    """An order with nothing to send that is paid and shared."""
    line = {"title": "An hour", "quantity": 1, "unit_price_minor": 2_000}
    body = {"currency": "CNY", "title": "An hour of reading", "buyer": town.id("ada")}
    more = {"lines": [line], "delivery": "none"}
    trade = town.call("lantern", "POST /v1/trades", body | more)["id"]
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    share = {"payees": [{"party": town.id("ben"), "amount_minor": 100}], "request_ref": "b"}
    town.call("lantern", f"POST /v1/trades/{trade}/split", share)
    return trade


def test_the_forms_of_an_order_are_accessible_in_light_and_dark(
    town: Town, opened: Open, settled: str
) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Lantern Books", "merchant")
    found: list[str] = []
    page.goto(f"/merchant/orders/{settled}")
    for button in ("Settle now", "Pass a part on"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found += faults(page, button)
        page.keyboard.press("Escape")
    town.call("lantern", f"POST /v1/trades/{settled}/release", {})
    page.reload()
    expect(page.get_by_role("group", name="Rate the buyer")).to_be_visible()
    found += faults(page, "an order to be rated")
    page.goto("/merchant/orders")
    page.get_by_role("button", name="New order").click()
    page.get_by_label("How it is delivered").select_option("milestones")
    page.get_by_role("button", name="Another part").click()
    expect(page.get_by_label("2. What")).to_be_focused()
    found += faults(page, "an order in parts")
    assert found == [], "\n".join(found)
