"""The page of all components, in each of their states."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from tests.browser.conftest import Open
from tests.browser.seeing import AXE, STILL, violations
from tests.browser.views import FRAMES

from sycee.doors.web.static import Files

WEB = Path(__file__).parents[2] / "web"
STATES = ("loading", "empty", "full, with more", "offline", "refused", "error")


def test_every_component_in_every_state_is_accessible_in_light_and_dark(opened: Open) -> None:
    page = opened(bypass_csp=True, reduced_motion="reduce").page
    found: list[str] = []
    for frame in ("", *(f"?frame={each}" for each in FRAMES)):
        page.goto(f"/style/{frame}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for state in () if frame else STATES:
            expect(page.get_by_role("heading", name=state, exact=True)).to_be_visible()
        page.evaluate(AXE.read_text() + ";0")
        page.add_style_tag(content=STILL)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += violations(page, f"{frame} {scheme}", "{resultTypes: ['violations']}")
    assert found == [], "\n".join(found)


def test_the_page_wears_a_theme_and_its_sheet_and_refusals_can_be_seen(opened: Open) -> None:
    page = opened().page
    page.goto("/style/")
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Bring something").click()
    expect(page.get_by_role("dialog", name="Bring it")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Give the order up").click()
    expect(page.get_by_role("dialog", name="Give it up for good")).to_be_visible()
    page.goto("/style/?frame=locked")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_each_shared_component_stands_on_the_page() -> None:
    sources = "".join(each.read_text() for each in (WEB / "style").rglob("*.svelte"))
    components = sorted(each.name for each in (WEB / "shared" / "ui").glob("*.svelte"))
    assert len(components) > 25
    missing = [each for each in components if f"'$shared/ui/{each}'" not in sources]
    assert missing == [], "show them on the style page, in each of their states"


REOPENED = """async () => {
  const dialog = document.querySelector('dialog[open]')
  dialog.requestClose()
  await Promise.resolve() // what the page does at once is done; `close` comes a task later
  for (const button of document.querySelectorAll('button'))
    if (button.textContent.trim() === 'Open a sheet') button.click()
  await new Promise((passed) => setTimeout(passed, 50))
  return dialog.open
}"""


def test_a_sheet_opened_again_before_its_closing_is_told_stays_open(opened: Open) -> None:
    page = opened().page
    page.goto("/style/")
    page.get_by_role("button", name="Open a sheet").click()
    sheet = page.get_by_role("dialog", name="A sheet")
    expect(sheet).to_be_visible()
    assert page.evaluate(REOPENED)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_only_a_demo_shows_the_components() -> None:
    assert Files("http://localhost", demo=True).holds("/style/")
    assert not Files("http://localhost").holds("/style/")
    assert not Files("http://localhost").holds("/style/index.html")
