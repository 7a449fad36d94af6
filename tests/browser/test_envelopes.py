"""Envelopes in a group: invited, given, pressed open, watched live, and checked by a stranger."""

from __future__ import annotations

import os

from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter


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
    page.get_by_label("Handle").fill(f"nele{os.urandom(3).hex()}")
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
