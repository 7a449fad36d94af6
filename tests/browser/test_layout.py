"""Every view of the apps on a phone and a desk, in each language: nothing runs off or is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize
from tests.browser.conftest import Open, Town, fresh
from tests.browser.layout import faults
from tests.browser.scene import happened
from tests.browser.views import VIEWS, looked

WEB = Path(__file__).parents[2] / "web"
LED_ON = {"wallet/p", "wallet/r", "wallet/invite"}
"""Screens that lead to another at once, or that only somebody else's link opens."""

SMALLEST_PHONE: ViewportSize = {"width": 320, "height": 640}
"""Also what is left of a larger one whose text is enlarged: WCAG 2.2, 1.4.10."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own: what happens in it would surprise the other tests."""
    with fresh(tmp_path_factory, "looked-at") as town:
        yield town


def test_nothing_runs_off_or_is_cut_in_any_width_and_language(town: Town, opened: Open) -> None:
    found: list[str] = []
    for view, looking in looked(opened, happened(town)):
        for here in looking.turns():
            found += [f"{view.name} {here}: {each}" for each in faults(looking.page)]
        if view.app != "console":  # what people carry; the console stands on a desk
            looking.page.set_viewport_size(SMALLEST_PHONE)
            found += [f"{view.name} at 320: {each}" for each in faults(looking.page)]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("app", ["wallet", "merchant", "console"])
def test_every_screen_is_looked_at(app: str) -> None:
    text = (WEB / app / "screens" / "index.ts").read_text()
    screens = set(re.findall(r"^  '?([\w-]+)'?: \(\) =>", text, re.M)) - {"lost"}
    seen = {re.split(r"[/?]", view.path)[0] for view in VIEWS if view.app == app}
    missing = {each for each in screens - seen if f"{app}/{each}" not in LED_ON}
    assert not missing, f"add a view of these to tests/browser/views.py: {sorted(missing)}"


BAD = {
    "too wide": "<p style='width: 200vw'>Wide</p>",
    "out of": "<div style='width: 40px'>Überweisungsauftrag</div>",
    "is cut by": "<div style='width: 40px; overflow: hidden'>Überweisungsauftrag</div>",
    "too small": "<p style='font-size: 9px'>Small</p>",
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_wrong_is_found(chromium, fault: str) -> None:
    page: Page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_content(BAD[fault])
    (found,) = faults(page)
    assert fault in found
    page.close()
