"""Webhook endpoints and events over HTTP."""

from __future__ import annotations

import time
from uuid import uuid4

import httpx2
import pytest
from standardwebhooks.webhooks import Webhook
from tests.stories.http.server import House, Person, bearer, code
from tests.stories.webhooks.conftest import Receiver, Worker, happen

from sycee.core.journal import read
from sycee.core.journal.webhooks import outlet
from sycee.core.journal.webhooks.call import Caller
from sycee.core.journal.webhooks.outlet import Outlet

ALL = "/v1/webhook-endpoints"


@pytest.fixture
def shop(house: House) -> Person:
    return house.person("Tea shop")


def create(house: House, shop: Person, url: str, *events: str) -> httpx2.Response:
    return house.post(ALL, shop, {"url": url, "events": list(events or ("trade.*",))})


def change(house: House, shop: Person, id_: str, **body: object) -> httpx2.Response:
    headers = {**bearer(shop), "Idempotency-Key": str(uuid4())}
    return house.client.patch(f"{ALL}/{id_}", json=body, headers=headers)


def remove(house: House, shop: Person, id_: str) -> httpx2.Response:
    headers = {**bearer(shop), "Idempotency-Key": str(uuid4())}
    return house.client.delete(f"{ALL}/{id_}", headers=headers)


def events(house: House, shop: Person, want: int, **query: object) -> list[dict]:
    """The caller's events, once there are `want`: others' writes may hold them back a moment."""
    deadline = time.monotonic() + 20
    while True:
        items = house.get("/v1/events", shop, **query).json()["items"]
        if len(items) >= want or time.monotonic() > deadline:
            return items
        time.sleep(0.02)


def test_an_endpoint_shows_its_secret_once(house: House, shop: Person, receiver: Receiver) -> None:
    made = create(house, shop, receiver.url, "trade.*", "refund.agreed")
    assert made.status_code == 201
    endpoint = made.json()["endpoint"]
    assert made.json()["secret"].startswith("whsec_")
    assert endpoint["events"] == ["refund.agreed", "trade.*"]
    read = house.get(f"{ALL}/{endpoint['id']}", shop)
    assert read.json() == endpoint
    assert house.get(ALL, shop).json() == [endpoint]
    assert "secret" not in read.text


def test_an_event_goes_from_the_journal_to_the_shop_and_into_its_log(
    house: House, shop: Person, receiver: Receiver
) -> None:
    made = create(house, shop, receiver.url).json()
    happen(house.database, shop.party)
    worker = Worker(house.database)
    worker.fan_out(4)
    receiver.answer(500)
    worker.deliver()
    path = f"{ALL}/{made['endpoint']['id']}/deliveries"
    (listed,) = house.get(path, shop).json()["items"]
    assert (listed["state"], listed["last_status"], listed["attempts"]) == ("waiting", 500, 1)
    shown = house.get(f"{path}/{listed['id']}", shop).json()
    assert shown["delivery"] == listed
    assert [attempt["status"] for attempt in shown["log"]] == [500]
    assert house.get(path, shop, state="dead").json()["items"] == []
    (call,) = receiver.received
    told = Webhook(made["secret"]).verify(call.body, call.headers)
    (own,) = events(house, shop, 1, types="trade.*")
    assert own == told


def test_an_endpoint_is_paused_changed_and_removed(
    house: House, shop: Person, receiver: Receiver
) -> None:
    id_ = create(house, shop, receiver.url).json()["endpoint"]["id"]
    assert change(house, shop, id_, active=False).json()["state"] == "paused"
    replay = house.post(f"{ALL}/{id_}/replay", shop, {})
    assert code(replay) == "webhook-endpoint-inactive"
    moved = change(house, shop, id_, active=True, url=receiver.url + "2", events=["*"]).json()
    assert (moved["state"], moved["events"]) == ("active", ["*"])
    assert moved["url"].endswith("hooks2")
    assert house.post(f"{ALL}/{id_}/replay", shop, {}).json() == {"deliveries": []}
    assert remove(house, shop, id_).json() == {"id": id_}
    assert code(house.get(f"{ALL}/{id_}", shop)) == "not-found"
    assert code(remove(house, shop, id_)) == "not-found"


def test_a_rotation_shows_the_new_secret(house: House, shop: Person, receiver: Receiver) -> None:
    made = create(house, shop, receiver.url).json()
    path = f"{ALL}/{made['endpoint']['id']}/rotate"
    second = house.post(path, shop, {"grace_seconds": 60}).json()["secret"]
    assert second.startswith("whsec_")
    assert second != made["secret"]
    assert code(house.post(path, shop, {"grace_seconds": -1})) == "malformed-payload"


