"""Two people trade through the wallet: one writes the order, the other pays, the money waits."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.test_wallet import balance


def place(page: Page, *parts: str) -> None:
    """Where the money of the order is, as its drawing says."""
    for part in parts:
        expect(page.locator("figcaption")).to_contain_text(part)


def link(page: Page) -> str:
    """The link that the order's page gives its seller to pass on."""
    expect(page.get_by_role("img", name="The order as a code")).to_be_visible()
    return page.locator("code").inner_text()


def test_what_one_person_sells_waits_for_the_other_and_both_see_where_the_money_is(
    town: Town, opened: Open
) -> None:
    town.call("ben", f"PUT /v1/contacts/{town.id('dora')}", {"favourite": True})
    seller = enter(opened(), "Ben")
    seller.get_by_role("link", name="Orders").click()
    seller.get_by_text("Selling", exact=True).click()
    seller.get_by_role("link", name="Sell something").click()
    expect(seller.locator("datalist option", has_text="Dora")).to_be_attached()
    seller.get_by_label("Buyer").fill("@dora")
    seller.get_by_label("1. What").fill("A camera")
    seller.get_by_label("1. Price").fill("590")
    seller.get_by_role("button", name="Another thing").click()
    expect(seller.get_by_label("2. What")).to_be_focused()
    seller.get_by_label("2. What").fill("Its bag")
    seller.get_by_label("2. How many").fill("3")
    seller.get_by_label("2. Price").fill("13.50")
    seller.get_by_label("Freight").fill("9.50")
    expect(seller.get_by_text("The house keeps 0.6% of what the seller is paid.")).to_be_visible()
    seller.get_by_role("button", name="Write the order for ¥640.00").click()
    expect(seller.get_by_role("heading", name="A camera, Its bag")).to_be_visible()
    expect(seller.get_by_text("2. Its bag × 3")).to_be_visible()
    link(seller)
    seller.get_by_role("button", name="Change the price").click()
    expect(seller.get_by_label("1. A camera")).to_have_value("590.00")
    expect(seller.get_by_text("price of one of 3")).to_be_visible()
    seller.get_by_label("2. Its bag").fill("12")
    seller.get_by_role("dialog").get_by_role("button", name="Change the price").click()
    expect(seller.get_by_text("¥635.50").first).to_be_visible()
    before = balance(town, "ben")
    buyer = enter(opened(), "Dora")
    expect(buyer.get_by_text("Waits for you", exact=True)).to_be_visible()
    buyer.get_by_role("link", name="A camera, Its bag").click()
    buyer.get_by_role("button", name="Pay ¥635.50").click()  # more than goes without a touch
    place(buyer, "Held for this order ¥635.50")
    place(seller, "Held for this order ¥635.50")  # it came by itself
    buyer.get_by_role("button", name="Pay a part early").click()
    buyer.get_by_label("How much").fill("100")
    buyer.get_by_role("button", name="Pay ¥100.00 to the seller now").click()
    place(buyer, "Held for this order ¥535.50", "Seller ¥99.40")
    seller.get_by_role("link", name="Home").click()
    seller.get_by_role(
        "link", name="A camera, Its bag Paid; send"
    ).click()  # it waits for its seller
    seller.get_by_role("button", name="I have sent it").click()
    seller.get_by_role("dialog").get_by_role("button", name="I have sent it").click()
    buyer.get_by_role("button", name="I have it: pay the seller").click()
    buyer.get_by_role("dialog").get_by_role("button", name="I have it: pay the seller").click()
    for side in (buyer, seller):
        place(side, "Seller ¥631.69", "Fee ¥3.81")
        side.get_by_role("button", name="5 of 5 stars").click()
        side.get_by_label("A few words").fill("Gladly again.")
        side.get_by_role("button", name="Send the rating").click()
        expect(side.get_by_role("button", name="5 of 5 stars")).to_have_count(0)
    seller.get_by_role("button", name="Read the words").first.click()
    expect(seller.get_by_text("Gladly again.")).to_be_visible()
    assert balance(town, "ben") - before == 63_169


