"""What surrounds a route: rates, request ids, health, and the pages that explain."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.stories.http.server import House, Person, bearer, code, serving

from sycee.core.parties import apikeys
from sycee.doors.http import contents
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Database
from sycee.runtime.http import heads
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.wiring import Bounds


def test_a_request_id_is_echoed_and_a_strange_one_is_replaced(house: House):
    ann = house.person("Ann")
    given = house.client.get("/v1/balances", headers={**bearer(ann), "X-Request-Id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    strange = house.client.get("/v1/balances", headers={**bearer(ann), "X-Request-Id": "a b<"})
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", strange.headers["x-request-id"])


@pytest.mark.parametrize("cut", [None, 20, -4, -80], ids=["whole", "line", "body", "head"])
def test_who_offers_another_protocol_is_answered_in_this_one(house: House, cut: int | None):
    """As Java's client does with each first request, and as a browser asks for a web socket."""
    ann, bob = house.person("Ann", minor=10), house.person("Bob")
    body = f'{{"payee":"{bob.id}","amount_minor":1,"currency":"CNY"}}'
    head = f"POST /v1/transfers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.secret}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    offers = ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", "")
    first, second = (
        f"{head}{offer}Idempotency-Key: {offer[:3]}k\r\n\r\n{body}".encode() for offer in offers
    )
    socketed = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    last = f"GET /healthz HTTP/1.1\r\nHost: x\r\n{socketed}\r\n".encode()
    host, _, port = house.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (first + second + last,) if cut is None else (first[:cut], first[cut:]):
            line.sendall(piece)
            time.sleep(0.05)
        if cut is not None:
            line.sendall(second + last)
        told = b""
        while told.count(b"HTTP/1.1 200 OK") < 3:
            more = line.recv(65_536)
            assert more, told
            told += more
    assert house.moved(ann) == 2


@pytest.mark.parametrize("begun", ["", "GET /healthz HTTP/1.1\r\nHo", "\r\n", "body"])
def test_who_does_not_go_on_is_hung_up_on(
    house: House, monkeypatch: pytest.MonkeyPatch, begun: str
):
    """Or a few thousand who say nothing would keep everybody else out."""
    monkeypatch.setattr(heads, "WAIT_SECONDS", 0.15)
    if begun == "body":
        begun = "POST /v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\nslow"
    host, _, port = house.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(begun.encode())
        heard = [b""]
        with suppress(ConnectionError):  # a body that nobody waits for is answered all the same
            while heard[-1] or len(heard) == 1:
                heard.append(line.recv(65_536))
        assert b"200 OK" not in b"".join(heard)


def test_a_body_that_comes_slowly_but_comes_is_taken(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heads, "WAIT_SECONDS", 1.0)
    ann, bob = house.person("Ann", minor=10), house.person("Bob")
    body = f'{{"payee":"{bob.id}","amount_minor":1,"currency":"CNY"'.encode() + b" " * 131_072

    def drops() -> Iterator[bytes]:
        for at in range(0, len(body), heads.PACE_BYTES):
            yield body[at : at + heads.PACE_BYTES]
            time.sleep(0.25)  # five times: more than it waits for all, and far less than for one
        yield b"}"

    headers = {**bearer(ann), "idempotency-key": "drops", "content-type": "application/json"}
    answer = house.client.post("/v1/transfers", content=drops(), headers=headers)
    assert answer.status_code == 200, answer.text


