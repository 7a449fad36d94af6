"""What the house may know of its people together: noise, a budget, and a ledger of it for all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, bearer, code, housed
from tests.stories.transparency.conftest import SIGNER

from sycee.doors.cli.app import main
from sycee.kit.clock import ManualClock
from sycee.oversight.transparency.counts import actions, model, reading
from sycee.oversight.transparency.counts.actions import Ask, CountView
from sycee.oversight.transparency.counts.model import BUDGET_MILLI, CountBudgetSpent, Question
from sycee.oversight.transparency.jobs import seal_all
from sycee.runtime.db import Database


@pytest.fixture
def house(main_template: Template) -> Iterator[House]:
    with housed(main_template) as house:
        yield house


def asked(database: Database, by: UUID, question="people", milli=100, **more) -> CountView:
    command = Ask(by, Question(question), more.get("days", 30), more.get("places", ()), milli)
    return actions.ask(database, command, None).unwrap()


def test_the_operator_counts_with_noise_and_anyone_adds_up_what_it_cost(
    house: House, tmp_path, capsys
):
    operator = house.operator()
    for number in range(7):
        house.person(f"P{number}", minor=100)
    key = bearer(house.key(operator, "operator"))
    given = {"question": "people", "epsilon_milli": 500}
    first = house.client.post("/v1/counts", json=given, headers={**key, "Idempotency-Key": "a"})
    assert first.status_code == 200, first.text
    again = house.client.post("/v1/counts", json=given, headers={**key, "Idempotency-Key": "a"})
    assert again.json() == first.json(), "asked again under its key, it costs nothing anew"
    told = first.json()
    assert told["left_milli"] == BUDGET_MILLI - 500
    assert abs(told["counts"][0]["count"] - 7) < 60, "noise of scale 2 passes 60 in e^-30 of cases"
    seal_all(house.database, SIGNER)
    public = house.client.get("/v1/counts/budget").json()
    assert [row["data"]["epsilon_milli"] for row in public["items"]] == [500]
    assert (public["spent_milli"], public["left_milli"]) == (500, BUDGET_MILLI - 500)
    assert "count" not in json.dumps(public["items"][0]["data"]).replace("cnt_", ""), (
        "the ledger tells the question and never the answer"
    )
    page = tmp_path / "budget.json"
    page.write_text(json.dumps(public))
    assert main(["log", "verify", str(page), "--key", public["key"]]) == 0
    assert "proved" in capsys.readouterr().out


def test_a_spent_budget_refuses_and_nobody_but_the_operator_asks(house: House):
    operator = house.operator()
    key = bearer(house.key(operator, "operator"))
    for number in range(BUDGET_MILLI // 500):
        given = {"question": "payers", "epsilon_milli": 500, "days": 7}
        headers = {**key, "Idempotency-Key": f"k{number}"}
        assert house.client.post("/v1/counts", json=given, headers=headers).status_code == 200
    headers = {**key, "Idempotency-Key": "last"}
    refused = house.client.post(
        "/v1/counts", json={"question": "people", "epsilon_milli": 10}, headers=headers
    )
    assert code(refused) == "count-budget-spent"
    assert refused.json()["facts"] == {"left_milli": 0}
    person = house.person("Ada")
    answer = house.client.post(
        "/v1/counts",
        json={"question": "people", "epsilon_milli": 10},
        headers={**bearer(person), "Idempotency-Key": "x"},
    )
    assert code(answer) == "scope-missing"


def test_one_person_moves_no_answer_by_more_than_the_bound(house: House):
    """However often somebody pays, the exact count that the noise hides has a limit."""
    rich, poor = house.person("Rich", minor=100_000), house.person("Poor")
    for number in range(25):
        sent = house.client.post(
            "/v1/transfers",
            json={"payee": poor.id, "amount_minor": 1, "currency": "CNY"},
            headers={**bearer(rich), "Idempotency-Key": f"n{number}"},
        )
        assert sent.status_code in (200, 201), sent.text
    with house.database.read() as tx:
        exact = actions._exact(tx, Ask(rich.party, Question.PAYMENTS, 30, (), 100))
        place = actions._exact(tx, Ask(rich.party, Question.PAYMENTS, 30, ("CN", "DE"), 100))
    assert exact == {"*": model.BOUNDS[Question.PAYMENTS]}
    assert sum(place.values()) == model.BOUNDS[Question.PAYMENTS]


def test_two_at_once_cannot_spend_the_same(house: House):
    by = house.person("Op").party
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: _tried(house.database, by), range(6)))
    assert sum(done) == BUDGET_MILLI // 500
    with house.database.read() as tx:
        assert reading.budget(tx).left_milli == 0


def _tried(database: Database, by) -> bool:
    try:
        asked(database, by, milli=500)
    except CountBudgetSpent:
        return False
    return True


def test_a_new_quarter_has_a_new_budget(manual_database: Database, clock: ManualClock):
    by = uuid4()
    for _ in range(BUDGET_MILLI // 500):
        asked(manual_database, by, milli=500)
    with pytest.raises(CountBudgetSpent):
        asked(manual_database, by)
    now = clock.now()
    clock.advance(datetime(now.year + 1, 1, 1, tzinfo=UTC) - now)
    assert asked(manual_database, by).left_milli == BUDGET_MILLI - 100


def test_a_place_named_twice_is_refused_before_anything_is_spent(database: Database):
    by = uuid4()
    with pytest.raises(model.CountPlaceTwice):
        asked(database, by, places=("CN", "DE", "CN"))
    with database.read() as tx:
        assert reading.budget(tx).spent_milli == 0
