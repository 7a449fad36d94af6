"""What the house's own people do: a mediator rules, an operator matches money, walks the books."""

from __future__ import annotations

import re

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys

from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.doors.bank.seed import NUMBER
from sycee.kit.ids import uuid7
from sycee.products.wallet.bank.folders import Folders
from sycee.runtime.postgres import Cluster

WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def quarrel(town: Town) -> str:
    """A trade of Ada's at the grocer's that has come to a dispute, with a word of each side."""
    trade = town.call(
        "grocer",
        "POST /v1/trades",
        {
            "currency": "CNY",
            "title": "Rice, 25 kg",
            "buyer": town.id("ada"),
            "lines": [{"title": "Rice", "quantity": 1, "unit_price_minor": 9_000}],
        },
    )["id"]
    town.call("ada", f"POST /v1/trades/{trade}/pay", {})
    town.call("grocer", f"POST /v1/trades/{trade}/ship", {})
    town.call("ada", f"POST /v1/trades/{trade}/dispute", {"reason": "damaged"})
    for who, text in (("ada", "The bag was torn."), ("grocer", "It left here whole.")):
        town.call(who, f"POST /v1/trades/{trade}/dispute/evidence", {"text": text})
    return trade


def balance(town: Town, handle: str, code: str) -> int:
    """What a resident's accounts of one kind hold."""
    items = town.call(handle, "GET /v1/accounts")["items"]
    return sum(each["balance_minor"] for each in items if each["code"] == code)


def test_the_mediator_reads_both_sides_and_gives_all_that_is_held(
    town: Town, opened: Open, quarrel: str
) -> None:
    ada = balance(town, "ada", "wallet")
    page = enter(opened(**WIDE), "Mei, the mediator", "console")
    # Only what a mediator may do is offered.
    expect(page.get_by_role("link", name="Disputes")).to_be_visible()
    expect(page.get_by_role("link", name="Parties")).to_have_count(0)

    page.get_by_role("link", name="Rice, 25 kg").click()
    expect(page).to_have_url(f"{town.address}/console/disputes/{quarrel}")
    for words in ("The bag was torn.", "It left here whole."):
        page.get_by_role("button", name="Open", exact=True).first.click()
        expect(page.get_by_text(words)).to_be_visible()

    rule = page.get_by_role("button", name="Rule", exact=True)
    page.get_by_label("Ada").fill("60")
    expect(page.get_by_text("Left to give")).to_be_visible()
    expect(rule).to_be_disabled()
    page.get_by_label("Green Grocer").fill("30.01")
    expect(page.get_by_text("Too much by")).to_be_visible()
    expect(rule).to_be_disabled()
    page.get_by_label("Green Grocer").fill("30")
    expect(page.get_by_text("It sums")).to_be_visible()
    rule.click()
    page.get_by_role("button", name="Give the ruling").click()
    expect(page.get_by_text("The ruling is given")).to_be_visible()
    assert balance(town, "ada", "wallet") - ada == 6_000
    ended = town.call("ada", f"GET /v1/trades/{quarrel}")
    assert (ended["held_minor"], ended["refunded_minor"]) == (0, 6_000)


def test_the_operator_makes_a_resident_a_mediator_and_takes_it_back(
    town: Town, opened: Open
) -> None:
    hall = enter(opened(**WIDE), "Town Hall", "console")
    hall.goto(f"/console/parties/{town.id('chen')}")

    def say(deed: str, done: str) -> None:
        hall.get_by_role("button", name=deed).click()
        hall.get_by_role("dialog").get_by_role("button", name=deed).click()
        expect(hall.get_by_text(done)).to_be_visible()

    say("Make a mediator", "Mediates from now on.")
    chen = enter(opened(**WIDE), "Chen Jing", "console")
    expect(chen.get_by_role("link", name="Disputes")).to_be_visible()
    say("Let them mediate no more", "Mediates no more.")
    expect(hall.get_by_role("button", name="Make a mediator")).to_be_visible()


