"""Events on their way: what arrives, what is tried again, and when it stops."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.stories.http.server import PLAIN
from tests.stories.webhooks.conftest import Receiver, Worker, happen

from sycee.core.journal.webhooks import endpoints, outlet, rows
from sycee.core.journal.webhooks.call import BODY_LIMIT_BYTES, Caller
from sycee.core.journal.webhooks.delivery import deliver
from sycee.core.journal.webhooks.endpoints import EndpointSecret, Replay, Update
from sycee.core.journal.webhooks.model import LADDER_SECONDS, Delivery, DeliveryState
from sycee.core.journal.webhooks.outlet import Outlet
from sycee.kit.clock import ManualClock
from sycee.kit.ids import parse, uuid7
from sycee.runtime.db import Database

SHOP, OTHER = uuid7(), uuid7()
HOLD = threading.Event()


def subscribe(database: Database, url: str, *events: str, party: UUID = SHOP) -> EndpointSecret:
    with database.transaction() as tx:
        sealer = outlet.current().sealer
        made = endpoints.create(tx, sealer, party, url, events or ("trade.*",))
    Worker(database).fan_out()  # past the row that says so
    return made


def id_of(made: EndpointSecret) -> UUID:
    return parse("whe", made.endpoint.id)


def deliveries(database: Database, made: EndpointSecret) -> list[Delivery]:
    with database.read() as tx:
        return rows.of_endpoint(tx, id_of(made), None, None, 100)


def test_a_subscribed_event_arrives_signed(database: Database, receiver: Receiver) -> None:
    made = subscribe(database, receiver.url + "?shop=1")
    (subject,) = happen(database, SHOP, OTHER)
    worker = Worker(database)
    worker.fan_out()
    assert worker.deliver() == 1
    (call,) = receiver.received
    verified = Webhook(made.secret).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(call.body + b" ", call.headers)
    assert verified["type"] == "trade.paid"
    assert verified["subject"] == str(subject)
    assert verified["data"] == {"trade": "trd_1", "amount_minor": 5, "state": "wait-seller-ship"}
    assert call.path == "/hooks?shop=1"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["webhook-id"] == verified["id"]
    (delivery,) = deliveries(database, made)
    assert (delivery.state, delivery.last_status) == (DeliveryState.DELIVERED, 204)
    assert worker.deliver() == 0


def test_only_what_is_subscribed_and_concerns_the_party_arrives(
    database: Database, receiver: Receiver
) -> None:
    subscribe(database, receiver.url, "trade.paid", "refund.*")
    happen(database, SHOP, verb="trade.paid")
    happen(database, SHOP, verb="trade.shipped")
    happen(database, SHOP, verb="refund.agreed")
    happen(database, OTHER, verb="trade.paid")
    worker = Worker(database)
    worker.fan_out(4)
    worker.deliver()
    types = sorted(json.loads(call.body)["type"] for call in receiver.received)
    assert types == ["refund.agreed", "trade.paid"]


def test_two_workers_at_once_tell_each_event_once(database: Database, receiver: Receiver) -> None:
    made = subscribe(database, receiver.url)
    happen(database, SHOP, times=30)
    happen(database, SHOP, times=30)
    read: list[int] = []
    workers = [threading.Thread(target=lambda: read.append(Worker(database).fan_out(0)))
               for _ in range(4)]  # fmt: skip
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    Worker(database).fan_out(60 - sum(read))
    found = deliveries(database, made)
    assert len(found) == 60
    assert len({one.event for one in found}) == 60


def test_both_secrets_sign_during_a_rotation_and_then_the_new_one_alone(
    database: Database, receiver: Receiver
) -> None:
    made = subscribe(database, receiver.url)
    sealer = outlet.current().sealer

    def told_with(grace_seconds: int) -> str:
        with database.transaction() as tx:
            changed = endpoints.rotate(tx, sealer, SHOP, id_of(made), grace_seconds)
        happen(database, SHOP)
        worker = Worker(database)
        worker.fan_out(2)
        worker.deliver()
        return changed.secret

    second = told_with(3_600)
    call = receiver.received[-1]
    assert Webhook(made.secret).verify(call.body, call.headers)
    assert Webhook(second).verify(call.body, call.headers)
    third = told_with(0)
    call = receiver.received[-1]
    assert Webhook(third).verify(call.body, call.headers)
    for gone in (made.secret, second):
        with pytest.raises(WebhookVerificationError):
            Webhook(gone).verify(call.body, call.headers)


def test_a_failing_endpoint_is_tried_along_the_ladder_and_then_left(
    manual_database: Database, clock: ManualClock, receiver: Receiver
) -> None:
    made = subscribe(manual_database, receiver.url)
    happen(manual_database, SHOP)
    worker = Worker(manual_database)
    worker.fan_out()
    receiver.answer(500, times=20)
    for place, seconds in enumerate((*LADDER_SECONDS, 10**6), start=1):
        assert worker.deliver() == 1
        assert worker.deliver() == 0
        assert len(receiver.received) == place
        clock.advance(timedelta(seconds=seconds * 0.79))
        assert worker.deliver() == 0
        clock.advance(timedelta(seconds=seconds * 0.42))
    (delivery,) = deliveries(manual_database, made)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, len(LADDER_SECONDS) + 1)
    assert len({call.headers["webhook-id"] for call in receiver.received}) == 1
    assert len({call.body for call in receiver.received}) == 1
    with manual_database.read() as tx:
        log = rows.attempts(tx, delivery.id)
    assert [one.number for one in log] == list(range(1, len(LADDER_SECONDS) + 2))
    assert {one.status for one in log} == {500}


def test_a_dead_delivery_is_replayed_with_the_same_id_and_body(
    manual_database: Database, clock: ManualClock, receiver: Receiver
) -> None:
    made = subscribe(manual_database, receiver.url)
    happen(manual_database, SHOP)
    worker = Worker(manual_database)
    worker.fan_out()
    receiver.answer(503, times=len(LADDER_SECONDS) + 1)
    for _ in range(len(LADDER_SECONDS) + 1):
        worker.deliver()
        clock.advance(timedelta(days=2))
    (dead,) = deliveries(manual_database, made)
    assert dead.state is DeliveryState.DEAD
    with manual_database.transaction() as tx:
        replayed = endpoints.replay(tx, Replay(SHOP, id_of(made)))
        assert len(replayed.deliveries) == 1
        assert endpoints.replay(tx, Replay(SHOP, id_of(made))).deliveries == ()
    worker.deliver()
    (alive,) = deliveries(manual_database, made)
    assert alive.state is DeliveryState.DELIVERED
    assert alive.attempts == dead.attempts + 1
    first, last = receiver.received[0], receiver.received[-1]
    assert first.headers["webhook-id"] == last.headers["webhook-id"]
    assert first.body == last.body
    assert first.headers["webhook-timestamp"] != last.headers["webhook-timestamp"]


def test_a_delivered_event_can_be_sent_again_by_its_id(
    database: Database, receiver: Receiver
) -> None:
    made = subscribe(database, receiver.url)
    happen(database, SHOP)
    worker = Worker(database)
    worker.fan_out()
    worker.deliver()
    (done,) = deliveries(database, made)
    with database.transaction() as tx:
        again = Replay(SHOP, id_of(made), (done.id, uuid7()))
        assert len(endpoints.replay(tx, again).deliveries) == 1
    worker.deliver()
    assert len(receiver.received) == 2


def test_an_endpoint_that_says_gone_hears_no_more_until_it_is_set_active(
    database: Database, receiver: Receiver
) -> None:
    made = subscribe(database, receiver.url)
    happen(database, SHOP, times=2)
    worker = Worker(database)
    worker.fan_out(2)
    receiver.answer(410)
    worker.deliver()
    assert len(receiver.received) == 1
    assert {one.state for one in deliveries(database, made)} == {DeliveryState.DEAD}
    happen(database, SHOP)
    worker.fan_out()
    assert len(deliveries(database, made)) == 2
    with database.transaction() as tx:
        assert endpoints.read(tx, SHOP, id_of(made)).state == "gone"
        endpoints.update(tx, Update(SHOP, id_of(made), active=True))
    happen(database, SHOP)
    worker.fan_out(2)
    worker.deliver()
    assert len(receiver.received) == 2


def test_a_wait_that_the_receiver_asks_for_is_granted(
    manual_database: Database, clock: ManualClock, receiver: Receiver
) -> None:
    subscribe(manual_database, receiver.url)
    happen(manual_database, SHOP)
    worker = Worker(manual_database)
    worker.fan_out()
    receiver.answer(429, retry_after="120")
    worker.deliver()
    clock.advance(timedelta(seconds=119))
    assert worker.deliver() == 0
    clock.advance(timedelta(seconds=1))
    assert worker.deliver() == 1


def test_a_redirect_is_a_failure_and_is_not_followed(
    database: Database, receiver: Receiver
) -> None:
    made = subscribe(database, receiver.url)
    happen(database, SHOP)
    worker = Worker(database)
    worker.fan_out()
    receiver.answer(302, location=receiver.url + "/elsewhere")
    worker.deliver()
    assert [call.path for call in receiver.received] == ["/hooks"]
    (delivery,) = deliveries(database, made)
    assert (delivery.state, delivery.last_status) == (DeliveryState.WAITING, 302)


@pytest.fixture
def hasty() -> Iterator[Caller]:
    """Calls this machine, and waits a second."""
    caller = Caller(allow_private=True, timeout_seconds=1, trust=PLAIN)
    yield caller
    caller.close()


def test_an_answer_that_drips_is_cut_off_at_the_deadline(receiver: Receiver, hasty: Caller) -> None:
    def drip(handler) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"x" * 200:
            handler.connection.sendall(bytes([byte]))
            if HOLD.wait(0.1):
                return

    receiver.answers.append(drip)
    started = time.monotonic()
    outcome = hasty.post(receiver.url, {}, b"{}")
    assert time.monotonic() - started < 10, "it drips for twenty"
    assert (outcome.ok, outcome.status, outcome.error) == (False, None, "timeout")


def test_a_silent_receiver_is_given_up_at_the_deadline(receiver: Receiver, hasty: Caller) -> None:
    receiver.answers.append(lambda handler: handler.connection.recv(1) and None)
    outcome = hasty.post(receiver.url, {}, b"{}")
    assert outcome.error == "timeout"


def test_no_more_than_a_bounded_part_of_an_answer_is_read(receiver: Receiver) -> None:
    sent: list[int] = []

    def flood(handler) -> None:
        handler.connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        block = b"x" * 65_536
        try:
            for _ in range(15_000):
                handler.connection.sendall(block)
                sent.append(len(block))
        except OSError:
            return

    receiver.answers.append(flood)
    outcome = outlet.current().caller.post(receiver.url, {}, b"{}")
    assert outcome.ok
    assert sum(sent) < 50_000_000 + BODY_LIMIT_BYTES


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no-such-name.invalid/"])
def test_a_receiver_that_cannot_be_reached_is_an_outcome(url: str) -> None:
    outcome = outlet.current().caller.post(url, {}, b"{}")
    assert outcome.status is None
    assert outcome.error in ("ConnectError", "name-not-found")


def test_a_private_address_is_not_called_where_that_is_not_allowed(
    database: Database, receiver: Receiver, installed: Outlet
) -> None:
    made = subscribe(database, receiver.url.replace("127.0.0.1", "localhost"))
    strict = Caller(allow_private=False)
    outlet.install(Outlet(installed.sealer, strict))
    happen(database, SHOP)
    worker = Worker(database)
    worker.fan_out()
    worker.deliver()
    strict.close()
    (delivery,) = deliveries(database, made)
    assert (delivery.state, delivery.last_error) == (DeliveryState.WAITING, "address-not-public")
    assert receiver.received == []


def test_what_is_on_its_way_to_a_paused_or_removed_endpoint_is_dropped(
    database: Database, receiver: Receiver
) -> None:
    paused, removed = subscribe(database, receiver.url), subscribe(database, receiver.url)
    happen(database, SHOP)
    worker = Worker(database)
    worker.fan_out()
    with database.transaction() as tx:
        endpoints.update(tx, Update(SHOP, id_of(paused), active=False))
        endpoints.remove(tx, endpoints.Remove(SHOP, id_of(removed)))
    worker.deliver()
    assert receiver.received == []
    assert [one.last_error for one in deliveries(database, paused)] == ["endpoint-paused"]
    assert [one.last_error for one in deliveries(database, removed)] == ["endpoint-removed"]


def test_a_job_that_comes_twice_sends_once(database: Database, receiver: Receiver) -> None:
    made = subscribe(database, receiver.url)
    happen(database, SHOP)
    Worker(database).fan_out()
    (delivery,) = deliveries(database, made)
    body = {"delivery": str(delivery.id), "attempt": 1}
    for _ in range(3):
        deliver(database, outlet.current(), body)
    assert len(receiver.received) == 1


def test_the_secret_stands_in_no_table(database: Database, receiver: Receiver) -> None:
    made = subscribe(database, receiver.url)
    raw = base64.b64decode(made.secret.removeprefix("whsec_"))
    with database.connection() as conn:
        row = conn.execute("SELECT sealed FROM webhooks.secret").fetchone()
        told = conn.execute("SELECT string_agg(t::text, ' ') FROM journal.entry t").fetchone()
    assert row is not None
    assert raw not in row[0]
    assert made.secret not in str(told)
    assert made.secret not in repr(made)
