"""Looking at what is on the screen with axe, in light and in dark."""

from __future__ import annotations

from playwright.sync_api import Page
from tests.browser.test_wallet import AXE, STILL, violations


def faults(page: Page, name: str) -> list[str]:
    """What axe finds in what is there now: everything in light, the contrasts again in dark."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text() + ";0")
        page.add_style_tag(content=STILL)
    found = violations(page, name, "{resultTypes: ['violations']}")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += violations(page, f"{name}, dark", "{runOnly: ['color-contrast']}")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
