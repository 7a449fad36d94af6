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


def test_only_a_demo_shows_the_components() -> None:
    assert Files("http://localhost", demo=True).holds("/style/")
    assert not Files("http://localhost").holds("/style/")
    assert not Files("http://localhost").holds("/style/index.html")
