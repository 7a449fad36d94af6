"""Notices to a shop: signed, sent until it answers `success`, and never to a private machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from tests.contract.alipay import clients
from tests.contract.alipay.town import Town

from sycee.core.journal.webhooks.model import DeliveryState
from sycee.doors.alipay import apps, notices, outbound, protocol, signature, told
from sycee.doors.alipay.jobs import register
from sycee.doors.alipay.signature import generate, public_pem
from sycee.doors.alipay.told import AlipayNotice
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse
from sycee.products.escrow.actions import repaying
from sycee.products.escrow.actions.commands import RefundNow
from sycee.runtime import jobs as queue
from sycee.runtime.crew import Crew
from sycee.runtime.db import NIL
from sycee.runtime.jobs import Jobs
from sycee.runtime.settings import Settings

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "金元宝"}


class Shop:
    """A shop's own server, which notes what it is told and answers as it is bidden."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.answers: list[bytes] = []
        self.speaks = threading.Event()
        self.speaks.set()
        shop = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                charset = self.headers["content-type"].partition("charset=")[2]
                shop.heard.append(dict(parse_qsl(body.decode(), encoding=charset)))
                shop.speaks.wait(30)
                answer = shop.answers.pop(0) if shop.answers else b"success"
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify?shop=1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = Shop()
    yield server
    server.close()


def worker(home: Path, **given: object) -> Jobs:
    """What the worker knows of this door."""
    registry = Jobs()
    register(registry, Settings(home=home, **given))  # pyright: ignore[reportArgumentType]
    return registry


def tell(town: Town, home: Path, **given: object) -> int:
    """One pass of the worker."""
    registry = worker(home, **given)
    return queue.run_sweeps(town.database, registry) + queue.run_due(town.database, registry)


def pay(town: Town, shop: Shop, **given: object) -> None:
    order = {**ORDER, "out_trade_no": given.pop("out_trade_no", "T1")}
    scan = {**order, "scene": "bar_code", "auth_code": town.paycode()}
    answer = town.ask("alipay.trade.pay", scan, notify_url=shop.url, **given)
    assert answer["code"] == "10000", answer


def verified(town: Town, heard: dict[str, str], charset: str = "utf-8") -> bool:
    content = protocol.notice_content(heard, charset)
    key = signature.load_public(town.keyring.public_key)
    return signature.verify(key, content, heard["sign"], heard["sign_type"])


def test_the_shop_is_told_of_a_payment_once(slow_town, shop, home):
    pay(slow_town, shop)
    tell(slow_town, home)
    (heard,) = shop.heard
    assert (heard["trade_status"], heard["total_amount"]) == ("TRADE_SUCCESS", "88.88")
    assert (heard["subject"], heard["out_trade_no"]) == ("金元宝", "T1")
    assert heard["buyer_id"] == slow_town.keys["buyer_id"]
    assert verified(slow_town, heard)
    tell(slow_town, home)
    assert len(shop.heard) == 1


def test_a_worker_goes_on_while_a_shop_is_silent(slow_town, shop, home):
    pay(slow_town, shop)
    shop.speaks.clear()
    registry, crew = worker(home, call_timeout_seconds=3), Crew()
    try:
        queue.run_sweeps(slow_town.database, registry)
        assert queue.run_due(slow_town.database, registry, crew=crew) == 1
        assert not crew.idle, "the shop is still being called"
    finally:
        shop.speaks.set()
        crew.close()
    assert len(shop.heard) == 1
    tell(slow_town, home)
    assert len(shop.heard) == 1, "it said success"


def test_the_ladder_is_climbed_until_the_shop_says_success(slow_town, shop, home, clock):
    shop.answers = [b"ok", b"success\n", b"SUCCESS", b"fail", b"", b"Success", b"x" * 4096]
    pay(slow_town, shop)
    tell(slow_town, home)
    for number, minutes in enumerate((4, 10, 10, 60, 120, 360, 900), 1):
        assert len(shop.heard) == number
        clock.advance(timedelta(minutes=minutes, seconds=-1))
        tell(slow_town, home)
        assert len(shop.heard) == number
        clock.advance(timedelta(seconds=1))
        tell(slow_town, home)
    assert len(shop.heard) == 8
    assert {heard["notify_id"] for heard in shop.heard} == {shop.heard[0]["notify_id"]}
    clock.advance(timedelta(days=2))
    tell(slow_town, home)
    assert len(shop.heard) == 8


def test_a_shop_that_never_listens_leaves_a_dead_letter(slow_town, shop, home, clock):
    shop.answers = [b"no"] * 20
    pay(slow_town, shop)
    for _ in range(10):
        tell(slow_town, home)
        clock.advance(timedelta(hours=16))
    assert len(shop.heard) == 8


