"""Somebody looks for what moved: by name, amount, day, heading and their own words."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind
from sycee.kit.clock import ManualClock, micros
from sycee.kit.ids import uuid7
from sycee.products.wallet.statements.finding import LOOKED_MAX


def account(street: Street, person: Person) -> str:
    return street.get("/v1/balances", person).json()[0]["account"]


def look(street: Street, person: Person, *, at: str = "", **wanted: Any) -> Any:
    """A search on the person's own account; `at` is the query."""
    body = {"account": account(street, person), **wanted}
    return street.send(f"POST /v1/movements/search{at}", person, body)


def amounts(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["amount_minor"] for row in answer.json()["items"]]


@pytest.fixture(scope="module")
def town(street: Street) -> dict[str, Person]:
    """Ann has paid Bo with a memo, a tea-house twice, and got something from Bo with a memo."""
    ann, bo = street.resident("ann", minor=100_000), street.resident("bo", minor=10_000)
    tea = street.resident("teahouse", kind=Kind.MERCHANT)
    memo = {"payee": bo.id, "amount_minor": 1_250, "currency": "CNY", "memo": "Concert tickets"}
    street.send("POST /v1/payments", ann, memo)
    for minor in (800, 90_00):
        body = {"payee": tea.id, "amount_minor": minor, "currency": "CNY"}
        assert street.send("POST /v1/transfers", ann, body).status_code == 200
    back = {"payee": ann.id, "amount_minor": 625, "currency": "CNY", "memo": "half the CONCERT"}
    street.send("POST /v1/payments", bo, back)
    return {"ann": ann, "bo": bo, "tea": tea}


def test_movements_are_found_by_name_amount_direction_and_heading(
    street: Street, town: dict[str, Person]
):
    ann = town["ann"]
    assert amounts(look(street, ann)) == [625, -9_000, -800, -1_250, 100_000]
    assert amounts(look(street, ann, text="teaH")) == [-9_000, -800]
    assert amounts(look(street, ann, text="12.5")) == [-1_250]
    assert amounts(look(street, ann, least_minor=700, most_minor=1_250)) == [-800, -1_250]
    assert amounts(look(street, ann, direction="in")) == [625, 100_000]
    assert amounts(look(street, ann, categories=["people"])) == [625, -1_250]
    assert amounts(look(street, ann, categories=["shops", "bank"])) == [-9_000, -800, 100_000]
    assert amounts(look(street, ann, text="teahouse", categories=["people"])) == []


def test_days_are_whole_days_where_one_lives(street: Street, town: dict[str, Person]):
    ann = town["ann"]
    here = street.clock.now() + timedelta(hours=8)
    today, tomorrow = here.date().isoformat(), (here + timedelta(days=1)).date().isoformat()
    assert len(amounts(look(street, ann, from_on=today, to_on=today))) == 5
    assert amounts(look(street, ann, from_on=tomorrow)) == []
    assert len(amounts(look(street, ann, from_on=today, to_on="9999-12-31"))) == 5
    refused = look(street, ann, from_on=tomorrow, to_on=today)
    assert (refused.status_code, code(refused)) == (400, "invalid-field")


def test_what_was_paid_is_seen_though_the_clock_stepped_back(street: Street):
    eve, tea = street.resident("eve", minor=5_000), street.resident("inn", kind=Kind.MERCHANT)
    now, body = street.database.clock, {"payee": tea.id, "amount_minor": 1_000, "currency": "CNY"}
    street.database.clock = ManualClock(now.now() - timedelta(days=2))
    try:
        assert street.send("POST /v1/transfers", eve, body).status_code == 200
        mine = f"/v1/accounts/{account(street, eve)}"
        statement = street.get(f"{mine}/statement", eve).json()
        recent = street.get(f"{mine}/activity", eve).json()
        found = amounts(look(street, eve))
    finally:
        street.database.clock = now
    assert [row["amount_minor"] for row in statement["items"]] == [5_000, -1_000]
    assert statement["closing_minor"] == 4_000
    assert [row["amount_minor"] for row in recent["items"]] == found == [-1_000, 5_000]


def test_ones_own_words_are_searched_when_asked_and_that_is_written_down(
    street: Street, town: dict[str, Person]
):
    ann = town["ann"]
    assert amounts(look(street, ann, text="concert")) == []
    before = len(street.get("/v1/me/readings", ann).json()["items"])
    found = look(street, ann, text="concert", memos=True)
    assert amounts(found) == [625, -1_250]
    rows = found.json()["items"]
    assert [row["memo"] for row in rows] == ["half the CONCERT", "Concert tickets"]
    after = street.get("/v1/me/readings", ann).json()["items"]
    assert len(after) == before + 1
    assert after[0]["who"]["role"] == "you"


