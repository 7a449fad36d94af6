"""What a shopkeeper does at the till, in a real browser against a real town."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
import segno
from playwright.sync_api import Route, expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.seeing import faults
from tests.browser.test_wallet import balance, paid, pay
from tests.browser.views import lead


def sales_of(town: Town, handle: str) -> int:
    return sum(each["totals"]["sales"] for each in town.call(handle, "GET /v1/shops/totals"))


TONES = """(() => {
  const { start } = OscillatorNode.prototype
  window.tones = []
  OscillatorNode.prototype.start = function (...at) {
    window.tones.push([Math.round(this.frequency.value), this.context.state])
    return start.apply(this, at)
  }
})()"""
"""Writes down each tone that is really started, with whether anything can be heard then."""

CHIME = [[880, "running"], [1319, "running"]]


def test_a_till_shows_a_code_hears_and_sounds_and_catches_up_after_the_network_was_gone(
    town: Town, opened: Open
) -> None:
    before, sold = balance(town, "grocer"), sales_of(town, "grocer")
    window = opened(width=1280)
    window.context.add_init_script(TONES)
    till = enter(window, "Green Grocer", "merchant")

    def tones() -> list[object]:
        return till.evaluate("window.tones")

    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    for key in ("1", "2", "00"):
        till.get_by_role("button", name=key, exact=True).click()
    till.get_by_role("button", name="Show a code").click()
    expect(till.get_by_text("The customer scans this")).to_be_visible()
    (code,) = [
        each for each in town.call("grocer", "GET /v1/codes")["items"] if each["amount_minor"]
    ]
    customer = enter(opened(), "Chen Jing")
    customer.goto(f"/wallet/send?code={quote(code['text'])}")
    pay(customer)
    paid(customer)
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()  # without a touch
    assert balance(town, "grocer") - before == 1_200
    assert tones() == CHIME, "two notes, once, and to be heard"
    till.get_by_role("button", name="Next customer").click()

    till.get_by_role("button", name="Sound is on").click()
    till.keyboard.type("500")
    till.get_by_role("button", name="Take a pay code").click()
    shown = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 2_000, "currency": "CNY"})
    till.get_by_label("The 18 digits").fill(shown["code"])
    till.get_by_role("button", name="Take ¥5.00").click()
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()
    recent = till.get_by_role("list").filter(has=till.get_by_role("link", name="Chen Jing"))
    expect(recent.get_by_role("link", name=re.compile("Ben.*5.00"))).to_be_visible()
    assert tones() == CHIME, "a till that was told to be quiet is"
    till.get_by_role("button", name="Next customer").click()
    till.get_by_role("button", name="Sound is off").click()  # with the chime to hear that it is
    assert tones() == CHIME * 2

    window.context.set_offline(True)
    expect(till.get_by_text("Not connected; payments still arrive")).to_be_visible()
    body = {"payee": town.id("grocer"), "amount_minor": 731, "currency": "CNY"}
    town.call("dora", "POST /v1/transfers", body)
    window.context.set_offline(False)
    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    expect(recent.get_by_role("link", name=re.compile("Dora.*7.31"))).to_have_count(1)
    assert tones() == CHIME * 3, "what came meanwhile is heard once"
    window.allow("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")
    till.get_by_role("link", name="Today").click()
    expect(till.get_by_text(f"{sold + 3} payments")).to_be_visible()


def test_a_shopkeeper_takes_a_pay_code_and_sends_an_order(town: Town, opened: Open) -> None:
    code = town.call("ada", "POST /v1/pay-codes", {"ceiling_minor": 5_000, "currency": "CNY"})
    keys = Keys(opened(width=1280).page)
    page = keys.page
    page.goto("/merchant/")
    keys.button("Lantern Books")
    expect(page.get_by_role("button", name="Show a code")).to_be_visible()
    keys.type("12345")
    keys.press("Backspace")
    keys.button("Take a pay code")
    expect(page.get_by_label("The 18 digits")).to_be_focused()
    keys.press("Escape")  # a wrong turn
    expect(page.get_by_role("button", name="Show a code")).to_be_visible()
    keys.button("Take a pay code")
    keys.type(code["code"])
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_text("¥12.34").first).to_be_visible()
    sale = town.call("lantern", "GET /v1/sales?limit=1")["items"][0]
    assert (sale["amount_minor"], sale["payer"]["id"]) == (1_234, town.id("ada"))

    keys.link("Orders")
    for title in ("A lamp nobody wants", "A lamp for the door"):
        keys.button("New order")
        keys.write("1. What", title)
        keys.write("1. Price", "19")
        keys.write("Handle of the customer", "@ada")
        keys.press("Enter")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        if title == "A lamp nobody wants":
            keys.button("Give the order up")
            keys.button("Give the order up", keys.sheet)
            expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
            keys.link("Orders")
    order = page.url.rpartition("/")[2]
    town.call("ada", f"POST /v1/trades/{order}/pay", {})
    page.reload()
    keys.button("Send the goods")
    expect(keys.sheet).to_be_visible()
    keys.shut()
    expect(page.get_by_role("button", name="Send the goods")).to_be_focused()
    keys.press("Enter")
    keys.write("Carrier", "SF")
    keys.write("Tracking number", "SF-1")
    keys.press("Enter")
    expect(page.get_by_text("On its way")).to_be_visible()
    records = town.call("lantern", f"GET /v1/trades/{order}/records")
    assert records["shipments"][0]["tracking_number"] == "SF-1"


def picture() -> bytes:
    """A small one that any browser reads."""
    out = io.BytesIO()
    segno.make("sealed").save(out, kind="png")
    return out.getvalue()


@pytest.fixture(scope="module")
def quarrel(town: Town) -> str:
    """An order of Ada's at the bookshop that came to a dispute, with a text and a picture."""
    line = {"title": "Ink", "quantity": 1, "unit_price_minor": 2_500}
    order = {"currency": "CNY", "title": "Ink that dried", "buyer": town.id("ada"), "lines": [line]}
    trade = town.call("lantern", "POST /v1/trades", order)["id"]
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    town.call("lantern", f"POST /v1/trades/{trade}/ship", {})
    town.call("ada", f"POST /v1/trades/{trade}/dispute", {"reason": "damaged"})
    brought = f"POST /v1/trades/{trade}/dispute/evidence"
    town.call("ada", brought, {"text": "It came as a stone."})
    photo = b64encode(picture()).decode()
    town.call("ada", brought, {"content_type": "image/png", "content": photo})
    return trade


