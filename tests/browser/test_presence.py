"""Who is here, in all three apps: a server that does not answer yet, and sessions that end."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Route, expect
from psycopg.sql import SQL
from tests.browser.conftest import AUTHENTICATOR, Open, Town, enter

from sycee.kit.ids import parse
from sycee.runtime.postgres.cluster import Cluster

REST = "seen_at = now() - interval '16 minutes'"
LOOK = "dispatchEvent(new Event('online'))"
KEPT = """new Promise((done) => {
  const asked = indexedDB.open('sycee', 1)
  asked.onsuccess = () => {
    const all = asked.result.transaction('kept').objectStore('kept').getAllKeys()
    all.onsuccess = () => done(all.result)
  }
})"""
"""The names of what the browser keeps."""


def cut(route: Route) -> None:
    route.abort()


def sessions(town: Town, party: str, change: LiteralString) -> list[UUID]:
    """Change a party's open sessions in the database, as only time could; which they are."""
    statement = "UPDATE identity.session SET {} WHERE party = %s AND ended_at IS NULL RETURNING id"
    with psycopg.connect(Cluster(town.home, "main").url, autocommit=True) as conn:
        rows = conn.execute(SQL(statement).format(SQL(change)), (parse("par", party),))
        return [id_ for (id_,) in rows.fetchall()]


@pytest.mark.parametrize(
    ("app", "name", "first"),
    [
        ("wallet", "Dora", "Home"),
        ("merchant", "Jade Teahouse", "Till"),
        ("console", "Town Hall", "Pulse"),
    ],
)
def test_a_server_that_does_not_answer_yet_is_said_and_asked_again(
    opened: Open, app: str, name: str, first: str
) -> None:
    window = opened(width=1280)
    window.allow("ERR_FAILED")
    page = window.page
    page.goto(f"/{app}/")
    page.route("**/v1/me", cut)
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text("No connection")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("No connection")).to_be_visible()
    page.unroute("**/v1/me")  # and nobody presses anything
    expect(page.get_by_text("No connection")).to_have_count(0)
    expect(page.get_by_role("link", name=first).first).to_be_visible()


