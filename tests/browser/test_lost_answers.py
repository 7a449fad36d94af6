"""An answer that is lost, or that something on the way replaces: what was done is done once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import Open, Town, Watched, enter
from tests.browser.scene import IBAN
from tests.browser.test_wallet import balance, fill_payment, paid, pay

BUSY = {"type": "/problems/busy", "title": "busy", "status": 503, "code": "busy", "kind": "limit",
        "facts": {"retry_after_seconds": 1}, "request_id": "req"}  # fmt: skip
RATE = BUSY | {"status": 429, "code": "rate-exceeded"}

Loss = Callable[[Route], None]
LOST: dict[str, Loss] = {
    "the line breaks": lambda route: route.abort(),
    "a proxy says 502": lambda route: route.fulfill(
        status=502, content_type="text/html", body="<html>502 Bad Gateway</html>"
    ),
    "a proxy says 504": lambda route: route.fulfill(
        status=504, content_type="text/plain", body="upstream request timeout"
    ),
    "a proxy says 400": lambda route: route.fulfill(
        status=400, content_type="application/json", body='{"error": "bad gateway"}'
    ),
    "it says 503": lambda route: route.fulfill(
        status=503, content_type="application/problem+json", body=json.dumps(BUSY)
    ),
    "a portal says 200": lambda route: route.fulfill(
        status=200, content_type="text/html", body="<html>Please log in</html>"
    ),
}


@dataclass
class Line:
    """The way to one route: of its answers the first is lost; the second may be a refusal."""

    loss: Loss
    refused: bool = False
    keys: list[str] = field(default_factory=list)

    def __call__(self, route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        self.keys.append(route.request.headers["idempotency-key"])
        if len(self.keys) == 1:
            assert route.fetch().ok, "the server heard, and did it"
            return self.loss(route)
        if self.refused and len(self.keys) == 2:
            return route.fulfill(
                status=429, content_type="application/problem+json", body=json.dumps(RATE)
            )
        return route.continue_()

    def same(self, sent: int = 2) -> None:
        """Each of the requests was the same one."""
        assert len(self.keys) == sent
        assert len(set(self.keys)) == 1


def on(window: Watched, path: str, loss: str, *, refused: bool = False) -> Line:
    """Lose the first answer of a route."""
    window.allow("ERR_FAILED", "Failed to load resource")
    line = Line(LOST[loss], refused)
    window.page.route(path, line)
    return line


@pytest.mark.parametrize("loss", LOST)
def test_a_payment_whose_answer_is_lost_is_paid_once(town: Town, opened: Open, loss: str) -> None:
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Chen Jing")
    fill_payment(page, "dora", "2")
    line = on(window, "**/v1/payments", loss)
    pay(page)
    expect(page.get_by_text("No answer came")).to_be_visible()
    expect(page.get_by_label("How much")).to_be_disabled()  # another sum would be another payment
    page.get_by_role("button", name="Find out").click()
    paid(page)
    line.same()
    assert balance(town, "dora") - before == 200


def test_a_door_that_is_shut_meanwhile_says_nothing_of_the_payment(
    town: Town, opened: Open
) -> None:
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Chen Jing")
    fill_payment(page, "dora", "2")
    line = on(window, "**/v1/payments", "a proxy says 504", refused=True)
    pay(page)
    for _ in range(2):
        page.get_by_role("button", name="Find out").click()
    paid(page)
    line.same(3)
    assert balance(town, "dora") - before == 200


def test_who_leaves_a_payment_without_an_answer_finds_out_before_they_pay_again(
    town: Town, opened: Open
) -> None:
    before = balance(town, "dora")
    window = opened()
    page = enter(window, "Chen Jing")
    fill_payment(page, "dora", "2")
    line = on(window, "**/v1/payments", "a proxy says 504", refused=True)
    pay(page)
    expect(page.get_by_text("No answer came, so")).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    left = page.get_by_text("No answer came to your payment of ¥2.00")
    expect(left).to_be_visible()
    page.get_by_role("button", name="Find out").click()
    page.get_by_role("link", name="Send", exact=True).click()
    expect(left).to_be_visible()
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_text("Your payment of ¥2.00 was made, once.")).to_be_visible()
    expect(left).to_have_count(0)
    line.same(3)
    assert balance(town, "dora") - before == 200


@pytest.mark.parametrize("loss", LOST)
def test_a_withdrawal_whose_answer_is_lost_is_sent_once(
    town: Town, opened: Open, loss: str
) -> None:
    before = town.call("ada", "GET /v1/withdrawals?limit=100")["items"]
    window = opened()
    page = enter(window, "Ada")
    page.goto("/wallet/money")
    page.get_by_text("Pay out", exact=True).click()
    page.get_by_label("How much").fill("3")
    page.get_by_label("IBAN").fill(IBAN)
    page.get_by_label("Name of the account").fill("Ada")
    line = on(window, "**/v1/withdrawals", loss)
    button = page.get_by_role("button", name="Pay out ¥3.00")
    button.click()
    told = "There is a lot going on" if loss == "it says 503" else "It may have been done"
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text("Nothing was sent")).to_have_count(0)
    button.click()
    expect(button).to_have_count(0)
    expect(page.get_by_label("How much")).to_have_value("")
    line.same()
    after = town.call("ada", "GET /v1/withdrawals?limit=100")["items"]
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("loss", ["the line breaks", "a proxy says 502"])
def test_a_standing_order_whose_answer_is_lost_is_one(town: Town, opened: Open, loss: str) -> None:
    before = len(town.call("ada", "GET /v1/schedules?limit=100")["items"])
    window = opened()
    page = enter(window, "Ada")
    page.goto("/wallet/schedules/new")
    page.get_by_label("To whom").fill("dora")
    page.get_by_label("How much").fill("7")
    page.get_by_label("On", exact=True).fill((date.today() + timedelta(days=40)).isoformat())
    line = on(window, "**/v1/schedules", loss)
    page.get_by_role("button", name="Plan ¥7.00").click()
    expect(page.get_by_text("It may have been done")).to_be_visible()
    page.get_by_role("button", name="Plan ¥7.00").click()
    expect(page.get_by_text("Running")).to_be_visible()
    line.same()
    assert len(town.call("ada", "GET /v1/schedules?limit=100")["items"]) == before + 1


@pytest.mark.parametrize("loss", ["the line breaks", "a proxy says 502"])
def test_a_bill_whose_answer_is_lost_is_split_once(town: Town, opened: Open, loss: str) -> None:
    before = len(town.call("ada", "GET /v1/splits?limit=100")["items"])
    window = opened()
    page = enter(window, "Ada")
    page.goto("/wallet/split")
    page.get_by_label("What you paid").fill("8")
    page.get_by_label("Handle").fill("dora")
    page.get_by_role("button", name="Add someone").click()
    line = on(window, "**/v1/splits", loss)
    page.get_by_role("button", name="Ask for the parts").click()
    expect(page.get_by_text("It may have been done")).to_be_visible()
    page.get_by_role("button", name="Ask for the parts").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    line.same()
    assert len(town.call("ada", "GET /v1/splits?limit=100")["items"]) == before + 1


@pytest.mark.parametrize("loss", ["the line breaks", "a proxy says 502"])
def test_a_till_finds_out_that_it_was_paid(town: Town, opened: Open, loss: str) -> None:
    code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 9_000, "currency": "CNY"})
    before = balance(town, "lantern")
    window = opened()
    page = enter(window, "Lantern Books", "merchant")
    expect(page.get_by_role("button", name="Show a code")).to_be_visible()
    page.keyboard.type("1200")
    page.get_by_role("button", name="Take a pay code").click()
    page.get_by_label("The 18 digits").fill(code["code"])
    line = on(window, "**/v1/charges", loss)
    page.get_by_role("button", name="Take ¥12.00").click()
    expect(page.get_by_text("It may have been done")).to_be_visible()
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    line.same()
    assert balance(town, "lantern") - before == 1_200


def test_what_cannot_have_gone_out_is_not_unknown(town: Town, opened: Open) -> None:
    window = opened()
    window.allow("ERR_INTERNET_DISCONNECTED", "Failed to fetch", "Unable to preload")
    page = enter(window, "Lantern Books", "merchant")
    expect(page.get_by_role("button", name="Show a code")).to_be_visible()
    page.keyboard.type("1200")
    window.context.set_offline(True)
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_text("Nothing was sent")).to_be_visible()
    window.context.set_offline(False)
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_role("img", name="Scan")).to_be_visible()


def twice(page: Page, name: str) -> None:
    """Two taps that both come before the first has an answer."""
    page.get_by_role("button", name=name).evaluate("(each) => { each.click(); each.click() }")


def test_two_taps_make_one_group(town: Town, opened: Open) -> None:
    before = len(town.call("chen", "GET /v1/groups"))
    page = enter(opened(), "Chen Jing")
    page.goto("/wallet/groups")
    twice(page, "New group")
    expect(page.get_by_text("Invite others")).to_be_visible()
    assert len(town.call("chen", "GET /v1/groups")) == before + 1


def test_two_taps_make_one_code_for_the_wall(town: Town, opened: Open) -> None:
    shop = {"kind": "merchant", "handle": "wall.once", "display_name": "Wall Once"}
    town.call("townhall", "POST /v1/parties", shop)
    window = opened()
    page = enter(window, "Wall Once", "merchant")
    page.goto("/merchant/shop")
    made: list[str] = []
    page.on("request", lambda asked: made.append(asked.url) if asked.method == "POST" else None)
    twice(page, "Make a code")
    expect(page.get_by_role("img", name="A code for the wall")).to_be_visible()
    assert len([each for each in made if each.endswith("/v1/codes")]) == 1
