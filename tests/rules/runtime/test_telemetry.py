"""Log lines carry what the allow-list names and nothing else; metrics and spans likewise."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest
from prometheus_client import generate_latest

from sycee.runtime import telemetry

SECRET = "sk_abcdefgh_0123456789"


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_its_time_and_level(lines):
    telemetry.log(lane="pay").warning("lane.full", queue=4000)
    (line,) = read(lines)
    assert line.pop("timestamp")
    assert line == {"event": "lane.full", "level": "warning", "lane": "pay", "queue": 4000}


def test_a_field_that_is_not_allowed_is_dropped(lines):
    telemetry.log(phone="13800138000").info("paid", trade="trd_1", password=SECRET, body={"a": 1})
    (line,) = read(lines)
    assert set(line) == {"event", "level", "timestamp", "trade"}
    assert SECRET not in lines.getvalue()
    assert "13800138000" not in lines.getvalue()


def test_a_value_that_could_hide_anything_is_dropped_and_a_long_text_is_cut(lines):
    when = datetime(2026, 3, 1, tzinfo=UTC)
    telemetry.log().info(
        "paid", party={"name": "Ada"}, trade="x" * 1000, due=when, account=UUID(int=7)
    )
    (line,) = read(lines)
    assert "party" not in line
    assert line["trade"] == "x" * telemetry.TEXT_LIMIT + "…"
    assert line["due"] == str(when)
    assert line["account"] == str(UUID(int=7))


def test_an_exception_is_its_type_and_places_without_its_message(lines):
    try:
        raise ValueError(SECRET)
    except ValueError:
        telemetry.log().exception("job.failed", job="j")
    (line,) = read(lines)
    assert line["exception"] == "builtins.ValueError"
    assert "test_telemetry.py" in str(line["frames"])
    assert SECRET not in lines.getvalue()


def test_a_librarys_line_is_its_template_without_its_arguments(lines):
    log = logging.getLogger("some.library")
    log.warning("cannot connect to %s", SECRET, extra={"password": SECRET})
    try:
        raise RuntimeError(SECRET)
    except RuntimeError:
        log.exception("it failed")
    log.info("an everyday line")
    first, second = read(lines)
    assert first["event"] == "cannot connect to %s"
    assert first["logger"] == "some.library"
    assert second["exception"] == "builtins.RuntimeError"
    assert SECRET not in lines.getvalue()


def test_a_line_below_the_level_is_not_written(lines):
    telemetry.log().debug("detail")
    assert lines.getvalue() == ""


def test_the_request_id_is_in_every_line_of_its_request(lines):
    token = telemetry.request_id.set("req-7")
    telemetry.log().info("one")
    telemetry.request_id.reset(token)
    telemetry.log().info("two")
    one, two = read(lines)
    assert one["request_id"] == "req-7"
    assert "request_id" not in two


def test_no_name_of_the_allow_list_is_a_secrets():
    suspects = ("password", "secret", "key", "token", "phone", "email", "address", "body", "url")
    assert not telemetry.ALLOWED & set(suspects)


def test_a_metric_is_made_once_and_shown_on_the_page():
    first = telemetry.counter("test_tea_poured", "Cups of tea.", ["kind"])
    assert telemetry.counter("test_tea_poured", "Cups of tea.", ["kind"]) is first
    first.labels(kind="oolong").inc(3)
    telemetry.histogram("test_tea_seconds", "How long it took.").observe(0.02)
    telemetry.gauge("test_tea_level", "How full.").set(2)
    page = generate_latest(telemetry.REGISTRY)
    assert b'sycee_test_tea_poured_total{kind="oolong"} 3.0' in page
    assert b'sycee_test_tea_seconds_bucket{le="0.025"} 1.0' in page
    assert b"sycee_test_tea_level 2.0" in page


def test_a_metric_of_another_kind_under_the_same_name_is_refused():
    telemetry.counter("test_cups", "Cups.")
    with pytest.raises(TypeError, match="test_cups"):
        telemetry.gauge("test_cups", "Cups.")


def test_a_span_carries_allowed_fields_only_and_lets_errors_through():
    assert telemetry.attributes({"trade": "trd_1", "password": SECRET}) == {"trade": "trd_1"}
    with pytest.raises(ValueError, match="tea"), telemetry.span("pay", trade="trd_1"):
        raise ValueError("tea")
