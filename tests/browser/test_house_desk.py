"""At the operator's desk: witnesses, bank accounts, details for a purpose, the month's return."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open, Town, enter
from tests.browser.keyboard import Keys
from tests.browser.seeing import faults
from tests.witness import running

WIDE = {"width": 1280, "height": 900}
PATIENCE_SECONDS = 90
IBAN = "CH9300762011623852957"


def at_desk(opened: Open, *letters: str) -> Keys:
    """The operator, who went to a screen by its letter."""
    keys = Keys(opened(**WIDE).page)
    keys.page.goto("/console/")
    keys.button("Town Hall")
    expect(keys.page.get_by_role("heading", name="Pulse")).to_be_visible()
    keys.press("g", *letters)
    return keys


def test_a_witness_is_asked_cosigns_and_is_asked_no_longer_by_keys_alone(
    town: Town, opened: Open, tmp_path: Path
) -> None:
    log_key = town.call("townhall", "GET /v1/log")["key"]
    with running(tmp_path / "witness", log_key) as (witness_key, address, _):
        keys = at_desk(opened, "r")
        page = keys.page
        expect(page.get_by_text("No witnesses")).to_be_visible()
        keys.button("Ask a witness")
        keys.write("Its key", log_key)
        keys.write("Its address", address)
        keys.press("Enter")
        expect(keys.sheet.get_by_role("alert")).to_contain_text("not the key of a witness")
        keys.write("Its key", witness_key)
        keys.press("Enter")
        expect(page.get_by_text("teahouse.example", exact=True)).to_be_visible()
        expect(keys.sheet).to_have_count(0)
        # What it signs is what is done from now on: a payment makes the log grow.
        body = {"payee": town.id("ben"), "amount_minor": 100, "currency": "CNY"}
        town.call("ada", "POST /v1/transfers", body)
        (asked,) = town.call("ada", "GET /v1/log")["witnesses"]
        until = time.monotonic() + PATIENCE_SECONDS
        while not asked["seen_at"] and time.monotonic() < until:
            page.wait_for_timeout(200)
            (asked,) = town.call("ada", "GET /v1/log")["witnesses"]
        assert (asked["name"], asked["failure"]) == ("teahouse.example", None)
        assert asked["size"] > 0
        page.reload()
        expect(page.get_by_text("Not heard from yet")).to_have_count(0)
        keys.button("Ask no longer: teahouse.example")
        keys.shut()
        keys.button("Ask no longer: teahouse.example")
        keys.button("Ask no longer", keys.sheet)
        expect(page.get_by_text("No witnesses")).to_be_visible()
    assert town.call("ada", "GET /v1/log")["witnesses"] == []


def test_a_bank_account_of_the_house_is_added_by_keys_alone(town: Town, opened: Open) -> None:
    keys = at_desk(opened, "b")
    page = keys.page
    keys.link("Statements")
    keys.button("Add an account")
    keys.write("IBAN", IBAN[:-1] + "1")
    keys.write("Name", "Sycee customers’ money")
    keys.write("Currency", "chf")
    keys.press("Enter")
    expect(keys.sheet.get_by_role("alert")).to_contain_text("IBAN")
    keys.write("IBAN", "CH93 0076 2011 6238 5295 7")
    keys.press("Enter")
    expect(page.get_by_role("link", name="CH93 0076 2011 6238 5295 7")).to_be_visible()
    expect(page.get_by_text("No statement yet")).to_be_visible()
    known = {each["iban"]: each for each in town.call("townhall", "GET /v1/bank/accounts")}
    assert (known[IBAN]["currency"], known[IBAN]["name"]) == ("CHF", "Sycee customers’ money")
    assert page.url.endswith(known[IBAN]["id"])


def test_details_are_opened_for_a_purpose_and_the_person_sees_who_looked(
    town: Town, opened: Open
) -> None:
    town.call("ben", "PATCH /v1/me/details", {"phone": "+49 30 7654321"})
    keys = at_desk(opened, "a")
    page = keys.page
    keys.write("By handle", "ben")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Ben", level=1)).to_be_visible()
    keys.button("Open")
    keys.tick("Telephone")
    keys.button("Open", keys.sheet)
    expect(keys.sheet.get_by_role("alert")).to_contain_text("has not agreed")
    keys.reach(page.get_by_label("What for"))
    keys.type("Check")
    keys.write("Number of the case", "desk-7")
    keys.press("Enter")
    expect(page.get_by_text("+49 30 7654321")).to_be_visible()
    (look, *_) = town.call("ben", "GET /v1/me/readings")["items"]
    assert (look["who"]["name"], look["purpose"], look["case"]) == (
        "Town Hall", "identity-check", "desk-7",
    )  # fmt: skip
    phone = enter(opened(), "Ben")
    phone.goto("/wallet/data")
    expect(phone.get_by_text("Town Hall").first).to_be_visible()


@pytest.fixture
def run(town: Town) -> dict[str, object]:
    """The town's first daily reconciliation in its currency; the worker makes it by itself."""

    def of_yuan(runs: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
        return [each for each in runs["items"] if each["currency"] == "CNY"]

    runs = town.until("townhall", "GET /v1/safeguarding", of_yuan, PATIENCE_SECONDS)
    return of_yuan(runs)[0]


def test_the_months_return_is_looked_at_and_its_file_says_the_same_as_the_run(
    town: Town, opened: Open, run: dict[str, object]
) -> None:
    keys = at_desk(opened, "s")
    page = keys.page
    keys.reach(page.get_by_label("Month"))
    expect(page.get_by_label("Month")).to_have_value(str(run["day_on"])[:7])
    keys.button("Show it")
    expect(page.get_by_text("The month is not over")).to_be_visible()
    with page.expect_download() as taken:
        keys.button("Take it as CSV")
    month = str(run["day_on"])[:7]
    assert taken.value.suggested_filename == f"safeguarding-{month}-CNY.csv"
    with Path(taken.value.path()).open(newline="") as file:
        told = dict(csv.reader(file))
    end = {
        name.removeprefix("section_5_at_end."): value
        for name, value in told.items()
        if name.startswith("section_5_at_end.")
    }
    day = town.call("townhall", f"GET /v1/safeguarding/{run['id']}")
    assert int(end["requirement_minor"]) == day["requirement_minor"] > 0
    assert int(end["resource_minor"]) == day["bank_minor"]
    assert int(end["requirement_minor"]) - int(end["resource_minor"]) == (
        int(end["shortfall_minor"]) - int(end["excess_minor"])
    )
    whole, part = divmod(day["requirement_minor"], 100)
    figures = page.locator("dl").get_by_text(f"¥{whole:,}.{part:02}", exact=True)
    expect(figures.first).to_be_visible()


def test_the_forms_of_the_house_are_accessible_in_light_and_dark(
    town: Town, opened: Open, run: dict[str, object]
) -> None:
    page = enter(opened(bypass_csp=True, reduced_motion="reduce", **WIDE), "Town Hall", "console")
    found: list[str] = []
    for path, button in (
        ("log", "Ask a witness"),
        ("bank/statements", "Add an account"),
        (f"parties/{town.id('ada')}", "Open"),
    ):
        page.goto(f"/console/{path}")
        opening = page.get_by_role("button", name=button, exact=True)
        expect(opening).to_be_visible()
        found += faults(page, path)
        opening.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found += faults(page, f"{path}: {button}")
    page.goto("/console/safeguarding")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("The month is not over")).to_be_visible()
    found += faults(page, "the month's return")
    assert found == [], "\n".join(found)
