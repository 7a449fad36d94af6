"""Pictures of every view of the web apps, in each width, light and language, to be looked at.

    python -m tests.browser.pictures OUT [--only TEXT] [--kinds 390.light.de,1280.dark.zh]

A town of its own is started and lives for a while; then each view is taken at 390 and 1280 px, in
light and dark, in English, Chinese and German, as `OUT/app/view.WIDTH.SCHEME.LANGUAGE.png`; sheets
of many stand in `OUT/sheets`. All of them take some twenty minutes; a text that the view's app and
name hold, or the kinds that are wanted, take less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from tests.browser.conftest import Town, Watched, launched, up, window
from tests.browser.scene import happened
from tests.browser.views import LANGUAGES, WIDTHS, Looking, View, looked

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
KINDS = [f"{width}.{scheme}.{word}" for word in LANGUAGES for width in WIDTHS for scheme in SCHEMES]
PACE, LIVED_SECONDS = 600, 30
"""Deeds a minute, and how long the town lives before it is looked at."""

TALLEST = 3_000
"""A list that goes on is cut here: px."""

SHEETS = {390: (5, 300, 640, 10), 1280: (2, 780, 560, 6)}
"""Of each width: columns, px of a picture's width and height, pictures on a sheet."""

SHEET = """<!doctype html><style>
body {{ margin: 0; display: grid; grid-template-columns: repeat({columns}, {wide}px); gap: 8px;
  background: #777; color: #fff; font: 11px sans-serif }}
figure {{ margin: 0; height: {high}px; overflow: hidden }}
img {{ display: block; width: {wide}px }}
</style>"""


def take(town: Town, browser: Browser, out: Path, only: str, kinds: Sequence[str]) -> list[Path]:
    """Every view's pictures; the files, in the order of the views."""
    files: list[Path] = []

    def opened(**more: object) -> Watched:
        return window(browser, town, **more)  # pyright: ignore[reportArgumentType]

    for view, looking in looked(opened, happened(town), lambda view: only in view.name):
        files += shoot(view, looking, out, kinds)
    return files


def shoot(view: View, looking: Looking, out: Path, kinds: Sequence[str]) -> Iterator[Path]:
    """One view in each language, width and light that is wanted."""
    page = looking.page
    for language, width in product(LANGUAGES, WIDTHS):
        wanted: list[Scheme] = [each for each in SCHEMES if f"{width}.{each}.{language}" in kinds]
        if not wanted:
            continue
        looking.turn(language, width)
        if not page.get_by_role("dialog").count():  # a sheet stands where the window ends
            height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": max(height, WIDTHS[width])})
        for scheme in wanted:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            file = out / f"{view.name}.{width}.{scheme}.{language}.png"
            page.screenshot(path=file)
            yield file


def sheets(browser: Browser, files: Sequence[Path], out: Path) -> None:
    """Many pictures on one, with their names, by width, light and language."""
    page = browser.new_page()
    for kind in KINDS:
        width = int(kind.partition(".")[0])
        mine = [each for each in files if each.name.endswith(f".{kind}.png")]
        many = SHEETS[width][3]
        for number, first in enumerate(range(0, len(mine), many)):
            lay(page, mine[first : first + many], width)
            page.screenshot(path=out / "sheets" / f"{kind}.{number:02}.png", full_page=True)


def lay(page: Page, files: Sequence[Path], width: int) -> None:
    """Lay some pictures out in a grid."""
    columns, wide, high, _ = SHEETS[width]
    figures = "".join(
        f"<figure><figcaption>{each.parent.name}/{each.name.partition('.')[0]}</figcaption>"
        f'<img src="{each.resolve().as_uri()}"></figure>'
        for each in files
    )
    sheet = files[0].parent.parent / "sheets" / "sheet.html"
    sheet.parent.mkdir(exist_ok=True)
    sheet.write_text(SHEET.format(columns=columns, wide=wide, high=high) + figures)
    page.set_viewport_size({"width": columns * (wide + 8), "height": 400})
    page.goto(sheet.resolve().as_uri())


def main() -> None:
    """Take them all, or those whose app and name hold a text."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", type=Path)
    asked.add_argument("--only", default="")
    asked.add_argument("--kinds", type=lambda text: text.split(","), default=KINDS)
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        up(Path(home), pace=PACE) as town,
        launched() as browser,
    ):
        time.sleep(LIVED_SECONDS)
        town.call("townhall", "PUT /v1/demo/pace", {"per_minute": 0})
        files = take(town, browser, given.out, given.only, given.kinds)
        sheets(browser, files, given.out)
    print(f"{len(files)} pictures in {given.out}")


if __name__ == "__main__":
    main()
