"""What the owner of a shop does beside the till: links, staff, keys, webhooks, refunds."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, Watched, ask, enter
from tests.browser.gateway import ask_gateway
from tests.browser.keyboard import Keys

from sycee.doors.alipay import certificates, signature
from sycee.doors.alipay.seed import DEMO_APP

SHOP = "Lantern Books"


def opened_at(page: Page, path: str) -> Page:
    page.goto(f"/merchant/{path}")
    return page


def keys_of(window: Watched, path: str, shop: str = SHOP) -> Keys:
    """The owner, who came in by the keyboard and went to a screen of the shop's by it."""
    keys = Keys(window.page)
    window.page.goto("/merchant/")
    keys.button(shop)
    for step in path.split(" › "):
        keys.link(step, exact=True)
    return keys


class Server(BaseHTTPRequestHandler):
    """A shop's own server: it answers with the next status that it was given, and says success.

    It remembers by what number each call is known: a webhook's, or that of the gateway's notice.
    """

    statuses: list[int]
    heard: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.heard.append(self.headers["webhook-id"] or dict(parse_qsl(body))["notify_id"])
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Server]]]:
    kind = type("Mine", (Server,), {"statuses": [410], "heard": []})
    listening = HTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/hook", kind
    listening.shutdown()
    listening.server_close()


def test_a_link_is_made_shown_as_a_code_seen_paid_and_closed_by_keys_alone(
    town: Town, opened: Open
) -> None:
    keys = keys_of(opened(width=1280), "Links")
    page = keys.page
    keys.button("New link")
    keys.write("What it is for", "A reading by lamplight")
    keys.write(re.compile("^Amount"), "66")
    keys.reach(page.get_by_label("Ends with the first payment"))
    keys.press("ArrowRight")
    keys.button("Make the link", keys.sheet)
    expect(page.get_by_role("img", name="Scan it to pay")).to_be_visible()
    link = town.call("lantern", "GET /v1/links?limit=1")["items"][0]
    assert (link["amount_minor"], link["once"], link["title"]) == (
        6_600, False, "A reading by lamplight",
    )  # fmt: skip
    expect(page.get_by_text(f"{town.address}/p/{link['token']}")).to_be_visible()
    body = {"payee": town.id("lantern"), "amount_minor": 6_600, "currency": "CNY"}
    town.call("dora", "POST /v1/transfers", {**body, "link": link["token"]})
    expect(page.get_by_text("1 payment ·")).to_be_visible()  # without a touch
    keys.button("Close the link")
    keys.shut()
    keys.button("Close the link")
    keys.button("Close the link", keys.sheet)
    expect(page.get_by_text("Closed", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Scan it to pay")).to_have_count(0)


def test_a_key_is_shown_once_replaced_and_ended_by_keys_alone(town: Town, opened: Open) -> None:
    def ping(secret: str) -> int:
        headers = {"authorization": f"Bearer {secret}"}
        return ask("GET", f"{town.address}/v1/me", headers=headers).status_code

    keys = keys_of(opened(), "Shop › API keys")
    page = keys.page
    keys.button("New key")
    keys.write("What uses it", "The web shop")
    keys.tick("See the directory")
    keys.button("Make the key", keys.sheet)
    first = keys.sheet.locator("code").inner_text()
    assert ping(first) == 200
    keys.button("I have copied it", keys.sheet)
    expect(page.get_by_text(first)).to_have_count(0)

    keys.button(re.compile("The web shop.*In use"))
    keys.button("Replace", keys.sheet)
    keys.button("Replace", page.get_by_role("dialog", name="Replace"))
    second = keys.sheet.locator("code").inner_text()
    assert (ping(first), ping(second)) == (200, 200), "the old one lives on for a day"
    keys.button("I have copied it", keys.sheet)
    keys.button(re.compile("The web shop.*Replaced"))
    keys.button("Revoke", keys.sheet)
    keys.button("Revoke", page.get_by_role("dialog", name="Revoke"))
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    known = town.call("lantern", "GET /v1/api-keys?limit=100")["items"]
    named = [each for each in known if each["name"] == "The web shop"]
    assert [each["revoked_at"] is None for each in named] == [False, True]


def test_an_alipay_key_is_made_in_the_browser_and_only_its_public_half_leaves_it(
    town: Town, opened: Open
) -> None:
    window = opened()
    sent: list[str] = []
    window.page.on("request", lambda asked: sent.append(asked.post_data or ""))
    page = opened_at(enter(window, SHOP, "merchant"), "alipay")
    page.get_by_role("button", name="New app").click()
    secret = page.get_by_role("dialog").locator("code").inner_text()
    key = signature.load_private(secret)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save as a file").click()
    app = town.call("lantern", "GET /v1/alipay-apps")["items"][0]
    assert taken.value.suggested_filename == f"{app['app_id']}.pem"
    page.get_by_role("button", name="I have copied it").click()
    told = "".join(sent)
    assert "PRIVATE" not in told
    assert signature.public_pem(key.public_key()).splitlines()[1] in told
    page.get_by_role("button", name=re.compile(app["app_id"])).click()
    page.get_by_role("button", name="New certificates").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="appCertPublicKey.crt").click()
    assert taken.value.suggested_filename == f"appCertPublicKey_{app['app_id']}.crt"
    certified = certificates.load(taken.value.path().read_text()).public_key()
    assert certified == key.public_key()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name=re.compile(app["app_id"])).click()
    page.get_by_role("button", name="End the app").click()
    page.get_by_role("dialog").get_by_role("button", name="End the app").click()
    expect(page.get_by_role("button", name=re.compile(app["app_id"]))).to_have_count(0)