def test_an_order_for_whoever_comes_is_paid_by_who_opens_its_link(town: Town, opened: Open) -> None:
    seller = enter(opened(), "Ben")
    seller.goto("/wallet/orders/new")
    seller.get_by_label("1. What").fill("A kite")
    seller.get_by_label("1. Price").fill("12")
    seller.get_by_role("button", name="Write the order for ¥12.00").click()
    way = link(seller)
    buyer, late = enter(opened(), "Ada"), enter(opened(), "Dora")
    for page in (buyer, late):
        page.goto(way)
        expect(page.get_by_role("button", name="Pay ¥12.00")).to_be_visible()
    buyer.get_by_role("button", name="Pay ¥12.00").dblclick()
    place(buyer, "Held for this order ¥12.00")
    buyer.reload()  # nothing is left to pay, nor on the way back
    place(buyer, "Held for this order ¥12.00")
    expect(buyer.get_by_role("button", name="Pay ¥12.00")).to_have_count(0)
    buyer.go_back()
    expect(buyer.get_by_role("button", name="Pay ¥12.00")).to_have_count(0)
    buyer.goto(way)
    place(seller, "Held for this order ¥12.00")
    late.get_by_role("button", name="Pay ¥12.00").click()
    expect(late.get_by_role("alert")).to_be_visible()
    seller.get_by_role("button", name="Give money back").click()
    seller.get_by_role("dialog").get_by_label("How much").fill("12")
    seller.get_by_role("dialog").get_by_role("button", name="Give ¥12.00 back").click()
    place(buyer, "Back to buyer ¥12.00")