def test_a_shop_hears_the_buyer_in_a_dispute_and_answers_by_keys_alone(
    town: Town, opened: Open, tmp_path: Path, quarrel: str
) -> None:
    keys = Keys(opened(width=1280).page)
    page = keys.page
    page.goto("/merchant/")
    keys.button("Lantern Books")
    keys.link("Orders")
    keys.link(re.compile("Ink that dried"))
    expect(page.get_by_text("Damaged", exact=True)).to_be_visible()
    keys.button("Open")
    expect(page.get_by_text("It came as a stone.")).to_be_visible()
    keys.button("Open")
    expect(page.get_by_role("img", name="Evidence of The buyer")).to_be_visible()
    looks = town.call("ada", "GET /v1/me/readings")["items"][:2]
    assert [(each["who"]["name"], each["case"]) for each in looks] == [
        ("Lantern Books", quarrel)
    ] * 2

    keys.button("Answer the dispute")
    keys.write("What happened", "It was sealed when it left.")
    keys.button("Answer the dispute", keys.sheet)
    own = page.locator("section section", has=page.get_by_role("heading", name="Lantern Books"))
    expect(own.get_by_role("article")).to_have_count(1)
    file = tmp_path / "sealed.png"
    file.write_bytes(picture())
    keys.button("Answer the dispute")
    keys.show("A picture or a document", file)
    expect(own.get_by_role("article")).to_have_count(2)
    kept = [
        (each["party"], each["content_type"])
        for each in town.call("ada", f"GET /v1/trades/{quarrel}/records")["evidence"]
    ]
    lantern = town.id("lantern")
    assert kept[2:] == [(lantern, None), (lantern, "image/jpeg")], "drawn anew: no place, no camera"


def test_a_code_that_is_still_being_put_away_keeps_nobody_from_the_next_sale(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Lantern Books", "merchant")
    held: list[Route] = []
    page.route("**/v1/codes/*", lambda to: held.append(to) if is_drop(to) else to.continue_())
    page.keyboard.type("700")
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_text("The customer scans this")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take a pay code").click()
    code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 900, "currency": "CNY"})
    page.get_by_label("The 18 digits").fill(code["code"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    (drop,) = held
    drop.continue_()


def is_drop(asked: Route) -> bool:
    return asked.request.method == "DELETE"


def test_every_screen_of_the_till_is_accessible_with_its_details_and_dialogs(
    town: Town, opened: Open, quarrel: str
) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Lantern Books", "merchant")
    found: list[str] = []
    for screen in ("orders", "links", "today", "shop", "staff", "keys", "alipay", "hooks", ""):
        lead(page, "merchant", screen)
        found += faults(page, screen)
    page.keyboard.type("700")
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_text("The customer scans this")).to_be_visible()
    found += faults(page, "till, code")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take a pay code").click()
    code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 900, "currency": "CNY"})
    page.get_by_label("The 18 digits").fill("2899 9999 9999 9999 99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    found += faults(page, "till, a code that was refused")
    page.get_by_label("The 18 digits").fill(code["code"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    found += faults(page, "till, paid")
    sale = town.call("lantern", "GET /v1/sales?limit=1")["items"][0]["transfer"]
    body = {"currency": "CNY", "amount_minor": 100, "title": "One"}
    link = town.call("lantern", "POST /v1/links", body)["id"]
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["witness.*"]}
    endpoint = town.call("lantern", "POST /v1/webhook-endpoints", hook)["endpoint"]["id"]
    for path, button in (
        (f"orders/{quarrel}", "Answer the dispute"),
        (f"sales/{sale}", "Give money back"),
        (f"links/{link}", "Close the link"),
        (f"hooks/{endpoint}", "Change"),
        ("links", "New link"),
        ("staff", "Add someone"),
        ("keys", "New key"),
        ("hooks", "New endpoint"),
    ):
        page.goto(f"/merchant/{path}")
        opening = page.get_by_role("button", name=button, exact=True)
        expect(opening).to_be_visible()
        if "/" in path:
            found += faults(page, path)
        opening.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found += faults(page, f"{path}: {button}")
    town.call("lantern", f"DELETE /v1/webhook-endpoints/{endpoint}")
    assert found == [], "\n".join(found)
