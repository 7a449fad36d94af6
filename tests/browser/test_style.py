"""The page of all components, in each of their states."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from tests.browser.conftest import Open, enter
from tests.browser.seeing import AXE, STILL, violations
from tests.browser.views import FRAMES

from sycee.doors.web.static import Files

WEB = Path(__file__).parents[2] / "web"
SEVENFOLD = "{runOnly: ['color-contrast-enhanced']}"
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
            page.emulate_media(contrast="more")
            found += violations(page, f"{frame} {scheme}, more contrast", SEVENFOLD)
            page.emulate_media(contrast="no-preference")
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


LOOK = """(each) => { const look = getComputedStyle(each)
  return [look.color, look.backgroundColor] }"""


def test_on_paper_a_dark_app_is_dark_on_white_and_what_is_pressed_is_not_there(
    opened: Open,
) -> None:
    page = opened(width=1280, scheme="dark").page
    page.goto("/style/?frame=shell")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    heading, tabs = page.get_by_role("heading", level=1), page.get_by_role("navigation")
    expect(tabs).to_be_visible()
    page.emulate_media(media="print")
    expect(tabs).to_be_hidden()
    expect(page.get_by_role("link", name="Back")).to_be_hidden()
    assert heading.evaluate(LOOK)[0] == "rgb(34, 31, 27)"
    assert page.locator("html").evaluate(LOOK)[1] == "rgb(255, 255, 255)"
    assert (page.locator("main").bounding_box() or {})["width"] > 1_200


def test_in_the_readers_own_colours_what_is_chosen_and_where_one_is_are_marked(
    opened: Open,
) -> None:
    page = opened(forced_colors="active").page
    page.goto("/style/")
    themes = page.get_by_role("group", name="Theme").locator("label")
    auto, light = themes.filter(has_text="Auto"), themes.filter(has_text="Light")
    assert auto.evaluate(LOOK)[0] != light.evaluate(LOOK)[0]
    page.goto("/style/?frame=shell")
    here, there = page.get_by_role("navigation").locator(".tab").all()
    assert here.evaluate(LOOK)[0] != there.evaluate(LOOK)[0]


def test_what_a_field_is_for_is_as_dark_as_other_soft_text(opened: Open) -> None:
    page = enter(opened(), "Ben")
    page.goto("/wallet/send")
    field = page.get_by_placeholder("@ben")
    asked = "(each, part) => getComputedStyle(each, part).color"
    soft = page.locator(".soft").first.evaluate(asked, None)
    assert field.evaluate(asked, "::placeholder") == soft
    assert field.evaluate(asked, None) != soft


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