def test_what_is_wrong_with_a_form_is_named(town: Town, opened: Open) -> None:
    window = opened()
    window.allow("400")
    keys = keys_of(window, "Shop › Webhooks")
    keys.button("New endpoint")
    keys.write("Address of your server", "https://shop.example/hook")
    keys.write("Which events", "no such.event!")
    keys.press("Enter")
    alert = keys.sheet.get_by_role("alert")
    expect(alert).to_contain_text("Please check what you entered.")
    expect(alert).to_contain_text("events[0]: must be an event")


def test_a_webhook_shows_its_attempts_and_sends_again_what_was_given_up(
    town: Town, opened: Open, server: tuple[str, type[Server]]
) -> None:
    address, kind = server
    keys = keys_of(opened(), "Shop › Webhooks")
    page = keys.page
    keys.button("New endpoint")
    keys.write("Address of your server", address)
    keys.write("Which events", "transfer.*")
    keys.press("Enter")
    expect(keys.sheet.locator("code")).to_have_text(re.compile("^whsec_"))
    keys.button("I have copied it", keys.sheet)
    body = {"payee": town.id("lantern"), "amount_minor": 100, "currency": "CNY"}
    town.call("dora", "POST /v1/transfers", body)
    keys.link(re.compile("127.0.0.1"))
    keys.reach(page.get_by_label("All", exact=True))
    while page.get_by_role("button", name=re.compile("transfer.made.*Given up")).count() == 0:
        keys.press("ArrowRight", "ArrowLeft")  # each asks anew
        page.wait_for_timeout(200)
    page.reload()
    expect(page.get_by_text("Your server answered 410")).to_be_visible()
    keys.button("Set active")
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    keys.button(re.compile("transfer.made.*Given up"))
    expect(page.get_by_role("cell", name="410")).to_be_visible()
    keys.button("Send again", keys.sheet)
    expect(page.get_by_text("1 will be sent again.")).to_be_visible()
    while len(kind.heard) < 2:
        page.wait_for_timeout(100)
    assert kind.heard[0] == kind.heard[1], "the receiver knows it for the same event"
    keys.button("Delete")
    keys.button("Delete", keys.sheet)
    expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()


