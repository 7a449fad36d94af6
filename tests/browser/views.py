"""Every view of the web apps in a town where something happened: screens, details, open sheets.

A view is a path of an app and the buttons that lead on from there, named in English; whoever looks
at it looks in each language and width, since neither asks for another path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from playwright.sync_api import Page
from tests.browser.conftest import Open, Watched, enter

WIDTHS = {390: 844, 1280: 900}
"""A phone and a desk, with their heights."""

LANGUAGES = ("en", "zh", "de")

FRAMES = ("shell", "opening", "entrance", "locked")
"""What of the style page fills a window."""

STILL = """addEventListener('DOMContentLoaded', () => {
  const style = document.createElement('style')
  style.append('*, ::before, ::after { transition: none !important; animation: none !important }')
  document.head.append(style)
})"""
"""Nothing is on its way from one look to another."""

GO = """async (to) => {
  history.pushState(null, '', to)
  dispatchEvent(new PopStateEvent('popstate'))
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)))
}"""
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)))"
SPEAK = """async (language) => {
  const there = () => document.documentElement.lang.startsWith(language)
  if (there()) return
  localStorage.setItem('language', language)
  dispatchEvent(new StorageEvent('storage', { key: 'language' }))
  const later = () => new Promise((done) => setTimeout(done, 0)) // sooner than a frame
  for (let i = 0; !there(); i++) {
    if (i === 2000) throw new Error(`no word of ${language}`)
    await later()
  }
  await later()
  await document.fonts.ready
}"""
SETTLED = """(app) => {
  const waits = app !== 'style' &&
    document.querySelector('[aria-busy=true], .ghost, #approve:empty')
  return document.querySelector('h1') && !waits
}"""
"""Nothing on the screen waits for an answer; the style page shows some that do on purpose."""


def lead(page: Page, app: str, path: str) -> None:
    """To another screen of an app as its own links lead there: it is not loaded anew."""
    page.evaluate(GO, f"/{app}/{path}")
    page.wait_for_function(SETTLED, arg=app)


@dataclass(frozen=True, slots=True)
class View:
    """What one sees in an app as somebody of the town, after some buttons."""

    app: str
    who: str | None
    path: str
    presses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The app and a name, for files and for what a test says: `wallet/orders-sent`."""
        steps = [self.path or "home", *self.presses]
        if self.who is None and self.app != "style":
            steps.insert(0, "stranger")
        return f"{self.app}/" + re.sub(r"[^\w]+", "-", " ".join(steps)).strip("-").lower()


WALLET = (
    "", "activity", "activity: More to look for", "activity/{received}",
    "activity/{received}: Give money back", "activity/{bought}", "code", "contacts",
    "contacts: Ben", "data", "data: Show and correct", "data: Be forgotten", "devices",
    "e/id/{opened}", "e/id/{shut}", "e/id/{mine}", "envelopes", "envelopes: Make an envelope",
    "fair", "fair/{opened}", "gifts", "gifts: Give money with a card", "groups", "groups/{group}",
    "limits", "limits: Change", "log", "me", "me: Change name or handle", "money", "nowhere",
    "orders", "orders/new", "orders/new?as=buyer", "orders/{unpaid}", "orders/{paid}",
    "orders/{sent}", "orders/{sent}: I have it: pay the seller",
    "orders/{sent}: Ask for money back", "orders/{sent}: Call the mediator", "orders/{refund}",
    "orders/{disputed}", "orders/{disputed}: Open > Open",
    "orders/{ended}: Read the words > 4 of 5 stars", "receive", "requests",
    "requests/{asked}", "scan", "schedules", "schedules/new", "schedules/{plan}", "send",
    "send?to=ben", "split",
)  # fmt: skip
STRANGER = ("", ": New here", ": I lost", "e/{token}", "g/{gift}")
MERCHANT = (
    "", ": 1 > 2 > 00 > Show a code", ": 1 > 2 > 00 > Take a pay code", "orders",
    "orders: New order", "orders/{offered}", "orders/{offered}: Take a pay code",
    "orders/{offered}: Change the price", "orders/{paid}", "orders/{paid}: Send the goods",
    "orders/{work}", "orders/{lesson}", "orders/{lesson}: Settle now",
    "orders/{lesson}: Pass a part on", "orders/{sent}", "orders/{refund}", "orders/{ended}",
    "orders/{disputed}",
    "orders/{disputed}: Answer the dispute", "links", "links: New link", "links/{link}",
    "today", "sales/{sale}", "sales/{sale}: Give money back", "shop", "staff",
    "staff: Add someone", "keys", "keys: New key", "alipay", "alipay/{app}",
    "alipay/{app}: BOOK_7", "hooks", "hooks: New endpoint", "hooks/{hook}", "nowhere",
)  # fmt: skip
CONSOLE = (
    "pulse", "trades", "trades/{disputed}", "trades/{ended}", "disputes", "bank",
    "bank/statements", "bank/statements: Add an account", "bank/import", "safeguarding", "parties",
    "parties: New party", "parties/{ada}", "parties/{ada}: Open", "ledger", "ledger/accounts",
    "ledger/accounts/{account}", "ledger/subjects/{disputed}", "ledger/transfers/{transfer}",
    "orders", "orders/new", "orders/{order}", "gates", "jobs", "demands", "demands/new",
    "demands/{demand}", "counts", "log", "log: Ask a witness", "liabilities", "devices",
    "new-year", "terms", "terms: New category", "nowhere",
)  # fmt: skip
PAGE = ("p/{fixed}", "p/{free}", "p/{done}", "p/AAAAAAAAAAAAAAAAAAAAAA")


