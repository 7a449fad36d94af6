"""Until when an order can be paid: `time_expire`, `timeout_express`, and which of them counts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from tests.contract.alipay.town import Town

from sycee.doors.alipay.methods.orders import MakeOrder
from sycee.doors.alipay.methods.words import BEIJING
from sycee.kit.ids import parse
from sycee.products.escrow.store import trades

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "元宝"}
CREATE, PAY = "alipay.trade.create", "alipay.trade.pay"


def wall(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def made(town: Town, **given: object) -> str:
    """`sub_code` of an order that is asked for, "" when it is made."""
    order = {**ORDER, "buyer_id": town.keys["buyer_id"], **given}
    return str(town.ask(CREATE, order).get("sub_code", ""))


def pay_by(town: Town, number: str = "T1") -> datetime:
    trade_no = town.ask("alipay.trade.query", {"out_trade_no": number})["trade_no"]
    (trade,) = town.run(lambda tx: trades.read(tx, [parse("trd", trade_no)]))
    return trade.pay_by


def test_an_order_is_not_paid_after_the_moment_that_the_shop_set(slow_town, clock):
    end = clock.now() + timedelta(minutes=5)
    assert made(slow_town, time_expire=wall(end), timeout_express="2h") == ""
    assert end - timedelta(seconds=1) <= pay_by(slow_town) <= end
    clock.advance(timedelta(minutes=5))
    before = slow_town.balances()
    scan = {**ORDER, "scene": "bar_code", "auth_code": slow_town.paycode()}
    assert slow_town.ask(PAY, scan)["sub_code"] == "ACQ.TRADE_HAS_CLOSE"
    assert made(slow_town, notify_url="https://shop.example/late") == "ACQ.TRADE_HAS_CLOSE"
    assert slow_town.ask("alipay.trade.precreate", ORDER)["sub_code"] == "ACQ.TRADE_HAS_CLOSE"
    assert slow_town.balances() == before


def test_the_moment_is_in_the_next_fifteen_days(slow_town, clock):
    for days, expected in ((-1, False), (0, False), (1, True), (15, True), (16, False)):
        given = {"out_trade_no": str(days), "time_expire": wall(clock.now() + timedelta(days=days))}
        assert made(slow_town, **given) == ("" if expected else "ACQ.INVALID_PARAMETER"), days
    before = slow_town.balances()
    scan = {**ORDER, "scene": "bar_code", "auth_code": slow_town.paycode()}
    late = {**scan, "time_expire": "2020-01-01 00:00"}
    assert slow_town.ask(PAY, late)["sub_code"] == "ACQ.INVALID_PARAMETER"
    assert slow_town.ask("alipay.trade.query", scan)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert slow_town.balances() == before


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-02-30 00:00:00",
        "2026-03-02T00:00:00",
        "2026-03-02",
        "0001-01-01 00:00:00",
        1,
    ],
)
def test_what_is_no_moment_is_refused(slow_town, text):
    assert made(slow_town, time_expire=text) == "ACQ.INVALID_PARAMETER"


def test_an_order_for_the_day_ends_at_midnight_in_beijing(slow_town):
    assert made(slow_town, timeout_express="1c") == ""
    end = pay_by(slow_town).astimezone(BEIJING)
    today = slow_town.database.clock.now().astimezone(BEIJING)
    midnight = datetime(today.year, today.month, today.day, tzinfo=BEIJING) + timedelta(days=1)
    assert midnight - timedelta(seconds=1) <= end <= midnight


def test_a_public_client_sets_the_moment(town: Town, sdk):
    end = town.database.clock.now() + timedelta(hours=3)
    order = {"out_trade_no": "T1", "total_amount": "1.00", "subject": "茶"}
    sdk("api_alipay_trade_precreate", **order, time_expire=wall(end))
    assert end - timedelta(seconds=2) <= pay_by(town) <= end


def test_the_very_same_request_is_answered_when_the_moment_has_passed(slow_town, clock, web):
    end = wall(clock.now() + timedelta(minutes=5))
    order = {**ORDER, "buyer_id": slow_town.keys["buyer_id"], "time_expire": end}
    at = clock.now()
    first = slow_town.ask(CREATE, order, at=at)
    clock.advance(timedelta(minutes=10))
    assert slow_town.ask(CREATE, order, at=at) == first


def test_what_was_not_said_is_not_in_the_digest_of_an_order():
    order = MakeOrder("a", UUID(int=1), CREATE, "T1", 1, "x", None, True, "utf-8", "RSA2")
    assert not {"pay_until", "same_day"} & set(json.loads(msgspec.json.encode(order)))
