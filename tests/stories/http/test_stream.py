"""A person's own events as they happen: caught up after a break, nobody else's, and no longer than
the key or the session behind them.
"""

from __future__ import annotations

import time

from tests.stories.http.listening import Ear
from tests.stories.http.server import House, Person, bearer, code, serving

from sycee.kit.ids import parse
from sycee.runtime.db import Database
from sycee.runtime.http.caller import CACHE_SECONDS
from sycee.runtime.http.wiring import Bounds

STREAM = "/v1/events/stream"


def listen(house: House, person: Person, wanted: int, last: str | None = None) -> Ear:
    """Somebody who listens to their own events."""
    return Ear(house.client, STREAM, bearer(person), wanted, last)


def opened(house: House, person: Person) -> int:
    """The status that a stream begins with; it is left at once."""
    with house.client.stream("GET", STREAM, headers=bearer(person)) as answer:
        return answer.status_code


def pay(house: House, payer: Person, payee: Person, minor: int) -> str:
    """Pay; the id of the transfer, as events name it."""
    body = {"payee": payee.id, "amount_minor": minor, "currency": "CNY"}
    headers = {**bearer(payer), "Idempotency-Key": f"{payee.id}{minor}"}
    answer = house.client.post("/v1/transfers", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(parse("tfr", answer.json()["id"]))


def test_who_comes_back_hears_what_was_missed_once_and_only_what_is_theirs(house: House):
    ann, bo, cy = (house.person(name, minor=1_000) for name in ("Ann", "Bo", "Cy"))
    ear = listen(house, ann, 4)
    first = pay(house, bo, ann, 1)
    heard = ear.hear(1)
    assert (heard[0]["event"], heard[0]["data"]["subject"]) == ("transfer.made", first)
    assert heard[0]["data"]["data"]["amount_minor"] == 1
    missed = [pay(house, bo, ann, 2), pay(house, ann, cy, 3)]
    pay(house, bo, cy, 4)  # none of Ann's business
    again = listen(house, ann, 3, heard[0]["id"])
    later = pay(house, cy, ann, 5)
    subjects = [each["data"]["subject"] for each in again.hear(3)]
    assert subjects == [*missed, later]
    assert [each["data"]["subject"] for each in ear.hear(4)] == [first, *missed, later]


def test_a_stream_ends_with_the_key_behind_it(house: House):
    ann, bo = house.person("Ann", minor=10), house.person("Bo", minor=10)
    narrow = house.key(ann, "journal:read")
    ear = listen(house, narrow, 99)
    keys = house.get("/v1/api-keys", ann).json()["items"]
    named = next(each["id"] for each in keys if each["name"] == "narrow")
    headers = {**bearer(ann), "Idempotency-Key": "end"}
    assert house.client.post(f"/v1/api-keys/{named}/revoke", headers=headers).status_code == 200
    assert ear.ended.wait(CACHE_SECONDS + 5), "it flows on for whoever has a key that was ended"
    pay(house, bo, ann, 6)
    assert "transfer.made" not in {each["event"] for each in ear.events}
    refused = house.client.get(STREAM, headers=ear.headers)
    assert refused.status_code == 401


def test_one_party_has_so_many_streams_and_leaves_room_for_the_others(database: Database):
    with serving(database, Bounds(streams=3, streams_each=2)) as address:
        house = House(database, address)
        ann, bo, cy = (house.person(name, minor=10) for name in ("Ann", "Bo", "Cy"))
        ears = [listen(house, ann, 1) for _ in range(2)]
        refused = house.client.get(STREAM, headers=bearer(ann))
        assert (refused.status_code, code(refused)) == (429, "rate-exceeded")
        assert refused.json()["facts"]["per"] == "party"
        theirs = listen(house, bo, 1)
        full = house.client.get(STREAM, headers=bearer(cy))
        assert (full.status_code, code(full)) == (503, "busy")
        pay(house, bo, ann, 1)  # of which both hear, and leave
        for ear in (*ears, theirs):
            ear.hear(1)
            ear.join(10)
        until = time.monotonic() + 10
        while opened(house, cy) != 200:
            assert time.monotonic() < until, "whoever leaves gives their place back"
            time.sleep(0.2)
        house.client.close()


def test_a_place_that_nobody_gave_is_refused(house: House):
    headers = {**bearer(house.person("Ann")), "Last-Event-ID": "yesterday"}
    refused = house.client.get(STREAM, headers=headers)
    assert (refused.status_code, code(refused)) == (400, "invalid-field")
