"""What slows a program down and keeps words and codes between people, over HTTP with a vault."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, Person, bearer, code, vaulted

from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, token
from sycee.products.envelopes import desk, pace
from sycee.products.envelopes.desk import ClaimBody, GestureBody
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.problems import RateExceeded

HAND = [[0, 10, 10], [90, 11, 12], [170, 11, 12], [320, 12, 13]]


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    with vaulted(main_template, keys_template) as made:
        yield made


def stranger() -> Caller:
    return Caller(uuid4(), uuid4(), frozenset())


def sent(house: House, by: Person, **more: object) -> dict[str, str]:
    body = {"amount_minor": 1_000, "currency": "CNY", "shares": 3, **more}
    answer = house.post("/v1/envelopes", by, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_hand_is_answered_at_once_and_a_program_waits_a_random_moment(house: House):
    ada, bob = house.person("Ada", minor=10_000), house.person("Bob")
    link = sent(house, ada)["token"]
    challenge = house.get(f"/v1/envelope-links/{link}", bob).json()["challenge"]
    bobs = Caller(bob.party, uuid4(), frozenset())
    shown = ClaimBody(token=link, gesture=GestureBody(challenge, HAND))
    later = time.time_ns() // 1_000_000 + 500
    assert desk.pause(shown, bobs, later) == 0
    waits = {desk.pause(ClaimBody(token=link), stranger(), later) for _ in range(40)}
    assert len(waits) > 20
    assert 0 <= min(waits) <= max(waits) <= pace.DELAY_MOST_MS
    assert max(desk.pause(shown, stranger(), later) for _ in range(10)) > 0, "another's challenge"
    body = {"token": link, "gesture": {"challenge": challenge, "trace": HAND}}
    assert house.post("/v1/envelope-claims", bob, body).status_code == 200
    assert house.get(f"/v1/envelope-links/{link}", bob).json()["challenge"] is None


def test_a_program_a_device_and_a_person_may_only_open_so_many_at_once():
    program, device = stranger(), stranger()
    for _ in range(pace.PROGRAM.burst):
        desk.pause(ClaimBody(token=token()), program, 0)
    with pytest.raises(RateExceeded) as held:
        desk.pause(ClaimBody(token=token()), program, 0)
    assert (held.value.per, held.value.retry_after_seconds) == ("program", 2)
    for _ in range(pace.DEVICE.burst):
        desk.claim(ClaimBody(token=token()), device)
    with pytest.raises(RateExceeded) as held:
        desk.claim(ClaimBody(token=token()), device)
    assert held.value.per == "device"
    person = uuid4()
    for _ in range(pace.PERSON.burst):
        desk.claim(ClaimBody(token=token()), Caller(person, uuid4(), frozenset()))
    with pytest.raises(RateExceeded) as held:
        desk.claim(ClaimBody(token=token()), Caller(person, uuid4(), frozenset()))
    assert held.value.per == "person"
    with pytest.raises(Invalid):
        desk.claim(ClaimBody(), stranger())


def test_a_greeting_and_thanks_are_read_by_those_inside_and_by_nobody_else(house: House):
    ada, bob, eve = house.person("Ada", minor=10_000), house.person("Bob"), house.person("Eve")
    made = sent(house, ada, greeting="fortune")
    path = f"/v1/envelopes/{made['id']}/words"
    assert house.post(path, ada, {"text": " 恭喜发财 "}).status_code == 200
    assert code(house.post(path, bob, {"text": "thanks"})) == "not-found"
    house.post("/v1/envelope-claims", bob, {"token": made["token"]})
    assert house.post(path, bob, {"text": "Thank you!"}).status_code == 200
    told = [(each["name"], each["text"]) for each in house.get(path, bob).json()]
    assert told == [("Ada", "恭喜发财"), ("Bob", "Thank you!")]
    assert code(house.get(path, eve)) == "not-found"
    assert code(house.post(path, bob, {"text": "a\nb"})) == "invalid-field"
    with house.database.connection() as conn:
        rows = conn.execute("SELECT sealed FROM envelopes.words").fetchall()
        keys = conn.execute("SELECT answer FROM runtime.keys").fetchall()
    assert not any("恭喜".encode() in bytes(row[0] or b"") for row in [*rows, *keys])


def test_a_code_over_http_opens_once_for_each_who_is_there(house: House):
    ada, bob = house.person("Ada", minor=10_000), house.person("Bob")
    made = sent(house, ada)
    shown = house.post(f"/v1/envelopes/{made['id']}/code", ada).json()
    link = house.post("/v1/envelope-codes", bob, {"code": shown["code"]}).json()
    assert house.post("/v1/envelope-claims", bob, {"token": link["token"]}).status_code == 200
    wrong = "000000" if shown["code"] != "000000" else "000001"
    assert code(house.post("/v1/envelope-codes", bob, {"code": wrong})) == "envelope-code-unknown"


def test_a_spoken_password_over_http_opens_and_is_nowhere_in_the_database(house: House):
    ada, bob = house.person("Ada", minor=10_000), house.person("Bob")
    made = sent(house, ada, password="Nian Nian You Yu")
    body = {"token": made["token"], "password": "wrong"}
    refused = house.post("/v1/envelope-claims", bob, body)
    assert code(refused) == "envelope-password-wrong"
    body["password"] = "niannian youyu"
    assert house.post("/v1/envelope-claims", bob, body).status_code == 200


def test_a_stranger_sees_a_cover_without_a_name_or_an_amount(house: House):
    ada = house.person("Ada", minor=10_000)
    made = sent(house, ada, newcomers=True, cover="dragon")
    seen = house.client.get(f"/v1/envelope-covers/{made['token']}").json()
    assert (seen["cover"], seen["newcomers"], seen["shares"]) == ("dragon", True, 3)
    assert not {"sender", "sender_name", "amount_minor"} & seen.keys()


def test_a_group_watches_its_envelope_being_opened_live(house: House):
    ada, bob, eve = house.person("Ada", minor=10_000), house.person("Bob"), house.person("Eve")
    group = house.post("/v1/groups", ada, {"emblem": "friends"}).json()
    assert house.post("/v1/group-members", bob, {"token": group["token"]}).json()["members"] == 2
    made = sent(house, ada, group=group["id"], shares=2)
    given = house.get(f"/v1/groups/{group['id']}/envelopes", bob).json()["items"]
    assert [each["id"] for each in given] == [made["id"]]
    path = f"/v1/envelopes/{made['id']}/events"
    assert code(house.get(path, eve)) == "not-found"
    events: list[tuple[str, dict[str, object]]] = []
    with house.client.stream("GET", path, headers=bearer(ada)) as answer:
        for who in (bob, ada):
            body = {"envelope": made["id"]}
            assert house.post("/v1/envelope-claims", who, body).status_code == 200
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
                if name == "ended":
                    break
    assert [name for name, _ in events] == ["taken", "taken", "ended"]
    assert [each["name"] for _, each in events[:2]] == ["Bob", "Ada"]
    assert sum(int(str(each["amount_minor"])) for _, each in events[:2]) == 1_000
    assert code(house.get(f"/v1/groups/{group['id']}", eve)) == "not-found"
    parse("grp", group["id"])


def test_only_the_operator_sees_the_rush_and_circles(house: House):
    ada, operator = house.person("Ada"), house.operator()
    for path in ("/v1/envelope-rush", "/v1/envelope-circles"):
        assert house.get(path, operator).status_code == 200
        assert house.get(path, ada).status_code == 403
