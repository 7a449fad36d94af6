"""More of what a wallet does: money arriving live, plans, contacts, gifts, evidence."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FilePayload, Route, expect
from tests.browser.conftest import Open, Town, enter, unused
from tests.browser.test_wallet import balance


def give(town: Town, by: str, to: str, minor: int) -> Any:
    body = {"payee": town.id(to), "amount_minor": minor, "currency": "CNY"}
    return town.call(by, "POST /v1/transfers", body)


def test_money_shows_as_it_comes_and_what_came_while_the_network_was_gone_too(
    town: Town, opened: Open
) -> None:
    window = opened()
    page = window.page
    with page.expect_response("**/v1/events/stream"):  # it begins behind the first screen
        enter(window, "Ben")
    give(town, "chen", "ben", 123)
    expect(page.get_by_role("status").filter(has_text="Chen Jing sent you ¥1.23")).to_be_visible()
    expect(page.get_by_text("+¥1.23").first).to_be_visible()  # and stands in the list of the day
    window.context.set_offline(True)
    give(town, "dora", "ben", 456)
    window.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="Dora sent you ¥4.56")).to_be_visible()
    window.allow("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")


def test_a_code_for_a_new_device_stays_until_that_device_is_in(town: Town, opened: Open) -> None:
    page = enter(opened(), "Ben")
    with page.expect_response("**/v1/events/stream"):
        page.reload()
    slow: list[Route] = []
    page.route("**/v1/devices", lambda route: route.continue_() if slow else slow.append(route))
    page.get_by_role("link", name="You", exact=True).click()
    page.get_by_role("link", name="Devices and recovery").click()
    page.get_by_role("button", name="Add a device").click()
    expect(page.get_by_role("img", name="Add a device")).to_be_visible()
    with page.expect_response("**/v1/devices"):  # something happens before the list is there
        give(town, "dora", "ben", 1)
    expect(page.get_by_text("This device").first).to_be_visible()
    expect(page.get_by_role("img", name="Add a device")).to_be_visible()
    expect(page.get_by_text("The new device is in.")).to_have_count(0)
    for each in slow:
        each.continue_()


def test_a_payment_is_planned_rests_and_ends(opened: Open) -> None:
    page = enter(opened(), "Chen Jing")
    page.goto("/wallet/schedules/new")
    page.get_by_label("To whom").fill("@ben")
    page.get_by_label("How much").fill("15")
    page.get_by_label("How often").select_option("month")
    page.get_by_label("How many times").fill("6")
    page.get_by_role("button", name="Plan ¥15.00").click()
    expect(page.get_by_text("Running")).to_be_visible()
    page.get_by_role("button", name="Leave out the next one").click()
    expect(page.get_by_text("Left out")).to_be_visible()
    page.get_by_role("button", name="Let it rest").click()
    expect(page.get_by_text("Resting")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Running")).to_be_visible()
    page.get_by_role("button", name="End it for good").click()
    page.get_by_role("dialog").get_by_role("button", name="End it for good").click()
    expect(page.get_by_text("Ended")).to_be_visible()


def test_a_contact_is_kept_named_found_by_that_name_and_removed(town: Town, opened: Open) -> None:
    give(town, "dora", "mei", 321)
    page = enter(opened(), "Dora")
    page.goto("/wallet/contacts")
    page.get_by_label("Add somebody").fill("@mei")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name=re.compile("@mei")).click()
    page.get_by_label("Your own name for them").fill("Aunt Mei")
    page.get_by_label("Favourite").check()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Aunt Mei")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take contacts along").click()
    assert "Aunt Mei" in taken.value.path().read_text()
    page.goto("/wallet/activity")
    page.get_by_label("Find", exact=True).fill("aunt")  # a name that Dora alone knows
    expect(page.get_by_role("link", name=re.compile("Aunt Mei.*-¥3.21"))).to_be_visible()
    page.goto("/wallet/contacts")
    page.get_by_role("button", name=re.compile("Aunt Mei")).click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Aunt Mei")).to_have_count(0)


def test_a_gift_by_a_link_is_opened_by_somebody_who_registers_for_it(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Chen Jing")
    page.goto("/wallet/gifts")
    page.get_by_role("button", name="Give money with a card").click()
    page.get_by_label("How much").fill("6.66")
    page.get_by_label("Card").select_option("birthday")
    page.get_by_label("Message").fill("Thirty already")
    page.get_by_role("button", name="Give ¥6.66").click()
    link = page.locator("code").inner_text()
    friend = opened(passkey=True).page
    friend.goto(link)
    expect(friend.get_by_text("Happy birthday")).to_be_visible()
    friend.get_by_role("button", name="New here").click()
    friend.get_by_label("Your name").fill("Pia")
    handle = unused("pia")
    friend.get_by_label("Handle").fill(handle)
    friend.get_by_role("button", name="Make a passkey").click()
    friend.get_by_role("button", name="I have kept them").click()
    friend.get_by_role("button", name="Open", exact=True).click()
    expect(friend.get_by_text("It is in your wallet.")).to_be_visible()
    expect(friend.get_by_text("Thirty already")).to_be_visible()
    friend.get_by_role("link", name="Done").click()
    expect(friend.get_by_text("¥6.66").first).to_be_visible()


def test_a_buyer_brings_a_picture_before_the_mediator(town: Town, opened: Open) -> None:
    line = {"title": "Vase", "quantity": 1, "unit_price_minor": 2_000}
    made = town.call(
        "jade",
        "POST /v1/trades",
        {"currency": "CNY", "title": "A vase", "buyer": town.id("chen"), "lines": [line]},
    )
    town.call("chen", f"POST /v1/trades/{made['id']}/pay", {})
    page = enter(opened(), "Chen Jing")
    page.goto(f"/wallet/orders/{made['id']}")
    page.get_by_role("button", name="Call the mediator").click()
    page.get_by_role("dialog").get_by_role("button", name="Call the mediator").click()
    page.get_by_role("button", name="Add evidence").click()
    picture: FilePayload = {"name": "crack.png", "mimeType": "image/png", "buffer": PIXEL}
    slow: list[Route] = []
    page.route("**/timeline", lambda route: slow.append(route))
    page.locator("input[type=file]").set_input_files(files=[picture])
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Add evidence").click()  # while the order is being read anew
    page.locator("input[type=file]").set_input_files(files=[picture])
    while not slow:
        page.wait_for_timeout(20)
    page.unroute("**/timeline")
    for each in slow:
        each.fallback()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert balance(town, "chen") >= 0
    records = town.call("chen", f"GET /v1/trades/{made['id']}/records")
    assert len(records["evidence"]) == 2


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def test_one_person_sells_to_another_sends_it_and_gives_the_money_back(
    town: Town, opened: Open
) -> None:
    line = {"title": "Bicycle", "quantity": 1, "unit_price_minor": 5_000}
    body = {"currency": "CNY", "title": "A bicycle", "buyer": town.id("dora"), "lines": [line]}
    made = town.call("ben", "POST /v1/trades", body)["id"]
    town.call("dora", f"POST /v1/trades/{made}/pay", {})
    page = enter(opened(), "Ben")
    page.goto(f"/wallet/orders/{made}")
    page.get_by_role("button", name="I have sent it").click()
    page.get_by_role("dialog").get_by_label("Carrier").fill("SF")
    page.get_by_role("dialog").get_by_role("button", name="I have sent it").click()
    expect(page.get_by_text("Sent; waits for the buyer")).to_be_visible()
    wish = {"amount_minor": 5_000, "returns": True, "reason": "buyer-asks"}
    town.call("dora", f"POST /v1/trades/{made}/refund", wish)
    page.get_by_role("button", name="Agree").click()  # the wish came by itself
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    parcel = {"carrier": "SF", "tracking_number": "2"}
    town.call("dora", f"POST /v1/trades/{made}/refund/return", parcel)
    page.get_by_role("button", name="The goods are back").click()
    expect(page.get_by_text("Back to buyer ¥50.00")).to_be_visible()


def test_a_buyer_who_was_refused_asks_for_something_else(town: Town, opened: Open) -> None:
    line = {"title": "Lamp", "quantity": 1, "unit_price_minor": 4_000}
    body = {"currency": "CNY", "title": "A lamp", "buyer": town.id("chen"), "lines": [line]}
    made = town.call("ben", "POST /v1/trades", body)["id"]
    town.call("chen", f"POST /v1/trades/{made}/pay", {})
    town.call("ben", f"POST /v1/trades/{made}/ship", {"carrier": "SF", "tracking_number": "3"})
    page = enter(opened(), "Chen Jing")
    page.goto(f"/wallet/orders/{made}")
    page.get_by_role("button", name="Ask for money back").click()
    sheet = page.get_by_role("dialog", name="Ask for money back")
    sheet.get_by_label("How much back").fill("40")
    sheet.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Refund asked; the seller answers", exact=True)).to_be_visible()
    town.call("ben", f"POST /v1/trades/{made}/refund/refuse")
    expect(page.get_by_text("Refund refused", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Ask for something else").click()
    sheet = page.get_by_role("dialog", name="Ask for something else")
    expect(sheet.get_by_text("You asked for ¥40.00 before.")).to_be_visible()
    sheet.get_by_label("How much back").fill("15")
    sheet.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Refund asked; the seller answers", exact=True)).to_be_visible()
    refund = town.call("chen", f"GET /v1/trades/{made}")["refund"]
    assert (refund["amount_minor"], refund["state"]) == (1_500, "wait-seller-agree")
    asked = {"amount_minor": 1_500, "returns": False}
    town.call("ben", f"POST /v1/trades/{made}/refund/agree", asked)
    expect(page.get_by_text("Back to buyer ¥15.00")).to_be_visible()


def test_a_payment_is_sorted_and_given_back_a_bill_is_closed_and_a_name_changed(
    town: Town, opened: Open
) -> None:
    paid = give(town, "dora", "chen", 1_000)["id"]
    share = {"total_minor": 400, "currency": "CNY", "rule": "equal"}
    parts = [{"party": town.id("chen")}, {"party": town.id("ben")}]
    town.call("chen", "POST /v1/splits", {**share, "parts": parts})
    page = enter(opened(), "Chen Jing")
    before = balance(town, "dora")
    page.goto(f"/wallet/activity/{paid}")
    page.get_by_label("Counts as").select_option("leisure")
    page.get_by_role("button", name="Give money back").click()
    page.get_by_role("dialog").get_by_label("How much").fill("4")
    page.get_by_role("button", name="Give ¥4.00 back").click()
    expect(page.get_by_text("Given back: ¥4.00")).to_be_visible()
    assert balance(town, "dora") - before == 400
    page.goto("/wallet/activity")
    page.get_by_label("Find", exact=True).fill("Dora")
    expect(page.get_by_text(re.compile("^Leisure · ")).first).to_be_visible()
    page.goto("/wallet/split")
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("Taken back").first).to_be_visible()
    page.goto("/wallet/me")
    page.get_by_role("button", name="Change name or handle").click()
    page.get_by_label("Your name").fill("Chen Jing 陈静")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", name="Chen Jing 陈静")).to_be_visible()
    town.call("chen", "PATCH /v1/me", {"display_name": "Chen Jing"})


def test_what_is_pressed_while_something_else_is_on_its_way_waits_its_turn(opened: Open) -> None:
    window = opened()
    page = enter(window, "Dora")
    page.goto("/wallet/data")
    agree, take_back = (page.get_by_role("button", name=each) for each in ("Agree", "Take back"))
    expect(agree).to_have_count(2)
    held: list[Route] = []
    page.route("**/v1/me/consents**", lambda to: to.continue_() if held else held.append(to))
    with page.expect_request("**/v1/me/consents"):
        agree.first.click()
    agree.last.click()
    held[0].continue_()
    expect(take_back).to_have_count(2)

    # What fails is read before anything else is done.
    window.allow("ERR_FAILED")
    held.clear()
    with page.expect_request("**/v1/me/consents/*"):
        take_back.first.click()
    take_back.last.click()
    held[0].abort()
    expect(page.get_by_text("No answer came.").first).to_be_visible()
    expect(take_back).to_have_count(2)
    take_back.first.click()
    take_back.last.click()
    expect(agree).to_have_count(2)

    # What was done last stands first, sealed or not.
    page.get_by_role("link", name="What was done in your name").click()
    expect(page.get_by_role("listitem").first).to_contain_text("Agreement taken back")
