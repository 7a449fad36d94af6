"""Every screen of the wallet is accessible: at first, filled, with its sheets open, in the dark."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
STILL = "* { transition: none !important; animation: none !important }"
SCREENS = (
    "", "send", "send?to=ben", "scan", "receive", "code", "orders", "envelopes", "groups", "fair",
    "me", "limits", "devices", "log", "data", "money", "split", "activity", "requests", "nowhere",
    "contacts", "schedules", "schedules/new", "gifts", "orders/new", "orders/new?as=buyer",
)  # fmt: skip
GO = """async (to) => {
  history.pushState(null, '', to)
  dispatchEvent(new PopStateEvent('popstate'))
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 0)))
}"""
RUN = """async (scheme) => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 30)))
  const dark = scheme === 'dark' // what differs there is colour
  const options = dark ? { runOnly: ['color-contrast'] } : { resultTypes: ['violations'] }
  return (await axe.run(document, options)).violations.map(
    (each) => `${scheme}: ${each.id} ${each.nodes[0].html}`)
}"""


class Checked:
    """One page with axe in it, led from screen to screen without being loaded again."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []
        page.evaluate(AXE.read_text() + ";0")
        page.add_style_tag(content=STILL)

    def go(self, screen: str) -> None:
        self.page.evaluate(GO, f"/wallet/{screen}")
        expect(self.page.locator("h1")).to_be_visible()
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    def look(self, where: str) -> None:
        """Let axe judge what is there now, in light and in the dark."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.found += [f"{where}: {each}" for each in self.page.evaluate(RUN, scheme)]

    def press(self, *names: str) -> None:
        for name in names:
            self.page.get_by_role("button", name=name).first.click()


def ids(town: Town) -> dict[str, str]:
    """An order of Ada's on its way, one in dispute, a payment to her, and what else has details."""
    found = {}
    for name in ("sent", "disputed"):
        line = {"title": name, "quantity": 1, "unit_price_minor": 900}
        body: dict[str, Any] = {"currency": "CNY", "title": name, "lines": [line]}
        body["buyer"] = town.id("ada")
        found[name] = town.call("jade", "POST /v1/trades", body)["id"]
        town.call("ada", f"POST /v1/trades/{found[name]}/pay", {})
    town.call("jade", f"POST /v1/trades/{found['sent']}/ship", {})
    town.call("ada", f"POST /v1/trades/{found['disputed']}/dispute", {"reason": "buyer-asks"})
    said = {"text": "It came in two pieces"}
    town.call("ada", f"POST /v1/trades/{found['disputed']}/dispute/evidence", said)
    line = {"title": "A garden", "quantity": 1, "unit_price_minor": 900}
    parts = [{"title": "A plan", "amount_minor": 400}, {"title": "The beds", "amount_minor": 500}]
    work = {"delivery": "milestones", "category": "service", "milestones": parts}
    body = {"currency": "CNY", "title": "A garden", "lines": [line], **work}
    found["work"] = town.call("ben", "POST /v1/trades", {**body, "buyer": town.id("ada")})["id"]
    town.call("ada", f"POST /v1/trades/{found['work']}/pay", {})
    town.call("ben", f"POST /v1/trades/{found['work']}/milestones/submit", {"milestone": 0})
    found["sold"] = town.call("ada", "POST /v1/trades", {**body, "buyer": town.id("ben")})["id"]
    money = {"amount_minor": 500, "currency": "CNY"}
    paid = town.call("ben", "POST /v1/payments", {**money, "payee": "ada"})
    asked = town.call("ben", "POST /v1/requests", {**money, "payer": "ada"})
    later = (date.today() + timedelta(days=90)).isoformat()
    planned = {"payee": "mei", "every": "month", "starts_on": later, "times": 2}
    town.call("ada", f"PUT /v1/contacts/{town.id('ben')}", {"favourite": True})
    found["plan"] = town.call("ada", "POST /v1/schedules", {**money, **planned})["id"]
    return {**found, "paid": paid["id"], "asked": asked["id"]}


def test_every_screen_is_accessible_in_light_and_dark(opened: Open) -> None:
    checked = Checked(enter(opened(bypass_csp=True, reduced_motion="reduce"), "Ada"))
    for screen in SCREENS:
        checked.go(screen)
        checked.look(screen)
    assert checked.found == []


def test_details_and_open_sheets_are_accessible_too(town: Town, opened: Open) -> None:
    known = ids(town)
    checked = Checked(enter(opened(bypass_csp=True, reduced_motion="reduce"), "Ada"))
    order = f"orders/{known['sent']}"
    states: list[tuple[str, tuple[str, ...]]] = [
        ("activity", ("More to look for",)),
        ("activity", ("All headings",)),
        (f"activity/{known['paid']}", ()),
        (f"activity/{known['paid']}", ("Give money back",)),
        (order, ()),
        (order, ("I have it: pay the seller",)),
        (order, ("Ask for money back",)),
        (order, ("Call the mediator",)),
        (f"orders/{known['disputed']}", ("Open",)),
        (f"orders/{known['disputed']}", ("Add evidence",)),
        (f"orders/{known['work']}", ()),
        (f"orders/{known['sold']}", ()),
        ("orders/new", ("Another thing",)),
        (f"requests/{known['asked']}", ()),
        (f"schedules/{known['plan']}", ()),
        ("contacts", ("Ben",)),
        ("me", ("Change name or handle",)),
        ("gifts", ("Give money with a card",)),
        ("envelopes", ("Make an envelope",)),
        ("limits", ("Change",)),
        ("data", ("Show and correct",)),
    ]
    for screen, presses in states:
        checked.go(screen)
        checked.press(*presses)
        checked.look(f"{screen} {presses}")
        checked.page.keyboard.press("Escape")
        expect(checked.page.get_by_role("dialog")).to_have_count(0)
    assert checked.found == []
