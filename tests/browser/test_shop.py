"""The example shop, in its own process, with its button on its own page."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests import fleeting
from tests.browser.conftest import Open, Town, ask, enter

SHOP = Path(__file__).parents[2] / "examples" / "shop"


@pytest.fixture
def shop(town: Town) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = fleeting.port()
    key = town.credentials()["lantern"]["key"]
    with subprocess.Popen(
        [sys.executable, "-I", SHOP / "shop.py", town.address, key, str(port)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield f"http://localhost:{port}", process
        finally:
            process.kill()


def test_a_customer_buys_in_the_example_shop_and_it_hears_of_the_payment(
    opened: Open, shop: tuple[str, subprocess.Popen[str]]
) -> None:
    address, process = shop
    window = opened()
    window.allow("asked another host")  # the shop is another house than the one under test
    page = enter(window, "Ada")
    page.goto(f"{address}/")
    page.get_by_role("button", name="Order A brush and ink").click()
    button = page.get_by_role("link", name="Pay with Sycee")
    expect(button).to_be_visible()
    order = page.url
    button.click()
    page.get_by_role("button", name="Pay ¥68.80").click()
    page.wait_for_url(order)
    expect(page.get_by_role("heading", name="A brush and ink")).to_be_visible()
    said = "open\n"
    assert process.stdout is not None
    for _ in range(2):
        said += process.stdout.readline()  # the second line comes when the webhook does
    assert said == (SHOP / "expected.txt").read_text()
    page.reload()
    expect(page.get_by_text("Your parcel is on its way")).to_be_visible()


def test_a_webhook_that_the_house_did_not_sign_moves_no_parcel(
    shop: tuple[str, subprocess.Popen[str]],
) -> None:
    address, _ = shop
    forged = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    told = ask("POST", f"{address}/hooks", content=b'{"data": {"link": "lnk_1"}}', headers=forged)
    assert told.status_code == 400


def test_a_shop_that_starts_again_takes_its_old_endpoint_away(town: Town) -> None:
    code = runpy.run_path(str(SHOP / "shop.py"))
    house = code["House"](town.address, town.credentials()["lantern"]["key"])
    for _ in range(11):
        code["Shop"](house, "http://localhost:1")
    urls = [each["url"] for each in house.send("GET", "/v1/webhook-endpoints")]
    assert urls.count("http://localhost:1/hooks") == 1


def test_the_button_shows_what_the_shop_wrote_when_its_token_is_none(
    town: Town, opened: Open
) -> None:
    script = ask("GET", f"{town.address}/checkout.js")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(script.content) < 4_000
    page = opened(bypass_csp=True, locale="de-DE").page
    page.goto("/problems")
    page.evaluate("document.documentElement.lang = 'de'")
    page.add_script_tag(url="/checkout.js")
    made = town.call("lantern", "POST /v1/links", {"currency": "CNY", "amount_minor": 100})
    page.evaluate(
        """token => { for (const [name, each] of [['good', token], ['bad', 'no']]) {
          const pay = document.createElement('sycee-pay')
          pay.id = name; pay.setAttribute('token', each); pay.textContent = 'Write to us'
          document.body.append(pay) } }""",
        made["token"],
    )
    button = page.get_by_role("link", name="Mit Sycee bezahlen")
    expect(button).to_have_attribute("href", f"{town.address}/p/{made['token']}")
    expect(page.get_by_text("Write to us").last).to_be_visible()
