"""Names that run from right to left and amounts of twelve digits, on each screen that has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, enter, unused

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.kit.clock import micros
from sycee.kit.ids import parse, uuid7
from sycee.runtime.db import Database
from sycee.runtime.postgres import Cluster

TWELVE = 123_456_789_012
SHOWN = "¥1,234,567,890.12"

CROOKED = r"""() => {
  const found = []
  const box = (node, from, to) => {
    const range = document.createRange()
    range.setStart(node, from)
    range.setEnd(node, to)
    return range.getBoundingClientRect()
  }
  const middle = (each) => each.top + each.height / 2
  const beside = (one, other) => Math.abs(middle(one) - middle(other)) < 6
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data
    if (!node.parentElement.checkVisibility()) continue
    for (const match of text.matchAll(/[-+]?(?:[¥€]\s?)?\d[\d.,:]*/g)) {
      const at = [...match[0]].map((_, i) => box(node, match.index + i, match.index + i + 1))
      for (let i = 1; i < at.length; i++)
        if (at[i].top === at[i - 1].top && at[i].left < at[i - 1].left - 0.5)
          found.push(`the digits of “${text}” are turned`)
    }
    for (const match of text.matchAll(/\u2068([^\u2069]*)\u2069/g)) {
      const name = box(node, match.index, match.index + match[0].length)
      const after = match.index + match[0].length
      if (match.index && text[match.index - 1].trim()) continue
      const before = match.index ? box(node, 0, match.index) : undefined
      const rest = after < text.length ? box(node, after, text.length) : undefined
      if (before && beside(before, name) && before.right > name.left + 1)
        found.push(`“${text}”: what stands before the name is behind it`)
      if (rest && beside(rest, name) && rest.left < name.right - 1)
        found.push(`“${text}”: what stands after the name is before it`)
    }
  }
  for (const line of document.querySelectorAll(':has(> bdi + bdi)')) {
    const at = [...line.querySelectorAll(':scope > bdi')].map((each) => each.getClientRects()[0])
    for (let i = 1; i < at.length; i++)
      if (at[i].top === at[i - 1].top && at[i].left < at[i - 1].left)
        found.push(`the parts of “${line.textContent}” change places`)
  }
  return found
}"""
"""Where digits, or the words around an isolated name, do not stand in the order of the sentence."""

WIDE = """() => [document.documentElement, ...document.querySelectorAll(
    'main .page, main .card, main li, main form, main dl, dialog[open]')]
  .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.className || each.tagName} is ${each.scrollWidth - each.clientWidth} px
    too wide: ${each.textContent.trim().slice(0, 60)}`)
  .concat([...document.querySelectorAll('main .money')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth)
    .map((each) => `an amount leaves the window: ${each.textContent}`))"""
"""What is wider than its place."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody whom the operator let in."""

    name: str
    handle: str
    id: str


def somebody(town: Town, name: str) -> Someone:
    handle = unused("n")
    body = {"kind": "person", "display_name": name, "handle": handle}
    return Someone(name, handle, town.call("townhall", "POST /v1/parties", body)["id"])


def fund(town: Town, owner: str, minor: int) -> None:
    """Money from outside, straight into the town's ledger."""
    database = Database(Cluster(town.home, "main").url)
    with database.transaction(timeout_ms=10_000) as tx:
        bank = accounts.open_house(tx, "bank", "CNY")
        purse = parties.account(tx, parse("par", owner), "wallet", "CNY")
        row = Transfer(uuid7(micros(tx.now) // 1_000), bank, purse, minor, code="deposit.demo")
        post_all(tx, [row])
    database.close()


def order(town: Town, seller: str, buyer: str, title: str, minor: int) -> str:
    line = {"title": title, "quantity": 1, "unit_price_minor": minor}
    body: dict[str, Any] = {"currency": "CNY", "title": title, "buyer": buyer, "lines": [line]}
    return town.call(seller, "POST /v1/trades", body)["id"]


def visit(page: Page, screen: str, shown: str | re.Pattern[str]) -> None:
    page.goto(f"/wallet/{screen}")
    expect(page.get_by_text(shown).first).to_be_visible()


@pytest.mark.parametrize("name", ["נועה לוי (1)", "ليلى ٣ (ب)"])
def test_a_name_from_right_to_left_turns_no_amount_and_no_sentence_around_it(
    town: Town, opened: Open, name: str
) -> None:
    noa, title = somebody(town, name), f"{name} 250"
    fund(town, noa.id, 10_000)
    theirs = enter(opened(), name)
    theirs.goto("/wallet/receive")
    theirs.get_by_label("How much").fill("1234.56")
    theirs.get_by_label("From whom").fill("@ada")
    theirs.get_by_label("What for").fill(f"{name}!")
    theirs.get_by_role("button", name="Ask", exact=True).click()
    expect(theirs.get_by_role("button", name="Take back")).to_be_visible()
    theirs.goto("/wallet/send?to=ada")
    theirs.get_by_label("How much").fill("12.34")
    theirs.get_by_label("Memo").fill(f"{name}!")
    theirs.get_by_role("button", name="Pay ¥12.34").click()
    expect(theirs.get_by_role("heading", name="Paid")).to_be_visible()
    made = order(town, "jade", town.id("ada"), title, 1_250)
    page = enter(opened(), "Ada")
    found: dict[str, list[str]] = {}

    def look(screen: str, shown: str | re.Pattern[str]) -> None:
        visit(page, screen, shown)
        found[screen] = page.evaluate(CROOKED)

    look("", re.compile(f"{re.escape(name)}.* asks you to pay"))
    expect(page.get_by_text("+¥12.34").first).to_be_visible()
    found["home"] = page.evaluate(CROOKED)
    look("activity", name)
    look(f"orders/{made}", re.compile(r"×\s1$"))
    look("orders", title)
    look("requests", name)
    look(f"send?to={noa.handle}&amount=250", name)
    page.get_by_role("button", name="Pay ¥2.50").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    found["paid"] = page.evaluate(CROOKED)
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text("-¥2.50")).to_be_visible()
    found["receipt"] = page.evaluate(CROOKED)
    assert {screen: each for screen, each in found.items() if each} == {}


TURN = """([tag, direction, texts]) => {
  const line = document.createElement(tag)
  line.dir = direction
  for (const text of texts) {
    const part = texts.length > 1 ? line.appendChild(document.createElement('bdi')) : line
    part.append(text)
  }
  document.querySelector('main').replaceChildren(line)
  return (%s)()
}"""
"""A line put in the place of the screen and looked at before the screen can draw itself anew."""


@pytest.mark.parametrize(
    ("tag", "texts"),
    [("bdo", ["¥12.50"]), ("p", ["\u2068נועה\u2069 asks"]), ("p", ["ab", "cd"])],
)
def test_what_is_turned_is_found(opened: Open, tag: str, texts: list[str]) -> None:
    page = enter(opened(), "Ada")
    for direction, crooked in (("ltr", False), ("rtl", True)):
        found = page.evaluate(TURN % CROOKED, [tag, direction, texts])
        assert bool(found) is crooked, direction


def test_twelve_digits_fit_each_screen_of_a_phone(town: Town, opened: Open) -> None:
    rich = somebody(town, "Bao Qing Xuan")
    fund(town, rich.id, 3 * TWELVE)
    money = {"amount_minor": TWELVE, "currency": "CNY"}
    asked = town.call("ben", "POST /v1/requests", {**money, "payer": rich.handle})["id"]
    made = order(town, "jade", rich.id, "Apalace" * 12, TWELVE)  # a word that no line holds
    page = enter(opened(bypass_csp=True), rich.name)
    found: dict[str, list[str]] = {}

    def look(screen: str, shown: str | re.Pattern[str] = SHOWN) -> None:
        visit(page, screen, shown)
        found[screen] = page.evaluate(WIDE)

    look("", "¥3,703,703,670.36")
    for screen in ("requests", f"requests/{asked}", "orders", f"orders/{made}", "activity"):
        look(screen, SHOWN if screen != "activity" else "¥3,703,703,670.36")
    page.get_by_role("button", name="All headings").click()
    found["headings"] = page.evaluate(WIDE)
    look(f"send?to=ben&amount={TWELVE}")
    page.goto("/wallet/money")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    found["money"] = page.evaluate(WIDE)
    for screen, label in (
        ("send?to=ben", "How much"), ("receive", "How much"), ("split", "What you paid"),
        ("schedules/new", "How much"), ("orders/new", "1. Price"),
    ):  # fmt: skip
        page.goto(f"/wallet/{screen}")
        page.get_by_label(label).fill("1234567890.12")
        found[screen] = page.evaluate(WIDE)
    page.goto("/wallet/gifts")
    page.get_by_role("button", name="Give money with a card").click()
    page.get_by_label("How much").fill("1234567890.12")
    found["gifts"] = page.evaluate(WIDE)
    page.goto("/wallet/envelopes")
    page.get_by_role("button", name="Make an envelope").click()
    page.get_by_label("In the envelope").fill("1234567890.12")
    found["envelopes"] = page.evaluate(WIDE)
    page.goto("/wallet/data")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    found["data"] = page.evaluate(WIDE)
    for screen in ("contacts", "send", "split"):  # in letters of twice the size
        page.goto(f"/wallet/{screen}")
        page.add_style_tag(content="html { font-size: 200% }")
        field = page.locator("form.row input").bounding_box()
        assert field is not None
        assert field["width"] > 200, screen
    assert {screen: each for screen, each in found.items() if each} == {}
