"""Envelopes in a group: invited, given, pressed open, watched live, and checked by a stranger."""

from __future__ import annotations

import os
import subprocess
import sys

from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter, unused
from tests.browser.seeing import AXE, STILL, violations


def test_a_group_gives_and_its_giver_watches_the_press_of_a_hand_open_it(
    town: Town, opened: Open
) -> None:
    ada = enter(opened(), "Ada")
    ada.goto("/wallet/groups")
    ada.get_by_role("button", name="New group").click()
    invitation = ada.locator("code").inner_text()
    ben = enter(opened(scheme="dark", reduced_motion="reduce"), "Ben")
    ben.goto(invitation)
    ben.get_by_role("button", name="Join the group").click()
    ben.wait_for_url("**/groups/grp_*")

    ada.goto(ben.url.replace(town.address, ""))
    ada.get_by_role("link", name="Give to the group").click()
    ada.get_by_label("In the envelope").fill("2.00")
    ada.get_by_label("For how many").fill("2")
    ada.get_by_role("button", name="Put in ¥2.00").click()
    link = ada.locator("code").inner_text()
    ada.get_by_role("link", name="A code of six digits").click()
    ada.get_by_role("button", name="Show a code").click()
    digits = ada.locator("[data-code]").inner_text()

    ben.goto("/wallet/envelopes")
    ben.get_by_label("A code on somebody").fill(digits)
    ben.get_by_role("button", name="Open by code").click()
    seal = ben.get_by_role("button", name="Open the envelope")
    seal.hover()
    ben.mouse.down()
    ben.wait_for_timeout(450)
    with ben.expect_response("**/v1/envelope-claims") as answer:
        ben.mouse.up()
    assert answer.value.status == 200
    asked = answer.value.request.post_data_json
    assert asked is not None
    assert len(asked["gesture"]["trace"]) >= 3
    expect(ben.get_by_text("You got")).to_be_visible()

    stranger = opened().page
    stranger.goto(link.replace(town.address, ""))
    expect(stranger.get_by_text("Log in or join to open it")).to_be_visible()
    stranger.goto(f"/wallet/fair/{ada.url.rpartition('/')[2]}")
    expect(stranger.get_by_text("The seed is published when")).to_be_visible()


def test_a_newcomer_joins_by_passkey_for_an_envelope_and_has_the_share_in_the_wallet(
    town: Town, opened: Open
) -> None:
    body = {"amount_minor": 888, "currency": "CNY", "shares": 1, "newcomers": True}
    sent = town.call("ada", "POST /v1/envelopes", body)
    page = opened(passkey=True).page
    page.goto(f"/wallet/e/{sent['token']}")
    expect(page.get_by_text("Log in or join to open it")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.get_by_role("button", name="New here").click()
    page.get_by_label("Your name").fill("Nele")
    page.get_by_label("Handle").fill(unused("nele"))
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    seal = page.get_by_role("button", name="Open the envelope")
    seal.focus()
    page.keyboard.press("Enter")  # a keyboard leaves no trace of a press, and waits a moment
    expect(page.get_by_text("You got")).to_be_visible()
    expect(page.get_by_text("¥8.88").first).to_be_visible()
    page.goto("/wallet/")
    expect(page.get_by_text("Hello, Nele")).to_be_visible()
    expect(page.get_by_text("¥8.88").first).to_be_visible()
    told = town.call("ada", f"GET /v1/envelopes/{sent['id']}")
    assert (told["state"], told["taken"]) == ("empty", 1)


def faults(page: Page, state: str) -> list[str]:
    """What axe finds in what is on the screen now, in light and in dark."""
    page.evaluate(AXE.read_text() + ";0")
    page.add_style_tag(content=STILL)
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += violations(page, f"{state}, {scheme}", "{resultTypes: ['violations']}")
    return found


def test_what_one_opens_is_accessible(town: Town, opened: Open) -> None:
    group = town.call("ada", "POST /v1/groups", {"emblem": "club"})
    town.call("chen", "POST /v1/group-members", {"token": group["token"]})
    body = {"amount_minor": 300, "currency": "CNY", "shares": 2}
    sent = town.call("ada", "POST /v1/envelopes", {**body, "group": group["id"]})
    for who in ("ada", "chen"):
        town.call(who, "POST /v1/envelope-claims", {"envelope": sent["id"]})
    page = enter(opened(bypass_csp=True, reduced_motion="reduce"), "Chen Jing")
    page.goto(f"/wallet/e/id/{sent['id']}")
    page.get_by_role("button", name="Check it here").click()
    expect(page.get_by_text("All shares follow from the seed")).to_be_visible()
    found = faults(page, "an opened envelope")
    page.goto(f"/wallet/fair/{sent['id']}")
    expect(page.get_by_text("All shares follow from the seed")).to_be_visible()
    found += faults(page, "the verifier's result")
    page.goto(f"/wallet/groups/{group['id']}")
    expect(page.get_by_text("2 members")).to_be_visible()
    found += faults(page, "a group")
    stranger = opened(bypass_csp=True, reduced_motion="reduce").page
    stranger.goto(f"/wallet/e/{sent['token']}")
    expect(stranger.get_by_text("Log in or join to open it")).to_be_visible()
    found += faults(stranger, "a link without a wallet")
    assert found == []


def test_the_console_shows_an_evening_live(town: Town, opened: Open) -> None:
    page = enter(opened(width=1280, height=900), "Town Hall", "console")
    page.goto("/console/new-year")
    expect(page.get_by_text("Nobody lives in this town")).to_be_visible()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    told = subprocess.run(
        [sys.executable, "-P", "-m", "sycee", "demo", "newyear", "--seconds", "4", "--guests", "3"],
        env={**kept, "SYCEE_HOME": str(town.home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert f"Watch: {town.address}/console/new-year" in told.stdout.replace(
        "127.0.0.1", "localhost"
    )
    said = [line for line in told.stdout.splitlines() if " sends " in line]
    assert said, told.stdout
    sender = said[-1].partition(" sends ")[0]
    expect(page.get_by_role("cell", name=sender).first).to_be_visible()  # nobody reloaded the page
    (sums,) = town.call("townhall", "GET /v1/envelope-rush")["sums"]
    assert sums["envelopes"] >= len(said)
    assert sums["claimed"] > 0