def test_another_partys_endpoint_is_not_there(
    house: House, shop: Person, receiver: Receiver
) -> None:
    id_ = create(house, shop, receiver.url).json()["endpoint"]["id"]
    other = house.person("Other shop")
    answers = [
        house.get(f"{ALL}/{id_}", other),
        house.get(f"{ALL}/{id_}/deliveries", other),
        change(house, other, id_, active=False),
        remove(house, other, id_),
        house.post(f"{ALL}/{id_}/rotate", other, {}),
        house.post(f"{ALL}/{id_}/replay", other, {}),
    ]
    assert [code(answer) for answer in answers] == ["not-found"] * len(answers)
    assert house.get(ALL, other).json() == []


def test_there_are_at_most_ten_endpoints(house: House, shop: Person, receiver: Receiver) -> None:
    answers = [create(house, shop, receiver.url) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [409]
    assert code(answers[-1]) == "webhook-endpoints-full"


@pytest.mark.parametrize(
    ("body", "problem", "field"),
    [
        ({"url": "https://127.0.0.1/", "events": ["*"]}, "invalid-field", "url"),
        ({"url": "http://shop.example.com/", "events": ["*"]}, "invalid-field", "url"),
        ({"url": "https://u:p@shop.example.com/", "events": ["*"]}, "invalid-field", "url"),
        (
            {"url": "https://shop.example.com/", "events": ["trade.payed"]},
            "invalid-field",
            "events[0]",
        ),
        ({"url": "https://shop.example.com/", "events": []}, "malformed-payload", "events"),
        ({"url": "https://shop.example.com/"}, "malformed-payload", "$"),
        ({"url": 5, "events": ["*"]}, "malformed-payload", "url"),
    ],
    ids=str,
)
def test_a_wrong_endpoint_is_refused_by_its_field(
    house: House, shop: Person, installed: Outlet, body: dict, problem: str, field: str
) -> None:
    strict = Caller(allow_private=False)
    outlet.install(Outlet(installed.sealer, strict))
    answer = house.post(ALL, shop, body)
    strict.close()
    assert code(answer) == problem
    assert answer.json()["facts"]["field"] == field
    assert house.get(ALL, shop).json() == []


def test_deliveries_come_a_page_at_a_time_newest_first(
    house: House, shop: Person, receiver: Receiver
) -> None:
    id_ = create(house, shop, receiver.url).json()["endpoint"]["id"]
    happen(house.database, shop.party, times=7)
    Worker(house.database).fan_out(10)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = house.get(f"{ALL}/{id_}/deliveries", shop, **query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if not page["has_more"]:
            break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


def test_events_are_read_on_from_where_one_stopped(house: House, shop: Person) -> None:
    happen(house.database, shop.party, times=5)
    assert len(events(house, shop, 5, types="trade.*")) == 5

    def page(**query: object) -> dict:
        return house.get("/v1/events", shop, types=["trade.*", "refund.*"], **query).json()

    first = page(limit=3)
    assert (len(first["items"]), first["has_more"]) == (3, True)
    rest = page(cursor=first["next"])
    assert (len(rest["items"]), rest["has_more"]) == (2, False)
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert len(set(ids)) == 5
    assert page(cursor=rest["next"]) == {"items": [], "has_more": False, "next": rest["next"]}
    happen(house.database, shop.party, verb="refund.agreed")
    (new,) = events(house, shop, 1, cursor=rest["next"])
    assert new["type"] == "refund.agreed"


def test_a_rare_event_is_looked_for_among_so_many_at_a_time(
    house: House, shop: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(house.database, shop.party, times=7)
    happen(house.database, shop.party, verb="refund.agreed")
    behind = len(events(house, shop, 8, limit=100))
    monkeypatch.setattr(read, "LOOKED_MOST", 3)
    query, pages = {"types": "refund.*"}, []
    while not pages or pages[-1]["has_more"]:
        pages.append(house.get("/v1/events", shop, **query).json())
        query["cursor"] = pages[-1]["next"]
    assert len(pages) == behind // 3 + 1
    found = [item["type"] for page in pages for item in page["items"]]
    assert found == ["refund.agreed"], "others may have nothing, and go on"


def test_events_of_others_are_not_shown(house: House, shop: Person) -> None:
    happen(house.database, shop.party)
    assert len(events(house, shop, 1, types="trade.*")) == 1
    other = house.person("Other shop")
    shown = events(house, other, 1)
    assert shown != []
    assert all(event["type"] != "trade.paid" for event in shown)
    reader = house.key(shop, "accounts:read")
    assert code(house.get("/v1/events", reader)) == "scope-missing"


def test_a_made_up_cursor_is_refused(house: House, shop: Person) -> None:
    for cursor in ("x", "MS0y!", "Zm9v"):
        answer = house.get("/v1/events", shop, cursor=cursor)
        assert code(answer) == "invalid-field"
        assert answer.json()["facts"]["field"] == "cursor"
