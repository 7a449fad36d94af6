"""Who watches, in the browser: orders, demands, totals, and the page for everybody."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.views import SPEAK

from sycee.oversight.regulator.demands import desk
from sycee.oversight.regulator.demands.desk import Answer

WIDE = {"width": 1280, "height": 900}
LETTER = "Give us the name of whoever sold the teapot. — Det. Insp. Kwan"


def sign(page: Page, verb: str) -> None:
    """Sign with this browser's key; it is made when there is none."""
    make = page.get_by_role("button", name="Make a key here and register it")
    own = page.get_by_role("button", name=verb, exact=True)
    expect(make.or_(own).first).to_be_visible()
    if make.is_visible():
        make.click()
    own.first.click()


def sign_by(keys: Keys, verb: str) -> None:
    """The same by the keyboard."""
    make = keys.page.get_by_role("button", name="Make a key here and register it")
    own = keys.page.get_by_role("button", name=verb, exact=True)
    expect(make.or_(own).first).to_be_visible()
    if make.is_visible():
        keys.use(make)
    keys.use(own.first)


def approve(town: Town, order: str) -> None:
    """The second person's word, signed with a key that is kept elsewhere."""
    private = Ed25519PrivateKey.generate()
    raw = b64encode(private.public_key().public_bytes_raw()).decode()
    key = town.call("townhall", "POST /v1/order-keys", {"public": raw})["id"]
    text = b64decode(town.call("townhall", f"GET /v1/orders/{order}/packet")["document"])
    signature = b64encode(private.sign(b"sycee approval v1\n" + text)).decode()
    body = {"key": key, "signature": signature}
    town.call("townhall", f"POST /v1/orders/{order}/approve", body)


def test_an_order_is_drafted_signed_by_keys_alone_told_in_the_wallet_and_lifted_by_two(
    town: Town, opened: Open
) -> None:
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Town Hall")
    expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
    keys.press("g", "o")
    keys.link("Draft an order")
    keys.write("Authority", "Harbour Authority")
    keys.write("Legal basis", "Act 7")
    keys.tick("rides")
    keys.write("Jurisdictions", "cn, de")
    keys.write("What customers are told", "Rides rest until Monday.")
    keys.button("Show what it would stop")
    expect(page.get_by_text("Rides · In · CN")).to_be_visible()
    sign_by(keys, "Sign and hand in")
    expect(page.get_by_text("In force", exact=True)).to_be_visible()
    order = page.url.rpartition("/")[2]
    with page.expect_download() as file:
        keys.button("Packet for the authority")
    assert Path(file.value.path()).read_bytes().startswith(b"%PDF-")
    keys.press("g", "g")  # the gate is seen shut, and leads to its order
    expect(page.get_by_role("rowheader", name="Rides")).to_be_visible()
    expect(page.locator(f"a[href$='{order}']").first).to_be_visible()

    phone = enter(opened(locale="de-DE"), "Ada")
    expect(phone.get_by_text("Rides rest until Monday.")).to_be_visible()
    with phone.expect_request(lambda asked: "/v1/notices?language=zh" in asked.url):
        phone.evaluate(SPEAK, "zh")  # chosen in another window

    page.goto("/console/orders/new")
    page.get_by_label("Authority").fill("Harbour Authority")
    page.get_by_label("Legal basis").fill("Letter 8")
    page.get_by_label("What it does").select_option("allow")
    page.get_by_label("In the place of").fill(order)
    page.get_by_role("button", name="Show what it would stop").click()
    page.get_by_text("The key is elsewhere: paste a signature").click()
    page.get_by_role("button", name="End this key").click()  # another takes its place
    expect(page.get_by_role("button", name="Make a key here and register it")).to_be_visible()
    sign(page, "Sign and hand in")
    expect(page.get_by_text("Waits for a second person", exact=True)).to_be_visible()

    # All that sit at the town hall's desk are one pair of eyes: its API key is another.
    sign(page, "Approve")
    expect(page.get_by_text("It takes two people to loosen")).to_be_visible()
    approve(town, page.url.rpartition("/")[2])
    page.reload()
    expect(page.get_by_text("In force", exact=True)).to_be_visible()
    assert town.call("townhall", f"GET /v1/orders/{order}")["state"] == "ended"


def test_a_demand_is_taken_in_narrowed_by_two_and_answered_sealed(town: Town, opened: Open) -> None:
    first = enter(opened(**WIDE), "Town Hall", "console")
    first.get_by_role("link", name="Demands").click()
    first.get_by_role("link", name="Take a demand in").click()
    first.get_by_role("button", name="Take it in").click()
    expect(first.get_by_text("It lacks: the authority, the legal basis")).to_be_visible()
    first.get_by_label("Authority").fill("Harbour Police")
    first.get_by_label("Legal basis").fill("Warrant 77")
    first.get_by_label("The request, word for word").fill(LETTER)
    first.get_by_label("Whose data?").fill("chen")
    first.get_by_role("button", name="Add", exact=True).click()
    expect(first.get_by_text("Chen Jing", exact=True).first).to_be_visible()
    for field in ("Name", "Telephone"):
        first.get_by_label(field, exact=True).check()
    first.get_by_role("button", name="Take it in").click()
    expect(first.get_by_role("heading", name="Harbour Police")).to_be_visible()
    first.get_by_role("button", name="Read the request").click()
    expect(first.get_by_text(LETTER)).to_be_visible()
    first.get_by_label("Telephone").uncheck()
    first.get_by_role("button", name="Grant this").click()
    expect(first.get_by_text("Waits for the second")).to_be_visible()
    first.get_by_role("button", name="Grant this").click()
    expect(first.get_by_text("It takes two people to grant a demand")).to_be_visible()

    id_ = first.url.rpartition("/")[2]
    granted = {"granted": {"subjects": [town.id("chen")], "fields": ["name"]}}
    town.call("townhall", f"POST /v1/demands/{id_}/approve", granted)
    second = first
    second.reload()
    expect(second.get_by_text("Granted", exact=True).first).to_be_visible()
    private = X25519PrivateKey.generate()
    public = b64encode(private.public_key().public_bytes_raw()).decode()
    second.get_by_label("The authority’s public key").fill(public)
    with second.expect_download() as file:
        second.get_by_role("button", name="Open, seal and download").click()
    answer = Answer(**json.loads(Path(file.value.path()).read_text()))
    told = json.loads(desk.unseal(answer, private.private_bytes_raw()))
    assert [one["person"] for one in told["people"]] == [town.id("chen")]
    assert "phone" not in told["people"][0]["details"]
    expect(second.get_by_role("button", name="Download the sealed answer again")).to_be_visible()

    chen = enter(opened(), "Chen Jing")
    chen.goto("/wallet/data")
    expect(chen.get_by_text("name").first).to_be_visible()