def seen(town: Town, state: DeliveryState | None = None, **given: Any) -> list[AlipayNotice]:
    """What the shop reads of its notices."""
    app_id, before = town.keys["app_id"], given.get("before")
    with town.database.transaction() as tx:
        found = told.of_app(tx, town.shop, app_id, state, given.get("order"), before, 50)
    return [told.view(one) for one in found]


def again(town: Town, *ids: str, **given: Any) -> list[str]:
    """Have notices sent again; those that will be."""
    named = tuple(parse(told.NOTICE, each) for each in ids)
    command = told.Replay(town.shop, town.keys["app_id"], named, **given)
    return list(town.run(lambda tx: told.replay(tx, command)).notices)


def test_a_shop_reads_what_it_never_took_and_has_it_sent_again(slow_town, shop, home, clock):
    shop.answers = [b"no"] * 8
    pay(slow_town, shop)
    assert again(slow_town) == [], "nothing was given up"
    tell(slow_town, home)
    (waiting,) = seen(slow_town)
    assert (waiting.state, waiting.attempts, waiting.last_answer) == ("waiting", 1, "status 200")
    assert waiting.tried_at is not None
    assert waiting.next_at == waiting.tried_at + notices.ladder(1)
    assert waiting.notify_id == shop.heard[0]["notify_id"]
    assert again(slow_town, waiting.id) == [], "it is on its way"
    for _ in range(8):
        clock.advance(timedelta(hours=16))
        tell(slow_town, home)
    (dead,) = seen(slow_town, DeliveryState.DEAD, order="T1")
    assert (dead.state, dead.attempts, dead.next_at) == ("dead", 8, None)
    assert seen(slow_town, DeliveryState.WAITING) == seen(slow_town, order="T2") == []
    assert again(slow_town, since=clock.now()) == [], "what was given up is older"

    assert again(slow_town) == [dead.id]
    assert seen(slow_town)[0].state == "waiting"
    tell(slow_town, home)
    (taken,) = seen(slow_town, DeliveryState.DELIVERED)
    assert (taken.attempts, taken.accepted_at, taken.last_answer) == (1, clock.now(), "status 200")
    assert len(shop.heard) == 9
    assert {each["notify_id"] for each in shop.heard} == {dead.notify_id}

    assert again(slow_town) == [], "only what is named goes out though it was taken"
    assert again(slow_town, dead.id) == [dead.id]
    tell(slow_town, home)
    assert len(shop.heard) == 10


def test_a_notice_whose_last_attempt_a_worker_did_not_survive_is_given_up(
    slow_town, shop, home, clock
):
    pay(slow_town, shop)
    registry = worker(home)
    queue.run_sweeps(slow_town.database, registry)

    def killed(database: object, body: object) -> None:
        raise ConnectionError

    mortal = Jobs()
    mortal.outside(
        notices.KIND,
        killed,
        max_attempts=8,
        backoff=notices.ladder,
        died=registry.handlers[notices.KIND].died,
    )
    for _ in range(8):
        assert seen(slow_town)[0].state == "waiting"
        assert queue.run_due(slow_town.database, mortal) == 1
        clock.advance(timedelta(hours=16))
    assert shop.heard == []
    assert seen(slow_town)[0].state == "dead"
    assert again(slow_town) == [seen(slow_town)[0].id]
    tell(slow_town, home)
    assert [each.state for each in seen(slow_town)] == ["delivered"]


def test_notices_are_listed_newest_first_whatever_their_states(slow_town, shop, home):
    shop.answers = [b"success", b"no", b"success"]
    for number in ("T1", "T2", "T3"):
        pay(slow_town, shop, out_trade_no=number)
        tell(slow_town, home)
    listed = seen(slow_town)
    assert [(each.out_trade_no, each.state) for each in listed] == [
        ("T3", "delivered"),
        ("T2", "waiting"),
        ("T1", "delivered"),
    ]
    rest = seen(slow_town, before=parse(told.NOTICE, listed[0].id))
    assert [each.out_trade_no for each in rest] == ["T2", "T1"]
    assert seen(slow_town, DeliveryState.DELIVERED, order="T1") == [listed[2]]


def test_nobody_reads_or_repeats_what_another_shop_is_told(slow_town, shop, home):
    pay(slow_town, shop)
    tell(slow_town, home)
    app_id, notice = slow_town.keys["app_id"], parse(told.NOTICE, seen(slow_town)[0].id)
    for run in (
        lambda tx: told.of_app(tx, slow_town.writer, app_id, None, None, None, 5),
        lambda tx: told.replay(tx, told.Replay(slow_town.writer, app_id, (notice,))),
    ):
        with pytest.raises(NotFound):
            slow_town.run(run)
    others = slow_town.run(
        lambda tx: apps.make(tx, apps.Make(slow_town.shop, public_pem(generate().public_key())))
    )
    command = told.Replay(slow_town.shop, others.app_id, (notice,))
    assert slow_town.run(lambda tx: told.replay(tx, command)).notices == (), "of another app"
    tell(slow_town, home)
    assert len(shop.heard) == 1


