"""A dinner is split: everyone is asked for a part, and the parts sum to the bill."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.journal import read as journal


def split(street: Street, by: Person, **body: Any) -> dict[str, Any]:
    made = street.send("POST /v1/splits", by, {"currency": "CNY", "rule": "equal", **body})
    assert made.status_code == 201, made.text
    return made.json()


def pay(street: Street, who: Person, request: str) -> Any:
    return street.send(f"POST /v1/requests/{request}/pay", who, {})


def test_a_dinner_for_three_is_paid_back_to_the_last_unit(street: Street):
    ann, bob, eve = (street.resident(name, minor=20_000) for name in ("ann", "bob", "eve"))
    made = split(
        street,
        ann,
        total_minor=10_000,
        parts=[{"party": ann.id}, {"party": bob.id}, {"party": f"@{street.handle(eve)}"}],
        memo="hotpot",
    )
    asked = {each["id"]: each["amount_minor"] for each in made["requests"]}
    assert made["own_minor"] + sum(asked.values()) == 10_000
    assert sorted([made["own_minor"], *asked.values()]) == [3_333, 3_333, 3_334]
    mine = {}
    for person in (bob, eve):
        (waiting,) = street.get("/v1/requests", person).json()["items"]
        mine[person.id] = waiting["id"]
    assert pay(street, bob, mine[bob.id]).status_code == 200
    seen = street.get(f"/v1/splits/{made['id']}", ann).json()
    assert seen["state"] == "open"
    assert code(street.send(f"POST /v1/splits/{made['id']}/cancel", ann, {})) == "split-partly-paid"
    assert pay(street, eve, mine[eve.id]).status_code == 200
    seen = street.get(f"/v1/splits/{made['id']}", ann).json()
    assert seen["state"] == "settled"
    balances = street.get("/v1/balances", ann).json()
    assert balances[0]["balance_minor"] == 20_000 + sum(asked.values())


def test_two_who_pay_the_last_shares_at_once_settle_it_once(street: Street):
    ann, bob, eve = (street.resident(name, minor=20_000) for name in ("ann", "bob", "eve"))
    parts = [{"party": bob.id}, {"party": eve.id}]
    made = split(street, ann, total_minor=501, parts=parts)
    calls = []
    for who in (bob, eve):
        (waiting,) = street.get("/v1/requests", who).json()["items"]
        calls.append((f"POST /v1/requests/{waiting['id']}/pay", who, {}))
    assert {answer.status_code for answer in street.race(calls)} == {200}
    assert street.get(f"/v1/splits/{made['id']}", ann).json()["state"] == "settled"


def test_a_closed_split_asks_for_nothing_more_and_a_guest_pays_by_link(street: Street):
    ann, bob, guest = (street.resident(name, minor=20_000) for name in ("ann", "bob", "guest"))
    body = {"rule": "shares", "parts": [{"party": bob.id, "shares": 2}, {"shares": 1}]}
    made = split(street, ann, total_minor=900, **body)
    link = next(each["token"] for each in made["requests"] if each.get("token"))
    paid = street.send(f"POST /v1/request-links/{link}/pay", guest, {})
    assert paid.status_code == 200, paid.text
    closed = street.send(f"POST /v1/splits/{made['id']}/close", ann, {})
    assert closed.json()["state"] == "closed"
    (waiting,) = street.get("/v1/requests", bob, state="cancelled").json()["items"]
    assert waiting["amount_minor"] == 600
    assert code(pay(street, bob, waiting["id"])) == "request-not-open"
    again = street.send(f"POST /v1/splits/{made['id']}/close", ann, {})
    assert code(again) == "split-not-open"


def test_a_split_is_its_owners_alone_and_wrong_figures_ask_nobody(street: Street):
    ann, bob = street.resident("ann", minor=100), street.resident("bob")
    made = split(street, ann, total_minor=100, parts=[{"party": bob.id}])
    assert street.get(f"/v1/splits/{made['id']}", bob).status_code == 404
    assert code(street.send(f"POST /v1/splits/{made['id']}/close", bob, {})) == "not-found"
    wrong = {"currency": "CNY", "rule": "exact", "total_minor": 100}
    parts = [{"party": bob.id, "amount_minor": 99}]
    refused = street.send("POST /v1/splits", ann, {**wrong, "parts": parts})
    assert code(refused) == "invalid-field"
    twice = [{"party": bob.id}, {"party": bob.id}]
    refused = street.send("POST /v1/splits", ann, {**wrong, "rule": "equal", "parts": twice})
    assert code(refused) == "invalid-field"
    assert len(street.get("/v1/requests", bob).json()["items"]) == 1


def test_a_part_of_nothing_is_not_asked_for_and_each_share_has_the_memo(street: Street):
    ann, bob, eve = (
        street.resident("ann"),
        street.resident("bob", minor=100),
        street.resident("eve"),
    )
    parts = [{"party": bob.id, "amount_minor": 90}, {"party": eve.id}, {"party": ann.id}]
    body = {"rule": "exact", "total_minor": 90, "parts": parts, "memo": "tea"}
    made = split(street, ann, **body)
    (asked,) = made["requests"]
    assert (made["own_minor"], asked["amount_minor"]) == (0, 90)
    assert street.get("/v1/requests", eve).json()["items"] == []
    for who, what in ((bob, asked["id"]), (ann, asked["id"]), (ann, made["id"])):
        (memo,) = street.get("/v1/memos", who, of=[what]).json()
        assert memo["text"] == "tea"
    (shown,) = street.get("/v1/requests", bob).json()["items"]
    assert (shown["memo"], shown["split"]) == (True, made["id"])
    alone = {"currency": "CNY", "rule": "equal", "total_minor": 90, "parts": [{"party": ann.id}]}
    refused = street.send("POST /v1/splits", ann, alone)
    assert (code(refused), refused.json()["facts"]["field"]) == ("invalid-field", "parts")


def test_a_split_that_nobody_has_paid_is_cancelled_with_what_it_asks_for(street: Street):
    ann, bob, eve = (street.resident(name, minor=900) for name in ("ann", "bob", "eve"))
    soon = (street.clock.now() + timedelta(hours=1)).isoformat()
    parts = [{"party": bob.id}, {"party": eve.id}]
    one, late = (
        split(street, ann, total_minor=100, parts=parts, **more)
        for more in ({}, {"expires_at": soon})
    )
    paid = split(street, ann, total_minor=100, parts=[{"party": bob.id}])
    assert pay(street, bob, paid["requests"][0]["id"]).status_code == 200
    street.clock.advance(timedelta(hours=1))
    for made, states in ((one, ["cancelled"] * 2), (late, ["open"] * 2)):
        ended = street.send(f"POST /v1/splits/{made['id']}/cancel", ann, {})
        assert (ended.status_code, ended.json()["state"]) == (200, "cancelled"), ended.text
        assert [row["state"] for row in ended.json()["requests"]] == states
    street.work()  # what was over before is over for that, and not taken back
    shown = street.get(f"/v1/splits/{late['id']}", ann).json()
    assert [share["state"] for share in shown["shares"]] == ["expired"] * 2
    with street.database.read() as tx:
        rows = journal.since(tx, None, 100, verbs=["split.*"], party=ann.party)
    assert [(row.verb, row.body["split"]) for row in rows] == [
        *(("split.made", each["id"]) for each in (one, late, paid)),
        ("split.settled", paid["id"]),
        ("split.cancelled", one["id"]),
        ("split.cancelled", late["id"]),
    ]