def test_the_other_side_is_found_by_the_name_that_only_the_searcher_knows(
    street: Street, town: dict[str, Person]
):
    ann, bo = town["ann"], town["bo"]
    kept = street.send(f"PUT /v1/contacts/{bo.id}", ann, {"nickname": "Uncle Bo\u0308"})
    assert kept.status_code == 200
    assert amounts(look(street, ann, text="uncle")) == [], "sealed, and nobody asked to open it"
    found = look(street, ann, text="UNCLE B\u00d6", nicknames=True)
    assert amounts(found) == [625, -1_250]
    assert {row["nickname"] for row in found.json()["items"]} == {"Uncle B\u00f6"}
    assert amounts(look(street, bo, text="uncle", nicknames=True)) == [], "it is ann's alone"
    read = street.get("/v1/me/readings", ann).json()["items"][0]
    assert (read["who"]["role"], read["fields"]) == ("you", ["wallet.nickname"])


def test_nobody_searches_in_an_account_of_somebody_else(street: Street, town: dict[str, Person]):
    body = {"account": account(street, town["ann"]), "text": "bo"}
    refused = street.send("POST /v1/movements/search", town["bo"], body)
    assert (refused.status_code, code(refused)) == (404, "not-found")
    refused = street.get("/v1/spending", town["bo"], account=body["account"])
    assert (refused.status_code, code(refused)) == (404, "not-found")


def test_a_page_goes_on_where_the_last_one_ended(street: Street, town: dict[str, Person]):
    ann, seen, at = town["ann"], [], "?limit=2"
    for _ in range(3):
        answer = look(street, ann, at=at, direction="out")
        seen += amounts(answer)
        if not answer.json()["has_more"]:
            break
        at = f"?limit=2&cursor={answer.json()['next']}"
    assert seen == [-9_000, -800, -1_250]


def test_a_month_comes_to_the_same_as_the_balance_whatever_its_headings(
    street: Street, town: dict[str, Person]
):
    ann, tea = town["ann"], town["tea"]
    named = {"account": account(street, ann)}
    month = street.get("/v1/spending", ann, **named).json()
    found = {each["category"]: each for each in month["categories"]}
    assert [each["category"] for each in month["categories"]] == ["shops", "people", "bank"]
    assert (found["shops"]["out_minor"], found["shops"]["count"]) == (9_800, 2)
    assert (found["people"]["out_minor"], found["people"]["in_minor"]) == (1_250, 625)
    assert month["in_minor"] - month["out_minor"] == street.balance(ann)
    chosen = street.send(f"PUT /v1/categories/{tea.id}", ann, {"category": "eating-out"})
    assert chosen.json() == {"category": "eating-out"}
    again = street.get("/v1/spending", ann, **named).json()
    assert again["categories"][0] == {**found["shops"], "category": "eating-out"}
    assert amounts(look(street, ann, categories=["eating-out"])) == [-9_000, -800]
    listed = street.get("/v1/categories", ann).json()["items"]
    assert [(each["party"]["id"], each["category"]) for each in listed] == [(tea.id, "eating-out")]
    assert street.get("/v1/categories", ann, party=tea.id).json()["items"] == listed
    assert street.get("/v1/categories", ann, party=ann.id).json()["items"] == []
    assert street.get("/v1/categories", town["bo"]).json()["items"] == []
    street.send(f"PUT /v1/categories/{tea.id}", ann, {"category": None})
    assert street.get("/v1/spending", ann, **named).json() == month
    assert street.get("/v1/spending", ann, **named, month="1999-12").json()["categories"] == []
    for wrong in ("2026", "2026-13", "1-1", "9999-12"):
        refused = street.get("/v1/spending", ann, **named, month=wrong)
        assert (refused.status_code, code(refused)) == (400, "invalid-field"), wrong


def test_a_choice_for_nobody_is_refused(street: Street, town: dict[str, Person]):
    nobody = f"PUT /v1/categories/par_{'0' * 25}1"
    refused = street.send(nobody, town["ann"], {"category": "home"})
    assert (refused.status_code, code(refused)) == (404, "not-found")


def test_ten_thousand_movements_are_looked_through_a_bounded_part_at_a_time(street: Street):
    ann, bo = street.resident("ann"), street.resident("bo", minor=5)
    street.pay(bo, ann, 1)
    with street.database.transaction(timeout_ms=20_000) as tx:
        accounts.open_house(tx, "bank", "CNY")
        bank, purse = accounts.house("bank", "CNY"), parties.account(tx, ann.party, "wallet", "CNY")
        millis = micros(tx.now) // 1_000
        for _ in range(10):
            rows = [Transfer(uuid7(millis), bank, purse, 100, "deposit.demo") for _ in range(1_000)]
            post_all(tx, rows)
    begun = time.process_time()  # the server's work as well, and nobody else's
    first = look(street, ann, text="bo").json()
    took = time.process_time() - begun
    assert (first["items"], first["looked"], first["has_more"]) == ([], LOOKED_MAX, True)
    assert took < 2, "one call is quick, however little it finds"
    second = look(street, ann, text="bo", at=f"?cursor={first['next']}").json()
    third = look(street, ann, text="bo", at=f"?cursor={second['next']}").json()
    assert [row["amount_minor"] for row in third["items"]] == [1]
    assert (third["looked"], third["has_more"]) == (1, False)
    month = street.get("/v1/spending", ann, account=account(street, ann)).json()
    assert month["in_minor"] == street.balance(ann) == 1_000_001