def test_the_operator_matches_a_line_and_walks_from_account_to_trade_and_back_by_keys_alone(
    town: Town, opened: Open, quarrel: str
) -> None:
    arrives(town, 7_130)
    ben = balance(town, "ben", "wallet")
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Town Hall")
    expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
    # The palette leads anywhere.
    keys.press("Control+k")
    expect(page.get_by_role("combobox", name="A screen")).to_be_focused()
    keys.type("bank")
    keys.press("Enter")
    expect(page).to_have_url(f"{town.address}/console/bank")
    line = page.get_by_role("button", name="¥71.30")
    expect(line).to_be_visible()
    keys.press("j")
    while not line.evaluate("(each) => each === document.activeElement"):
        keys.press("j")
    keys.press("Enter")
    keys.shut()
    expect(line).to_be_focused()
    keys.press("Enter")
    keys.button("See the sender", keys.sheet)
    expect(page.get_by_text("A. Stranger")).to_be_visible()
    keys.write("Whose is it?", "ben")
    keys.press("Enter")
    keys.button("Give it to Ben", keys.sheet)
    expect(page.get_by_text("¥71.30 given to Ben.")).to_be_visible()
    assert balance(town, "ben", "wallet") - ben == 7_130

    keys.press("g", "l")
    expect(page.get_by_text("Both sides agree").first).to_be_visible()  # in each currency
    keys.link("Wallets")
    keys.use(page.get_by_role("row", name="Ada").get_by_role("link").first)
    account = re.compile("/console/ledger/accounts/acc_")
    expect(page).to_have_url(account)
    keys.link("Held for a trade")
    expect(page.get_by_role("heading", name="Held for a trade")).to_be_visible()
    keys.link("Where the money is")
    expect(page.get_by_role("group", name="Where the money is")).to_be_visible()
    keys.link("The trade")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert quarrel in page.url
    # Back: from the trade to its subject in the ledger, to the account, to the transfer again.
    keys.link("In the ledger")
    expect(page.get_by_role("group", name="Where the money is")).to_be_visible()
    keys.link("Ada", exact=True)
    expect(page).to_have_url(account)
    keys.link("Held for a trade")
    expect(page.get_by_role("heading", name="Held for a trade")).to_be_visible()


def test_a_job_that_was_given_up_is_tried_again_by_keys_alone(town: Town, opened: Open) -> None:
    """A delivery whose body nobody can read fails for good in the real worker."""
    job = uuid7()
    with psycopg.connect(Cluster(town.home, "main").url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO runtime.jobs (id, kind, body, run_at, attempts, created_at)"
            " VALUES (%s, 'webhooks.deliver', '{}', now(), 11, now())",
            (job,),
        )
        keys = Keys(opened(**WIDE).page)
        page = keys.page
        page.goto("/console/")
        keys.button("Town Hall")
        expect(page.get_by_role("heading", name="Pulse")).to_be_visible()
        keys.press("g", "j")
        expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        letters = page.get_by_role("table", name="Dead letters")
        while not letters.get_by_role("button").count():
            page.reload()
            expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
            page.wait_for_timeout(200)
        expect(letters.get_by_role("row", name="webhooks.deliver KeyError")).to_be_visible()
        keys.button("Try again")
        expect(page.get_by_text("No dead letters")).to_be_visible()
        row = conn.execute("DELETE FROM runtime.jobs WHERE id = %s RETURNING attempts", (job,))
        assert row.fetchone() in ((0,), (1,)), "it has all its attempts again"


def test_a_figure_that_cannot_be_read_is_none_instead_of_nought(opened: Open) -> None:
    window = opened(**WIDE)
    window.allow("ERR_FAILED")
    page = window.page
    page.route("**/v1/pulse", lambda route: route.abort())
    enter(window, "Town Hall", "console")
    for read, unread in (
        ("Requests", "Log: oldest row unsealed"),
        ("Faults", "Deadlines last looked at"),
    ):
        expect(_figure(page, read)).to_have_text(re.compile(r"\d"))
        expect(_figure(page, unread)).to_have_text("–")
    page.unroute("**/v1/pulse")
    expect(_figure(page, "Log: oldest row unsealed")).to_have_text(re.compile(r"\d"))


def _figure(page: Page, title: str) -> Locator:
    heading = page.get_by_role("heading", name=title)
    return page.locator("section.spark").filter(has=heading).locator(".value")


def arrives(town: Town, minor: int) -> None:
    """Money comes to the safeguarding bank that names nobody; the worker reads of it."""
    bank = Bank(Books(town.home / "bank" / "sandbox.db"), Folders.under(town.home))
    bank.pay_in(NUMBER, minor, name="A. Stranger")
    town.until(
        "townhall",
        "GET /v1/bank/queue",
        lambda queue: any(line["amount_minor"] == minor for line in queue["items"]),
    )