def test_a_refund_is_told_with_its_number_and_a_full_one_with_the_end(slow_town, shop, home):
    pay(slow_town, shop)
    for number, amount in (("R1", "8.88"), ("R2", "80.00")):
        asked = {"out_trade_no": "T1", "refund_amount": amount, "out_request_no": number}
        assert slow_town.ask("alipay.trade.refund", asked)["code"] == "10000"
    for _ in range(3):
        tell(slow_town, home)
    told = [(h["trade_status"], h.get("out_biz_no"), h.get("refund_fee")) for h in shop.heard]
    assert len(told) == 3
    assert set(told) == {
        ("TRADE_SUCCESS", None, None),
        ("TRADE_SUCCESS", "R1", "8.88"),
        ("TRADE_CLOSED", "R2", "88.88"),
    }


def test_a_notice_sent_again_is_the_same_though_the_trade_has_ended(slow_town, shop, home, clock):
    shop.answers = [b"no"]
    pay(slow_town, shop)
    tell(slow_town, home)
    slow_town.ask("alipay.trade.refund", {"out_trade_no": "T1", "refund_amount": "88.88"})
    clock.advance(timedelta(minutes=4))
    for _ in range(3):
        tell(slow_town, home)
    moved = {"notify_time", "sign"}
    kept = [{name: text for name, text in h.items() if name not in moved} for h in shop.heard]
    first, *later = kept
    assert [each["trade_status"] for each in later if each != first] == ["TRADE_CLOSED"]
    assert ["gmt_close" in each for each in kept].count(True) == 1


def test_a_refund_that_v1_made_is_told_with_its_number(slow_town, shop, home):
    pay(slow_town, shop)
    order = slow_town.ask("alipay.trade.query", {"out_trade_no": "T1"})
    trade = parse("trd", str(order["trade_no"]))
    back = RefundNow(trade, slow_town.shop, 888, "V1")
    slow_town.run(lambda tx: repaying.refund_now(tx, back))
    for _ in range(3):
        tell(slow_town, home)
    told = [(h.get("out_biz_no"), h.get("refund_fee")) for h in shop.heard]
    assert sorted(told, key=str) == [("V1", "8.88"), (None, None)]


def test_a_gbk_shop_is_told_in_gbk(slow_town, shop, home):
    pay(slow_town, shop, charset="gbk")
    tell(slow_town, home)
    (heard,) = shop.heard
    assert heard["subject"] == "金元宝"
    assert verified(slow_town, heard, "gbk")


def test_public_clients_verify_a_notice(slow_town, shop, home):
    pay(slow_town, shop)
    tell(slow_town, home)
    keys = {name: text for name, text in slow_town.keys.items() if not name.endswith("_cert")}
    heard = dict(shop.heard[0])
    node = clients.node(keys)
    assert node("checkNotifySignV2", **heard)
    assert not node("checkNotifySignV2", **{**heard, "total_amount": "88.89"})
    node.close()
    sign = heard.pop("sign")
    sdk = clients.python("python", keys)
    assert sdk("verify", data=heard, signature=sign)
    sdk.close()


def test_a_private_address_is_not_called_outside_a_demonstration(slow_town, shop, home):
    pay(slow_town, shop)
    tell(slow_town, home, demo=False)
    assert shop.heard == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "0", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[fe80::1]", "224.0.0.1"),
    ],
)
def test_addresses_that_are_not_public_are_refused(host):
    with pytest.raises(outbound.AddressRefused):
        outbound.post_form(f"http://{host}/", b"", "text/plain", private=False, seconds=1)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://shop.example/", "http:///", "http://a:b@shop.example/", "http://\n"),
        *("shop.example", f"http://shop.example/{'x' * 481}"),
    ],
)
def test_what_is_no_address_is_refused_when_it_is_given(slow_town, url):
    given = {**ORDER, "buyer_id": slow_town.keys["buyer_id"]}
    answer = slow_town.ask("alipay.trade.create", given, notify_url=url)
    assert answer["sub_code"] == "ACQ.INVALID_PARAMETER"


def test_a_notice_of_nobody_is_no_work(slow_town):
    database = slow_town.database
    notices.send(database, slow_town.keyring, UUID(int=1), private=True, seconds=1)
    notices.collect(database, NIL)  # past what the town's making has written
    with database.read() as tx:
        assert not notices.due(tx, 10)
