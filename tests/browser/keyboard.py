"""Somebody at a desk with a keyboard and nothing else: no pointer, and no focus set by the test."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

UNSEEN = """(() => { const now = document.activeElement
  if (now === document.body || now.matches('h1, h2, dialog, main')) return ''
  const drawn = (each, part) => each && getComputedStyle(each, part).outlineStyle !== 'none'
  const shown = drawn(now) || drawn(now, '::after') || drawn(now.closest('label'))
    || now.classList.contains('money') || now.matches('dialog > input')
    || now.querySelector('svg.drawing rect.box, rect.box')?.matches('a:focus-visible .box')
  return shown ? '' : now.outerHTML.slice(0, 120) })()"""
"""What has the focus and does not show it; an amount shows it by its line, the palette is it."""

COVERED = """(now) => { const box = now.getBoundingClientRect()
  const there = document.elementFromPoint(box.x + box.width / 2, box.bottom - 2)
  return !now.contains(there) }"""
"""Whether something else stands over the lower edge, or it is out of the window: WCAG 2.4.11."""

ROUND = 120
"""More stops than any screen has."""

Name = str | re.Pattern[str]


class Keys:
    """Tab, Enter, Space, letters, arrows and Escape; each stop on the way must be seen."""

    unseen = UNSEEN

    def __init__(self, page: Page) -> None:
        self.page = page
        # From the start: a chooser that is asked for as it opens may be the browser's own by then.
        page.on("filechooser", lambda _: None)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, target: Locator) -> None:
        """Go on by Tab until `target` has the focus."""
        expect(target).to_be_visible()
        expect(target).to_be_enabled()
        for stop in range(ROUND):
            there, unseen = target.evaluate(
                f"(each) => [each === document.activeElement, {self.unseen}]"
            )
            assert not (stop and unseen), f"has the focus and does not show it: {unseen}"
            if there:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {target}")

    def comes_into_sight(self, target: Locator) -> bool:
        """Whether it is whole in the window, and below nothing, when Tab has come to it."""
        self.reach(target)
        return not target.evaluate(COVERED)

    def use(self, target: Locator, key: str = "Enter") -> None:
        self.reach(target)
        self.press(key)

    def button(self, name: Name, within: Locator | None = None) -> None:
        """Press the first button of that name; in a dialog where one is open."""
        self.use((within or self.page).get_by_role("button", name=name).first)

    def link(self, name: Name, *, exact: bool = False) -> None:
        self.use(self.page.get_by_role("link", name=name, exact=exact).first)

    def write(self, label: Name, text: str, *, exact: bool = False) -> None:
        """Fill a field; what stood there is replaced, as Tab selects it."""
        self.reach(self.page.get_by_label(label, exact=exact).first)
        self.press("Control+a")
        self.type(text)

    def tick(self, label: Name) -> None:
        self.use(self.page.get_by_label(label), "Space")

    def show(self, label: Name, file: Path) -> None:
        """Choose a file by the button that a field for files is."""
        self.reach(self.page.get_by_label(label))
        with self.page.expect_file_chooser() as asked:
            self.press("Space")
        asked.value.set_files(file)

    @property
    def sheet(self) -> Locator:
        """The open dialog."""
        return self.page.get_by_role("dialog")

    def shut(self) -> None:
        """Escape closes the dialog, and the focus goes back to what it came from."""
        self.press("Escape")
        expect(self.sheet).to_have_count(0)
        expect(self.page.locator(":focus")).to_have_count(1)