def test_what_the_gateway_told_a_shop_is_read_and_sent_again_by_keys_alone(
    town: Town, opened: Open, server: tuple[str, type[Server]]
) -> None:
    address, kind = server
    kind.statuses.clear()
    code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 1_900, "currency": "CNY"})
    order = {"out_trade_no": "LAMP_1", "total_amount": "19.00", "subject": "A lamp"}
    scan = {**order, "scene": "bar_code", "auth_code": code["code"]}
    paid = ask_gateway(town, "alipay.trade.pay", scan, notify_url=address).json()
    assert paid["alipay_trade_pay_response"]["code"] == "10000", paid
    keys = keys_of(opened(), "Shop › Alipay keys")
    page = keys.page
    keys.button(re.compile(DEMO_APP))
    keys.link("What your server was told")
    while page.get_by_role("button", name=re.compile("LAMP_1.*Delivered")).count() == 0:
        page.reload()
        expect(page.get_by_role("button", name=re.compile("LAMP_1"))).to_be_visible()
    keys.button(re.compile("LAMP_1.*TRADE_SUCCESS"))
    expect(keys.sheet.get_by_text(kind.heard[0])).to_be_visible()
    keys.button("Send again", keys.sheet)
    expect(page.get_by_text("1 will be sent again.")).to_be_visible()
    while len(kind.heard) < 2:
        page.wait_for_timeout(100)
    assert kind.heard[0] == kind.heard[1], "the shop knows it for the same notice"
    keys.reach(page.get_by_label("All", exact=True))
    keys.press("ArrowLeft")
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()


def test_an_owner_hires_a_cashier_who_sells_by_the_keyboard_alone(town: Town, opened: Open) -> None:
    owner = keys_of(opened(width=1280), "Shop › Staff", "Green Grocer")
    owner.button("Add someone")
    owner.write("Their handle", "@dora")
    owner.write("May give back in a day", "5")
    owner.press("Enter")
    invitation = owner.sheet.locator("code").inner_text()
    owner.shut()

    hands = Keys(opened(passkey=True).page)
    till = hands.page
    till.goto(invitation)
    hands.button("Make this device a till")
    expect(till.get_by_text("Live", exact=True)).to_be_visible()
    expect(till.get_by_role("link", name="Links")).to_have_count(0)
    hands.type("321")
    hands.button("Take a pay code")
    shown = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 2_000, "currency": "CNY"})
    expect(till.get_by_label("The 18 digits")).to_be_focused()
    hands.type(shown["code"])
    hands.press("Enter")
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()
    expect(till.get_by_role("button", name="Next customer")).to_be_focused()
    hands.press("Enter")
    expect(till.get_by_role("button", name="Show a code")).to_be_disabled()

    # They give back up to their limit, and see nothing of the shop's own.
    hands.link(re.compile("Ben"))
    hands.button("Give money back")
    hands.write("How much back", "3.21")
    hands.press("Enter")
    expect(till.get_by_text("¥3.21 went back.")).to_be_visible()
    hands.link("Shop", exact=True)
    expect(till.get_by_role("heading", name="Green Grocer")).to_be_visible()
    expect(till.get_by_role("link", name="API keys")).to_have_count(0)

    owner.page.reload()
    owner.button(re.compile("Dora.*1 device"))
    owner.button("Remove from staff", owner.sheet)
    owner.button("Remove from staff", owner.page.get_by_role("dialog", name="Remove from staff"))
    expect(owner.page.get_by_role("button", name=re.compile("Dora"))).to_have_count(0)


def test_a_newcomer_opens_a_shop_and_is_paid(town: Town, opened: Open) -> None:
    page = opened(passkey=True).page
    page.goto("/merchant/")
    page.get_by_role("button", name="Open a shop").click()
    page.get_by_label("Name of the shop").fill("متجر النور")
    page.get_by_label("Handle").fill("noorshop")
    page.get_by_role("button", name="Open it with a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("link", name="Today").click()
    town.call(
        "ada", "POST /v1/payments", {"payee": "noorshop", "amount_minor": 700, "currency": "CNY"}
    )
    expect(page.get_by_role("status").get_by_text("¥7.00")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Ada.*7.00")).first).to_be_visible()