def test_work_in_parts_is_written_handed_in_sent_back_and_paid_by_keys_alone(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Ada")
    keys = Keys(page)
    keys.link("Orders")
    expect(page.get_by_role("link", name="Buy from someone")).to_be_visible()
    keys.link("Buy from someone")
    keys.write("Seller", "@ben")
    keys.reach(page.get_by_role("radio", name="Goods"))
    keys.press("ArrowRight")
    keys.write("What the work is", "A garden")
    keys.write("1. Part", "A plan")
    keys.write("1. Price", "20")
    keys.button("Another part")
    keys.write("2. Part", "The beds")
    keys.write("2. Price", "30")
    keys.button("Write the order for ¥50.00")
    keys.button("Pay ¥50.00")
    place(page, "Held for this order ¥50.00")
    worker = enter(opened(), "Ben")
    hand = Keys(worker)
    hand.link("Orders")
    hand.reach(worker.get_by_role("radio", name="Buying"))
    hand.press("ArrowRight")
    hand.link(re.compile("A garden"))
    hand.button("It is done")
    expect(page.get_by_text("Handed in; waits for your word")).to_be_visible()
    expect(worker.get_by_text("Handed in; waits for the buyer")).to_be_visible()
    expect(page.get_by_role("button", name="I have it")).to_have_count(0)
    keys.button("Not done yet")
    hand.button("It is done")
    keys.button("Accept and pay")
    place(page, "Held for this order ¥30.00", "Seller ¥19.88")
    hand.button("It is done")
    keys.button("Accept and pay")
    for side in (page, worker):
        place(side, "Seller ¥49.70", "Fee ¥0.30")
        expect(side.get_by_text("Done", exact=True).first).to_be_visible()


def test_a_seller_calls_the_mediator_and_brings_what_speaks_for_them(
    town: Town, opened: Open
) -> None:
    line = {"title": "A drum", "quantity": 1, "unit_price_minor": 1_500}
    body = {"currency": "CNY", "title": "A drum", "buyer": town.id("dora"), "lines": [line]}
    made = town.call("ben", "POST /v1/trades", body)["id"]
    town.call("dora", f"POST /v1/trades/{made}/pay", {})
    page = enter(opened(), "Ben")
    page.goto(f"/wallet/orders/{made}")
    expect(page.get_by_role("button", name="Give money back")).to_be_visible()
    page.get_by_role("button", name="Call the mediator").click()
    page.get_by_role("dialog").get_by_role("button", name="Call the mediator").click()
    expect(page.get_by_text("With the mediator")).to_be_visible()
    expect(page.get_by_role("button", name="Give money back")).to_have_count(0)
    page.get_by_role("button", name="Add evidence").click()
    page.get_by_label("What happened").fill("They do not answer")
    page.get_by_role("dialog").get_by_role("button", name="Add evidence").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    assert len(town.call("ben", f"GET /v1/trades/{made}/records")["evidence"]) == 1


def test_an_order_that_nobody_paid_is_given_up_by_its_seller(town: Town, opened: Open) -> None:
    page = enter(opened(), "Ben")
    page.goto("/wallet/orders/new?to=@mei")
    expect(page.get_by_label("Buyer")).to_have_value("@mei")
    page.get_by_label("1. What").fill("A lamp")
    page.get_by_label("1. Price").fill("7")
    page.get_by_role("button", name="A part of it for others").click()
    page.get_by_label("1. Handle").fill("@dora")
    write = page.get_by_role("button", name="Write the order for ¥7.00")
    expect(write).to_be_disabled()  # a part without an amount is none
    page.get_by_label("1. Amount").fill("2")
    write.click()
    link(page)
    trade = town.call("ben", f"GET /v1/trades/{page.url.rpartition('/')[2]}")
    assert {town.id("dora"): 200, town.id("ben"): 500} == {
        each["party"]: each["due_minor"] for each in trade["payees"]
    }
    page.get_by_role("button", name="Give up the order").click()
    page.get_by_role("dialog").get_by_role("button", name="Give up the order").click()
    expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
    expect(page.get_by_role("img", name="The order as a code")).to_have_count(0)


def test_a_price_that_changed_under_the_finger_is_not_paid(town: Town, opened: Open) -> None:
    line = {"title": "A fan", "quantity": 1, "unit_price_minor": 900}
    body = {"currency": "CNY", "title": "A fan", "buyer": town.id("dora"), "lines": [line]}
    made = town.call("ben", "POST /v1/trades", body)["id"]
    before = balance(town, "dora")
    window = opened()
    window.allow("409")
    page = enter(window, "Dora")

    def dearer(route: Route) -> None:
        prices = [{"line": 0, "unit_price_minor": 1_900}]
        town.call("ben", f"POST /v1/trades/{made}/change-price", {"prices": prices})
        route.continue_()

    page.route("**/pay", dearer, times=1)
    page.goto(f"/wallet/orders/{made}")
    page.get_by_role("button", name="Pay ¥9.00").click()
    expect(page.get_by_role("alert")).to_contain_text("The price has changed")
    expect(page.get_by_role("button", name="Pay ¥19.00")).to_be_visible()
    assert balance(town, "dora") == before
    page.get_by_role("button", name="Pay ¥19.00").click()
    place(page, "Held for this order ¥19.00")
    assert balance(town, "dora") == before - 1_900


def test_a_seller_gives_back_no_more_than_the_screen_said(town: Town, opened: Open) -> None:
    line = {"title": "A bell", "quantity": 1, "unit_price_minor": 3_000}
    body = {"currency": "CNY", "title": "A bell", "buyer": town.id("dora"), "lines": [line]}
    made = town.call("ben", "POST /v1/trades", body)["id"]
    town.call("dora", f"POST /v1/trades/{made}/pay", {})
    town.call("ben", f"POST /v1/trades/{made}/ship", {})
    town.call("dora", f"POST /v1/trades/{made}/refund", {"amount_minor": 500, "returns": True})
    window = opened()
    window.allow("409")
    page = enter(window, "Ben")

    def greedier(route: Route) -> None:
        town.call("dora", f"POST /v1/trades/{made}/refund/modify", {"amount_minor": 3_000})
        route.continue_()

    page.route("**/refund/agree", greedier, times=1)
    page.goto(f"/wallet/orders/{made}")
    sends = " and sends the goods back first."
    expect(page.get_by_text("The buyer asks for ¥5.00 back" + sends)).to_be_visible()
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_role("alert").first).to_contain_text("asks for something else now")
    expect(page.get_by_text("The buyer asks for ¥30.00 back.")).to_be_visible()
    place(page, "Held for this order ¥30.00")
    page.get_by_role("button", name="Agree").click()
    place(page, "Back to buyer ¥30.00")
