"""Looking at what is on the screen with axe, in light and in dark."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
STILL = "* { transition: none !important; animation: none !important }"


def violations(page: Page, name: str, options: str) -> list[str]:
    """What one run of axe finds, once what is there is drawn."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 30)))")
    # The rest of the report, all that is in order, is large and would be read for nothing.
    found = page.evaluate(f"axe.run(document, {options}).then((report) => report.violations)")
    return [f"{name}: {each['id']} {each['nodes'][0]['html']}" for each in found]


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
