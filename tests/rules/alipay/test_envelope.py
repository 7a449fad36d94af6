"""The edges of the gateway's grammar: what is just read, and what is just refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sycee.doors.alipay import protocol
from sycee.doors.alipay.faults import Fault
from sycee.doors.alipay.protocol import Envelope

RAW = {
    "charset": b"utf-8",
    "app_id": b"1",
    "method": b"m",
    "sign_type": b"RSA2",
    "sign": b"s",
    "timestamp": b"t",
    "version": b"1.0",
}
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)  # in Beijing


def refused(ask: object, *given: object) -> str:
    with pytest.raises(Fault) as fault:
        ask(*given)  # pyright: ignore[reportCallIssue]
    return fault.value.sub_code


def test_pairs_of_nothing_are_passed_over_and_a_hundred_names_are_read() -> None:
    assert protocol.read_parameters(b"&a=1&&b=+%2B&", b"") == {"a": b"1", "b": b" +"}
    hundred = b"&".join(b"n%d=1" % n for n in range(100))
    assert len(protocol.read_parameters(hundred)) == 100
    assert refused(protocol.read_parameters, hundred + b"&more=1") == "isv.invalid-parameter"


@pytest.mark.parametrize("said", [b"", b"json", b"JSON"])
def test_the_format_is_json_or_left_out(said: bytes) -> None:
    assert protocol.open_envelope({**RAW, "format": said}).charset == "utf-8"


def test_another_format_or_a_charset_of_no_name_is_refused() -> None:
    assert refused(protocol.open_envelope, {**RAW, "format": b"xml"}) == "isv.invalid-format"
    for charset in (b"", b"latin-1", b"\xff"):
        assert refused(protocol.open_envelope, {**RAW, "charset": charset}) == "isv.invalid-charset"


def test_a_second_reading_is_tried_only_where_something_is_empty() -> None:
    assert list(protocol.signed_contents({"b": b"2", "a": b"1", "sign": b"x"})) == [b"a=1&b=2"]
    empty = {"b": b"", "a": b"1", "sign": b"x"}
    assert list(protocol.signed_contents(empty)) == [b"a=1", b"a=1&b="]
    assert protocol.notice_content({"a": "茶😀", "sign": "x"}, "gbk") == b"a=\xb2\xe8?"


@pytest.mark.parametrize(
    ("text", "fresh"),
    [
        ("2026-03-01 12:15:00", True),
        ("2026-03-01 12:15:01", False),
        ("2026-03-01 11:45:00", True),
        ("2026-03-01 11:44:59", False),
        ("2026-03-01T12:00:00", False),
        ("2026-03-01 12:00", False),
        ("2026-02-30 12:00:00", False),
        ("0001-01-01 00:00:00", False),
        ("9999-12-31 23:59:59", False),
    ],
)
def test_a_timestamp_is_a_wall_clock_of_the_last_quarter_of_an_hour(text: str, fresh: bool) -> None:
    if fresh:
        moment = protocol.check_fresh(text, NOON, ["Asia/Shanghai"])
        assert abs(moment - NOON) == timedelta(minutes=15)
    else:
        zones = ["UTC", "Asia/Shanghai"]
        assert refused(protocol.check_fresh, text, NOON, zones) == "isv.invalid-timestamp"


@pytest.mark.parametrize("hour", [5, 6])  # 01:30 in summer's time, and again an hour later
def test_an_hour_that_a_clock_shows_twice_is_fresh_both_times(hour: int) -> None:
    now = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)
    zones = ["Asia/Shanghai", "UTC", "America/New_York"]
    assert protocol.check_fresh("2026-11-01 01:30:00", now, zones) == now
    late = now + timedelta(hours=1 if hour == 6 else -1)
    assert refused(protocol.check_fresh, "2026-11-01 01:30:00", late, zones)


def nested(levels: int, opening: str, closing: str) -> Envelope:
    """An object with so many levels in all."""
    text = '{"a":' + opening * (levels - 2) + "1" + closing * (levels - 2) + "}"
    return Envelope({"biz_content": text.encode()}, "utf-8")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_content_is_sixteen_levels_deep_and_no_deeper(opening: str, closing: str) -> None:
    assert protocol.business_content(nested(16, opening, closing))
    for levels in (17, 30):
        envelope = nested(levels, opening, closing)
        assert refused(protocol.business_content, envelope) == "isv.illegal-json"


def test_content_that_is_left_out_is_an_empty_object() -> None:
    assert protocol.business_content(Envelope({}, "utf-8")) == {}
