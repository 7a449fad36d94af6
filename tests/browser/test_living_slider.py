"""The living town in the browser: the console's slider sets its pace, and screens live by it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter, fresh
from tests.browser.keyboard import Keys

WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own whose people may live: elsewhere they would be in the way."""
    with fresh(tmp_path_factory, "living", pace=1) as town:
        yield town


def moved(town: Town) -> int:
    """All that ever moved, in minor units."""
    return sum(row["debits_minor"] for row in town.call("townhall", "GET /v1/trial-balance"))


def test_the_slider_sets_the_towns_pace_and_a_till_sees_the_difference(
    town: Town, opened: Open
) -> None:
    town.call("townhall", "PUT /v1/demo/pace", {"per_minute": 0})
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Town Hall")
    slider = page.get_by_role("slider", name="Their pace")
    expect(slider).to_be_enabled()
    expect(page.get_by_text("Still", exact=True)).to_be_visible()
    till = enter(opened(**WIDE), "Jade Teahouse", "merchant")
    expect(till.get_by_text("Live", exact=True)).to_be_visible()

    before = moved(town)
    page.wait_for_timeout(2_500)  # longer than the town takes to look at its pace
    assert moved(town) == before, "a town that stands still moves nothing"
    keys.reach(slider)
    keys.press("End")
    expect(page.get_by_text("600 deeds a minute")).to_be_visible()
    # The slider shows what is chosen at once; the town has it a moment later.
    town.until("townhall", "GET /v1/demo/pace", lambda pace: pace["per_minute"] == 600, 10)
    # Neighbours buy at the teahouse like anybody: its till hears of them, untouched.
    expect(till.get_by_role("listitem").get_by_text("+¥").first).to_be_visible(timeout=45_000)
    assert moved(town) > before

    keys.press("Home")
    expect(page.get_by_text("Still", exact=True)).to_be_visible()
    until, after = time.monotonic() + 30, -1
    while after != (after := moved(town)):  # what was due is done, on a busy machine later
        assert time.monotonic() < until, "the town does not come to rest"
        page.wait_for_timeout(2_500)


def test_the_button_lets_new_years_eve_begin_and_the_rush_is_seen_by_keys_alone(
    town: Town, opened: Open
) -> None:
    town.call("townhall", "PUT /v1/demo/pace", {"per_minute": 0})  # no evening of its own
    keys = Keys(opened(**WIDE).page)
    page = keys.page
    page.goto("/console/")
    keys.button("Town Hall")
    keys.link("New Year")
    expect(page.get_by_text("it celebrates when it is asked to")).to_be_visible()
    keys.button("Let it begin")
    expect(page.get_by_text("The town celebrates until")).to_be_visible()
    # Envelopes are given, and hands are at them: a row fills without a touch.
    row = page.get_by_role("row", name=re.compile(r"[1-9]\d* \W \d+"))
    expect(row.first).to_be_visible(timeout=45_000)
    rush = town.call("townhall", "GET /v1/envelope-rush")
    assert sum(each["claimed"] for each in rush["sums"]) > 0
    keys.button("End it")
    expect(page.get_by_role("button", name="Let it begin")).to_be_visible()
    assert not town.call("townhall", "GET /v1/demo/eve")["on"]