def test_a_key_that_asks_too_often_is_told_when_to_come_back(database: Database):
    with serving(database, Bounds(key_rate=Rate(per_second=0.01, burst=3))) as address:
        house = House(database, address)
        ann, bob = house.person("Ann"), house.person("Bob")
        left = [house.get("/v1/balances", ann).headers["ratelimit-remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        refused = house.get("/v1/balances", ann)
        assert (refused.status_code, code(refused)) == (429, "rate-exceeded")
        assert int(refused.headers["retry-after"]) > 0
        assert house.get("/v1/balances", bob).status_code == 200
        house.client.close()


def test_who_tries_many_keys_is_stopped_and_others_at_the_address_are_not(database: Database):
    with serving(database, Bounds(stranger_rate=Rate(per_second=0.01, burst=3))) as address:
        house = House(database, address)
        ann = house.person("Ann")
        assert house.get("/v1/balances", ann).status_code == 200
        codes = []
        for n in range(5):
            guess = f"sk_{n:08}_{'x' * 43}"
            codes.append(code(house.get("/v1/balances", Person(ann.party, ann.id, guess))))
        assert codes == ["api-key-unknown"] * 3 + ["rate-exceeded"] * 2
        assert house.get("/v1/balances", ann).status_code == 200
        house.client.close()


def test_a_revoked_key_stops_within_seconds(house: House):
    ann = house.person("Ann")
    with house.database.transaction() as tx:
        key, secret = apikeys.issue(tx, ann.party, "brief", ["accounts:read"])
    brief = Person(ann.party, ann.id, secret)
    assert house.get("/v1/balances", brief).status_code == 200
    with house.database.transaction() as tx:
        apikeys.revoke(tx, key.id)
    pause = threading.Event()
    for _ in range(40):
        if house.get("/v1/balances", brief).status_code == 401:
            break
        pause.wait(0.25)
    assert code(house.get("/v1/balances", brief)) == "api-key-revoked"


def test_what_takes_long_has_threads_of_its_own_and_nothing_else_has(database: Database):
    slow = {
        (route.method, re.sub(r"\{[^}]+\}", public("ord", uuid7()), route.path))
        for route in contents.routes()
        if route.slow
    }
    assert {path.split("/")[2] for _, path in slow} == {
        *("me", "movements", "order-packets", "statement-files", "transparency")
    }
    with serving(database, Bounds(slow_each=0, slow_waiting=0)) as address:
        house = House(database, address)
        ann = house.operator()
        account = public("acc", uuid7())
        for method, path in slow:
            refused = house.client.request(
                method,
                path,
                params={"account": account, "format": "csv"} if "files" in path else None,
                json={"account": account, "text": "tea"} if "search" in path else None,
                headers={**bearer(ann), "Idempotency-Key": uuid7().hex},
            )
            assert (refused.status_code, code(refused)) == (503, "busy"), path
        assert house.get("/v1/balances", ann).status_code == 200
        listed = house.post("/v1/movements/search", ann, {"account": account})
        assert code(listed) == "not-found", "a list without a search is as quick as any"
        house.client.close()


def test_a_full_lane_says_busy_and_keeps_nothing(database: Database):
    with serving(database, Bounds(lane_queue=1, lane_batch=1)) as address:
        house = House(database, address)
        ann, bob = house.person("Ann", minor=1_000), house.person("Bob")
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(house.pay(ann, bob, 1)))
            for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy = [answer for answer in answers if answer.status_code == 503]
        paid = [answer for answer in answers if answer.status_code == 200]
        assert len(busy) + len(paid) == 40
        assert {code(answer) for answer in busy} == {"busy"}
        assert all(answer.headers["retry-after"] == "1" for answer in busy)
        assert (house.balance(bob), house.moved(ann)) == (len(paid), len(paid))
        house.client.close()


def test_an_unforeseen_error_is_opaque_and_logged_under_its_id(
    database: Database, log: io.StringIO
):
    with serving(database) as address:
        house = House(database, address)
        ann = house.person("Ann", minor=10)
        with database.transaction() as tx:
            tx.conn.execute("DROP TABLE wallet.out_refs")
        refused = house.pay(ann, house.person("Bob"), 1, out_ref="hunter2")
        assert (refused.status_code, code(refused)) == (500, "unforeseen")
        assert refused.json()["facts"] == {"id": refused.headers["x-request-id"]}
        assert "out_refs" not in refused.text
        assert refused.headers["x-request-id"] in log.getvalue()
        assert "hunter2" not in log.getvalue()
        assert house.balance(ann) == 10
        house.client.close()
