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
    """A new order's form as far as how it is delivered and what it is for."""
    keys.button("New order")
    keys.reach(keys.page.get_by_label("How it is delivered"))
    keys.type(delivery)  # a list is chosen from by its first letters
    keys.write("What it is for", title)


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
    expect(page.get_by_text("To be done", exact=True)).to_be_visible()  # without a touch
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
    expect(page.get_by_text("Accepted", exact=True)).to_have_count(2)
    ended = town.call("ada", f"GET /v1/trades/{trade}")
    assert (ended["state"], ended["held_minor"]) == ("finished", 0)
    assert balance(town, "lantern", "merchant") - before == 10_050 - ended["fee_minor"]


def test_prices_are_changed_and_the_till_takes_a_pay_code_for_an_order_by_keys_alone(
    town: Town, opened: Open
) -> None:
    keys = at_orders(opened(**WIDE).page)
    page = keys.page
    keys.button("New order")
    keys.write("1. What", "Paper")
    keys.write("1. Price", "12")
    keys.button("Something else", keys.sheet)
    keys.type("Ink")
    keys.write("2. Price", "8")
    keys.write("Freight", "3")
    expect(keys.sheet.get_by_text("¥23.00")).to_be_visible()
    trade = written(keys, "Paper, Ink", "Waits for payment")  # for whoever pays
    keys.button("Change the price")
    expect(page.get_by_label("1. Paper")).to_have_value("12.00")
    keys.write("2. Ink", "6.50")
    keys.write("Freight", "1")
    expect(keys.sheet.get_by_text("¥19.50")).to_be_visible()
    keys.button("Change the price", keys.sheet)
    expect(keys.sheet).to_have_count(0)
    expect(page.get_by_text("¥19.50").first).to_be_visible()

    keys.button("Take a pay code")
    take = keys.sheet.get_by_role("button", name="Take ¥19.50")
    keys.write("The 18 digits", "2899 9999 9999 9999 99")
    keys.use(take)
    expect(keys.sheet.get_by_role("alert")).to_be_visible()
    code = town.call("dora", "POST /v1/pay-codes", {"ceiling_minor": 5_000, "currency": "CNY"})
    keys.write("The 18 digits", code["code"])
    keys.use(take)
    expect(page.get_by_text("To be sent", exact=True)).to_be_visible()
    paid = town.call("dora", f"GET /v1/trades/{trade}")
    assert (paid["buyer"], paid["held_minor"]) == (town.id("dora"), 1_950)
    assert [each["unit_price_minor"] for each in paid["lines"]] == [1_200, 650]


def test_the_price_of_a_work_is_the_sum_of_its_parts_also_when_it_is_changed(
    town: Town, opened: Open
) -> None:
    line = {"title": "A chair", "quantity": 1, "unit_price_minor": 3_000}
    parts = [
        {"title": "The legs", "amount_minor": 1_000},
        {"title": "The seat", "amount_minor": 2_000},
    ]
    body = {"currency": "CNY", "title": "A chair", "delivery": "milestones", "category": "service"}
    made = town.call("lantern", "POST /v1/trades", body | {"lines": [line], "milestones": parts})
    page = enter(opened(), "Lantern Books", "merchant")
    page.goto(f"/merchant/orders/{made['id']}")
    page.get_by_role("button", name="Change the price").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("The seat").fill("2500")
    expect(sheet.get_by_text("¥2,510.00")).to_be_visible()
    sheet.get_by_label("The seat").fill("25")
    sheet.get_by_role("button", name="Change the price").click()
    expect(sheet).to_have_count(0)
    now = town.call("lantern", f"GET /v1/trades/{made['id']}")
    assert (now["total_minor"], now["lines"][0]["unit_price_minor"]) == (3_500, 3_500)
    assert [each["amount_minor"] for each in now["milestones"]] == [1_000, 2_500]


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

    of = {"of": town.id("lantern"), "stars": 4, "comment": "A patient teacher."}
    town.call("ada", f"POST /v1/trades/{trade}/ratings", of)
    page.reload()
    expect(page.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    keys.button("Read the words")
    expect(page.get_by_text("A patient teacher.")).to_be_visible()
    looked = town.call("ada", "GET /v1/me/readings")["items"][0]
    assert (looked["case"], looked["fields"]) == (trade, ["escrow.rating"])
    keys.button("5 of 5 stars")
    keys.button("Send the rating")
    expect(page.get_by_role("img", name="5 of 5 stars")).to_be_visible()
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
def unpaid(town: Town) -> str:
    """An order that waits for whoever pays it."""
    line = {"title": "A lamp", "quantity": 1, "unit_price_minor": 900}
    body = {"currency": "CNY", "title": "A lamp", "lines": [line]}
    return town.call("lantern", "POST /v1/trades", body)["id"]


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
    town: Town, opened: Open, settled: str, unpaid: str
) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Lantern Books", "merchant")
    found: list[str] = []
    for order, buttons in (
        (unpaid, ("Take a pay code", "Change the price")),
        (settled, ("Settle now", "Pass a part on")),
    ):
        page.goto(f"/merchant/orders/{order}")
        for button in buttons:
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
    page.get_by_role("button", name="A part of it for others").click()
    expect(page.get_by_label("1. Handle")).to_be_visible()
    found += faults(page, "an order in parts")
    assert found == [], "\n".join(found)
