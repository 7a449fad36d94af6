"""What a person does in the wallet, in a real browser against a real town."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter


def test_a_resident_sends_money_by_handle(town: Town, opened: Open) -> None:
    before = town.call("ben", "GET /v1/accounts")["items"][0]["balance_minor"]
    page = enter(opened(), "Ada")
    page.get_by_role("link", name="Send").click()
    page.get_by_label("To whom").fill("@ben")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("How much").fill("12.34")
    page.get_by_label("Memo").fill("tea")
    page.get_by_role("button", name=re.compile("^Pay ¥")).click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    after = town.call("ben", "GET /v1/accounts")["items"][0]["balance_minor"]
    assert after - before == 1_234
