"""Notices to a shop: signed, sent until it answers `success`, and never to a private machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from tests.contract.alipay import clients
from tests.contract.alipay.town import Town

from sycee.doors.alipay import notices, outbound, protocol, signature
from sycee.doors.alipay.jobs import register
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
    scan = {**ORDER, "scene": "bar_code", "auth_code": town.paycode()}
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