def test_who_enters_again_after_a_session_ended_is_where_they_were(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Ben")
    page.goto("/wallet/contacts")
    expect(page.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    sessions(town, town.id("ben"), "ended_at = now()")
    page.reload()
    page.get_by_role("button", name="Ben").click()
    expect(page.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    page.goto("/wallet/data")
    while not any(name.startswith("owed:") for name in page.evaluate(KEPT)):
        page.wait_for_timeout(20)  # the browser checks what is owed by itself
    page.goto("/wallet/me")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Ben")).to_be_visible()
    assert page.url.endswith("/wallet/"), "who logs out leaves nothing behind"
    assert set(page.evaluate(KEPT)) <= {"key:wallet", "session:wallet", "drift", "log:seen"}


def test_a_till_without_its_line_still_learns_that_its_code_was_paid(
    town: Town, opened: Open
) -> None:
    window = opened()
    window.allow("ERR_FAILED")
    till = window.page
    till.route("**/v1/sales/stream", cut)
    enter(window, "Jade Teahouse", "merchant")
    expect(till.get_by_text("Not connected")).to_be_visible()
    till.keyboard.type("340")
    till.get_by_role("button", name="Show a code").click()
    expect(till.get_by_role("img", name="scans this")).to_be_visible()
    [code] = [
        each
        for each in town.call("jade", "GET /v1/codes?limit=100")["items"]
        if each["amount_minor"] == 340 and each["state"] == "open"
    ]
    till.route("**/v1/codes/*", cut, times=1)  # one question of the till's has no answer
    body = {"payee": town.id("jade"), "amount_minor": 340, "currency": "CNY", "code": code["text"]}
    town.call("dora", "POST /v1/transfers", body)
    expect(till.get_by_role("heading", name="Paid")).to_be_visible()


def test_who_is_asked_for_a_touch_stays_here_whatever_asks_meanwhile(
    town: Town, opened: Open
) -> None:
    page = enter(opened(), "Dora")
    page.goto("/wallet/data")
    take = page.get_by_role("button", name="JSON")
    expect(take).to_be_visible()
    sessions(town, town.id("dora"), "unlocked_at = now() - interval '1 hour'")
    touching: list[Route] = []
    page.route("**/v1/demo/sessions", lambda route: touching.append(route))
    take.click()
    while not touching:
        page.wait_for_timeout(20)
    with page.expect_response("**/v1/me") as asked:  # the wallet hears of it, and reads anew
        body = {"payee": town.id("dora"), "amount_minor": 5, "currency": "CNY"}
        town.call("ada", "POST /v1/transfers", body)
    assert asked.value.status == 200
    expect(take).to_be_visible()
    with page.expect_download() as file:
        touching[0].continue_()
    assert file.value.suggested_filename == "sycee.json"


def test_a_wallet_that_rested_is_locked_and_opens_where_it_was_by_its_passkey(
    town: Town, opened: Open
) -> None:
    window = opened(passkey=True)
    page = window.page
    page.goto("/wallet/")
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill("Rui")
    page.get_by_label("Handle").fill("rui.rests")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("link", name="Orders").first.click()
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    rui = town.call("ada", "GET /v1/payees/rui.rests")["party"]["id"]
    [session] = sessions(town, rui, REST)
    locked = page.get_by_role("heading", name="Locked")
    page.reload()
    expect(locked).to_be_visible()
    page.get_by_role("button", name="Unlock").click()
    expect(locked).to_have_count(0)
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    same = sessions(town, rui, "seen_at = seen_at")
    assert same == [session], "the same session, under a new cookie"
    page.route("**/assets/Send-*.js", lambda route: route.fulfill(status=404))
    page.get_by_role("link", name="Home").first.click()
    page.get_by_role("link", name="Send").first.click()
    again = page.get_by_role("button", name="Try again")  # its release is gone
    expect(again).to_be_visible()
    expect(page.get_by_text("No connection")).to_have_count(0)
    page.unroute("**/assets/Send-*.js")
    again.click()
    page.get_by_label("To whom").fill("somebody whose name is long")
    while not locked.is_visible():  # the server knows a session for some seconds more
        sessions(town, rui, REST)
        page.evaluate(LOOK)
        page.wait_for_timeout(200)
    for _ in range(2):  # the second time a browser asks no page
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_label("To whom")).to_have_value("somebody whose name is long")


def test_what_ended_in_one_tab_logs_out_nobody_who_came_in_by_another(opened: Open) -> None:
    window = opened()
    old, new = enter(window, "Ben"), window.context.new_page()
    new.goto("/wallet/me")
    new.get_by_role("button", name="Log out").click()
    new.get_by_role("button", name="Dora").click()
    expect(new.get_by_text("Hello, Dora")).to_be_visible()
    old.evaluate(LOOK)
    expect(old.get_by_role("button", name="Log in with a passkey")).to_be_visible()
    new.reload()
    expect(new.get_by_text("Hello, Dora")).to_be_visible()


def test_who_comes_in_is_told_what_became_of_the_passkey(opened: Open) -> None:
    window = opened()
    window.allow("Failed to load resource")
    page = window.page
    browser = window.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {"options": AUTHENTICATOR | {"isUserVerified": False}}  # the wrong finger
    added = browser.send("WebAuthn.addVirtualAuthenticator", options)
    page.goto("/wallet/")
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill("Lin")
    page.get_by_label("Handle").fill("@lin.late")  # as handles are written everywhere
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("No passkey answered. Nothing was done.")).to_be_visible()
    browser.send("WebAuthn.setUserVerified", added | {"isUserVerified": True})

    def lose(route: Route) -> None:
        assert route.fetch().ok, "the server heard, and did it"
        route.fulfill(status=502, content_type="text/html", body="<html>502 Bad Gateway</html>")

    page.route("**/v1/registrations/*", lose)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("Try to log in with it")).to_be_visible()
    page.get_by_role("button", name="Another way").click()
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("Hello, Lin")).to_be_visible()


def test_what_is_refused_because_of_somebody_else_logs_nobody_out(town: Town, opened: Open) -> None:
    window = opened(width=1280)
    window.allow("409")
    page = enter(window, "Town Hall", "console")
    body = {"kind": "person", "display_name": "Gone Tomorrow", "handle": "gone.tomorrow"}
    party = town.call("townhall", "POST /v1/parties", body)["id"]
    page.goto(f"/console/parties/{party}")
    page.get_by_role("button", name="Restrict").click()
    town.call("townhall", f"POST /v1/parties/{party}/close")
    page.get_by_role("dialog").get_by_role("button", name="Restrict").click()
    expect(page.get_by_text("This account is closed").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Gone Tomorrow")).to_be_visible()
    expect(page.get_by_role("button", name="Restrict")).to_have_count(0)