def _read(app: str, who: str | None, paths: tuple[str, ...]) -> list[View]:
    parts = [path.partition(": ") if ":" in path else (path, "", "") for path in paths]
    return [
        View(app, who, path, tuple(presses.split(" > ")) if presses else ())
        for path, _, presses in parts
    ]


VIEWS = (
    *_read("wallet", "Ada", WALLET),
    *_read("wallet", None, STRANGER),
    *_read("merchant", "Lantern Books", MERCHANT),
    *_read("merchant", "Jade Teahouse", ("staff", "links")),
    *_read("merchant", None, ("",)),
    *_read("console", "Town Hall", CONSOLE),
    *_read("console", None, ("",)),
    *_read("page", "Ada", PAGE),
    *_read("style", None, ("", *(f"?frame={each}" for each in FRAMES))),
)


class Looking:
    """One window in one app, led from view to view, and turned to each language and width."""

    def __init__(self, page: Page, app: str, known: Mapping[str, str]) -> None:
        self.page, self.app, self.known = page, app, known
        self._path = ""
        self.width = 390

    def go(self, view: View) -> None:
        """Be at a view, in English, in the width that the last one was left in."""
        self.turn("en", self.width)
        path = view.path.format(**self.known)
        if self.app == "page":
            self.page.goto(f"/{path}")
        elif self.app == "style" or path.partition("?")[0] == self._path:  # what was opened is shut
            self.page.goto(f"/{self.app}/{path}")
        else:
            self.page.evaluate(GO, f"/{self.app}/{path}")
        self._path = path.partition("?")[0]
        self._settled()
        for name in view.presses:
            dialog = self.page.get_by_role("dialog")
            within = dialog if dialog.count() else self.page.locator("main")
            within.get_by_role("button", name=name).first.click()
            self._settled()
        self.page.mouse.move(0, 0)

    def turn(self, language: str, width: int) -> None:
        """The same view in another language and width."""
        self.width = width
        if self.page.viewport_size != (size := {"width": width, "height": WIDTHS[width]}):
            self.page.set_viewport_size(size)  # pyright: ignore[reportArgumentType]
            self.page.evaluate(DRAWN)
        if self.app == "page":  # the server's, which is asked anew
            if self.page.url.startswith("http"):
                self.page.goto(f"{self.page.url.partition('?')[0]}?lang={language}")
                self._settled()
        else:
            self.page.evaluate(SPEAK, language)

    def turns(self) -> Iterator[str]:
        """Each width and language once, with as few steps as there can be; English comes last."""
        words, widths = (
            list(LANGUAGES),
            [self.width, *(each for each in WIDTHS if each != self.width)],
        )
        for width in widths:
            for language in words:
                self.turn(language, width)
                yield f"{width} {language}"
            words.reverse()

    def _settled(self) -> None:
        self.page.wait_for_function(SETTLED, arg=self.app)


def looked(
    opened: Open, known: Mapping[str, str], wanted: Callable[[View], bool] = lambda view: True
) -> Iterator[tuple[View, Looking]]:
    """Every view that is wanted in turn, each in English."""
    for (app, who), views in groupby(filter(wanted, VIEWS), lambda view: (view.app, view.who)):
        window: Watched = opened(reduced_motion="reduce", bypass_csp=True, passkey=True)
        window.context.add_init_script(STILL)
        entrance = "wallet" if app == "page" else app
        if who:
            enter(window, who, entrance)
        else:
            window.page.goto(f"/{entrance}/")
        looking = Looking(window.page, app, known)
        for view in views:
            looking.go(view)
            yield view, looking
        window.context.close()