def test_the_wallet_finds_its_balance_in_the_total_by_itself(town: Town, opened: Open) -> None:
    page = enter(opened(), "Ada")
    page.goto("/wallet/data")
    expect(page.get_by_text("Your balance is in the total of")).to_be_visible()
    assert "owed to everybody" in page.locator("main").inner_text()
    page.get_by_role("button", name="Check here").last.click()
    expect(page.get_by_text("Your balance is in the total of")).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("button", name="Save the proof").click()
    proof = json.loads(Path(file.value.path()).read_text())
    assert {each["total"]["currency"] for each in proof} == {"CNY"}


def test_a_house_that_shows_another_total_is_found_out(opened: Open) -> None:
    window = opened()
    page = enter(window, "Ben")

    def less(route) -> None:
        answer = route.fetch()
        proofs = answer.json()
        proofs[0]["total"]["sum_minor"] -= 100
        route.fulfill(response=answer, json=proofs)

    page.route("**/v1/liabilities/proofs", less)
    page.goto("/wallet/data")
    page.get_by_role("button", name="Check here").last.click()
    expect(page.get_by_text("Your balance is not in the published total")).to_be_visible()
    page.goto("/wallet/")
    expect(page.get_by_role("link", name="Your balance is not")).to_be_visible()
    page.unroute_all(behavior="wait")


def test_a_house_that_names_another_reader_is_found_out(town: Town, opened: Open) -> None:
    town.call("ben", "POST /v1/me/export")
    page = enter(opened(), "Ben")
    lying: list[bool] = []

    def another(route) -> None:
        answer = route.fetch()
        found = answer.json()
        if lying:
            found["items"][0]["who"] = {"role": "operator", "id": None, "name": "Town Hall"}
        route.fulfill(response=answer, json=found)

    page.route("**/v1/me/readings?*", another)
    page.goto("/wallet/data")
    check = page.get_by_role("button", name="Check here").first
    town.until("ben", "GET /v1/me/readings", lambda found: found["items"][0]["index"] is not None)
    for verdict in ("and the list is whole", "A row is not in the signed log"):
        check.click()
        expect(page.get_by_text(verdict)).to_be_visible()
        lying.append(True)
        page.reload()
    page.unroute_all(behavior="wait")


def test_everybody_sees_what_the_house_shows_everybody(town: Town, opened: Open) -> None:
    page = opened(locale="zh-CN").page
    page.goto("/transparency")
    expect(page.get_by_role("heading", name="生效中的命令")).to_be_visible()
    page = opened().page
    page.goto("/transparency")
    for name in ("The log", "What is owed to customers", "What authorities demanded"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    key = town.call("ada", "GET /v1/log")["key"]
    expect(page.get_by_text(key)).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide, "nothing runs off the side of a phone"


def test_a_person_corrects_takes_along_proves_and_is_not_forgotten_while_she_holds_money(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Dora")
    page.goto("/wallet/data")
    page.get_by_role("button", name="Show and correct").click()
    page.get_by_label("Telephone").fill("+49 30 1234567")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept, sealed with your key.")).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("button", name="JSON").click()
    taken = json.loads(Path(file.value.path()).read_text())
    assert taken["details"]["phone"] == "+49 30 1234567"
    with page.expect_download() as file:
        page.get_by_role("button", name="PDF").click()
    assert Path(file.value.path()).read_bytes().startswith(b"%PDF-")
    expect(page.get_by_text("You looked at it yourself").first).to_be_visible()
    good = page.get_by_text("the list is whole")
    while not good.is_visible():  # rows of the last second are not sealed yet
        page.get_by_role("button", name="Check here").first.click()
        page.wait_for_timeout(200)
        expect(page.get_by_text("A row is not in the signed log")).to_have_count(0)
    page.get_by_role("button", name="Be forgotten").click()
    page.get_by_role("button", name="Destroy my key").click()
    expect(page.get_by_text("Something of yours is still open")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("listitem")).not_to_have_count(0)


def test_the_operator_counts_and_everybody_sees_what_it_cost(town: Town, opened: Open) -> None:
    page = enter(opened(**WIDE), "Town Hall", "console")
    page.get_by_role("link", name="Counts").click()
    page.get_by_label("How many").select_option("people")
    page.get_by_label("Price").select_option("50")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Within this margin")).to_be_visible()
    expect(page.get_by_text("±")).to_be_visible()
    expect(page.get_by_text("0.050 ε / 2.000 ε")).to_be_visible()
    public = opened().page
    public.goto("/transparency")
    expect(public.get_by_text("0.050 / 2.000 ε")).to_be_visible()
