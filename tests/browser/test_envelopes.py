"""Envelopes in a group: invited, given, pressed open, watched live, and checked by a stranger."""

from __future__ import annotations

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
