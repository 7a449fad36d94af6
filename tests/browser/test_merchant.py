"""What a shopkeeper does at the till, in a real browser against a real town."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import segno
from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.test_wallet import AXE, STILL, balance, paid, pay, violations


def sales_of(town: Town, handle: str) -> int:
    return sum(each["totals"]["sales"] for each in town.call(handle, "GET /v1/shops/totals"))


def test_a_till_shows_a_code_and_hears_of_the_payment(town: Town, opened: Open) -> None:
    before, sold = balance(town, "grocer"), sales_of(town, "grocer")
    till = enter(opened(width=1280), "Green Grocer", "merchant")
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
    till.get_by_role("button", name="Next customer").click()
    till.keyboard.type("500")
    till.get_by_role("button", name="Take a pay code").click()
    shown = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 2_000, "currency": "CNY"})
    till.get_by_label("The 18 digits").fill(shown["code"])
    till.get_by_role("button", name="Take ¥5.00").click()
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()
    till.get_by_role("link", name="Today").click()
    expect(till.get_by_text(f"{sold + 2} payments")).to_be_visible()


def test_a_shopkeeper_takes_a_pay_code_and_sends_an_order(town: Town, opened: Open) -> None:
    code = town.call("ada", "POST /v1/pay-codes", {"ceiling_minor": 5_000, "currency": "CNY"})
    order = town.call(
        "ada",
        "POST /v1/trades",
        {
            "title": "A lamp for the door",
            "buyer": town.id("ada"),
            "currency": "CNY",
            "lines": [
                {
                    "title": "Lamp",
                    "quantity": 1,
                    "unit_price_minor": 1_900,
                    "seller": town.id("lantern"),
                }
            ],
        },
    )
    town.call("ada", f"POST /v1/trades/{order['id']}/pay", {})

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
    keys.link(re.compile("A lamp for the door"))
    keys.button("Send the goods")
    expect(keys.sheet).to_be_visible()
    keys.shut()
    expect(page.get_by_role("button", name="Send the goods")).to_be_focused()
    keys.press("Enter")
    keys.write("Carrier", "SF")
    keys.write("Tracking number", "SF-1")
    keys.press("Enter")
    expect(page.get_by_text("On its way")).to_be_visible()
    records = town.call("lantern", f"GET /v1/trades/{order['id']}/records")
    assert records["shipments"][0]["tracking_number"] == "SF-1"


def picture() -> bytes:
    """A small one that any browser reads."""
    out = io.BytesIO()
    segno.make("sealed").save(out, kind="png")
    return out.getvalue()


def test_a_shop_hears_the_buyer_in_a_dispute_and_answers_by_keys_alone(
    town: Town, opened: Open, tmp_path: Path
) -> None:
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
    assert [(each["who"]["name"], each["case"]) for each in looks] == [("Lantern Books", trade)] * 2

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
        for each in town.call("ada", f"GET /v1/trades/{trade}/records")["evidence"]
    ]
    lantern = town.id("lantern")
    assert kept[2:] == [(lantern, None), (lantern, "image/jpeg")], "drawn anew: no place, no camera"


def test_every_screen_of_the_till_is_accessible(opened: Open) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Jade Teahouse", "merchant")
    found: list[str] = []
    for screen in ("", "orders", "links", "today", "shop", "staff", "keys", "alipay", "hooks"):
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(f"/merchant/{screen}")
        expect(page.locator("h1")).to_be_visible()
        page.evaluate(AXE.read_text() + ";0")
        page.add_style_tag(content=STILL)
        found += violations(page, screen, "{resultTypes: ['violations']}")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += violations(page, screen, "{runOnly: ['color-contrast']}")
    assert found == []
