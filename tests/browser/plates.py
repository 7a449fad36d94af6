"""The pictures of the documentation, made anew from a living town.

    python -m tests.browser.plates

Each is one view or several side by side, as WebP in `docs/pictures`; those that a page shows by the
reader's theme are made in light and in dark.
"""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.browser.conftest import Town, Watched, launched, up, window
from tests.browser.pictures import LIVED_SECONDS, PACE, Scheme
from tests.browser.scene import happened
from tests.browser.views import WIDTHS, Looking, looked

OUT = Path(__file__).parents[2] / "docs" / "pictures"
TILL = "merchant/home-1-2-00-show-a-code"
TELLING_SECONDS = 60
"""How long the console draws its lines of a busy town before they are taken."""

ENCODE = """async (url) => {
  const picture = new Image()
  picture.src = url
  await picture.decode()
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: picture.width, height: picture.height })
  canvas.getContext('2d').drawImage(picture, 0, 0)
  return canvas.toDataURL('image/webp', 0.86).split(',')[1]
}"""
SHEET = """<!doctype html><style>
body { margin: 0; display: inline-flex; gap: 16px }
img { display: block; border: 1px solid #8886; border-radius: 18px }
</style>"""


@dataclass(frozen=True, slots=True)
class Plate:
    """Views side by side in one width, each in its language."""

    name: str
    width: int
    views: tuple[tuple[str, str], ...]
    schemes: tuple[Scheme, ...] = ("light",)


PHONES = (("wallet/home", "en"), ("wallet/orders-sent", "en"), ("wallet/e-id-shut", "zh"),
          ("wallet/activity", "de"))  # fmt: skip
PLATES = (
    Plate("wallet", 390, PHONES, ("light", "dark")),
    Plate("wallet-wide", 1280, (("wallet/activity", "en"),)),
    Plate("till", 1280, ((TILL, "en"),)),
    Plate("pulse", 1280, (("console/pulse", "en"),), ("light", "dark")),
    Plate("dispute", 1280, (("console/trades-disputed", "en"),)),
    Plate("pay-page", 390, (("page/p-fixed", "en"), ("page/p-free", "de"), ("page/p-done", "zh"))),
)
Wanted = tuple[str, int, Scheme, str]


def wanted() -> set[Wanted]:
    """Which view is needed in which width, light and language."""
    return {
        (view, plate.width, scheme, language)
        for plate in PLATES
        for scheme in plate.schemes
        for view, language in plate.views
    }


def shots(town: Town, browser: Browser) -> Iterator[tuple[Wanted, bytes]]:
    """Each of them as a window shows it."""

    def opened(**more: object) -> Watched:
        return window(browser, town, **more)  # pyright: ignore[reportArgumentType]

    names = {name for name, *_ in wanted()}
    for view, looking in looked(opened, happened(town), lambda view: view.name in names):
        if view.name == "console/pulse":
            time.sleep(TELLING_SECONDS)
        for one in sorted(each for each in wanted() if each[0] == view.name):
            yield one, shot(looking, one)


def shot(looking: Looking, one: Wanted) -> bytes:
    """What the window shows, from its top."""
    _, width, scheme, language = one
    looking.turn(language, width)
    looking.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return looking.page.screenshot()


def lay(page: Page, plate: Plate, scheme: Scheme, taken: dict[Wanted, bytes]) -> bytes:
    """A plate's views side by side, as WebP."""
    urls = [
        "data:image/png;base64," + base64.b64encode(taken[name, plate.width, scheme, said]).decode()
        for name, said in plate.views
    ]
    images = "".join(f'<img src="{url}" width="{plate.width}">' for url in urls)
    page.set_viewport_size({"width": 1_700, "height": WIDTHS[plate.width] + 20})
    page.set_content(SHEET + images)
    drawn = page.locator("body").screenshot(omit_background=True)
    url = "data:image/png;base64," + base64.b64encode(drawn).decode()
    return base64.b64decode(page.evaluate(ENCODE, url))


def main() -> None:
    """Make them all."""
    OUT.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp())
    with up(home, pace=PACE) as town, launched() as browser:
        time.sleep(LIVED_SECONDS)
        taken = dict(shots(town, browser))
        page = browser.new_page()
        for plate in PLATES:
            for scheme in plate.schemes:
                name = plate.name if plate.schemes == ("light",) else f"{plate.name}.{scheme}"
                file = OUT / f"{name}.webp"
                file.write_bytes(lay(page, plate, scheme, taken))
                print(f"{file.name}: {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
