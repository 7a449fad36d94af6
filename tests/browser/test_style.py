"""The page of all components, in each of their states."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.conftest import Open
from tests.browser.seeing import AXE, STILL, violations

from sycee.doors.web.static import Files


def test_every_component_in_every_state_is_accessible_in_light_and_dark(opened: Open) -> None:
    page = opened(bypass_csp=True, reduced_motion="reduce").page
    page.goto("/style/")
    for state in ("loading", "empty", "full, with more", "offline", "refused"):
        expect(page.get_by_role("heading", name=state, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(AXE.read_text() + ";0")
    page.add_style_tag(content=STILL)
    for theme in ("Light", "Dark"):
        page.get_by_text(theme, exact=True).click()
        assert violations(page, theme, "{resultTypes: ['violations']}") == []


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
