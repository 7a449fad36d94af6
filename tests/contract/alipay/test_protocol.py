"""The grammar of the protocol: what is read, signed, fresh, and what an answer looks like."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.doors.alipay import protocol, replies, signature
from sycee.doors.alipay.faults import Fault
from sycee.doors.alipay.replies import Seal
from sycee.doors.alipay.seed import zone_here

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
KEY = signature.generate()
COMMON = {
    "app_id": "2021000000000001",
    "method": "alipay.trade.query",
    "charset": "utf-8",
    "sign_type": "RSA2",
    "sign": "x",
    "timestamp": "2026-11-23 12:30:00",
    "version": "1.0",
}


def fault_of(parameters: dict[str, str]) -> Fault:
    raw = protocol.read_parameters(urlencode(parameters).encode())
    with pytest.raises(Fault) as caught:
        protocol.open_envelope(raw)
    return caught.value


def test_parameters_come_from_the_query_and_the_form_together():
    assert protocol.read_parameters(b"a=1+2&b=%26", b"c=&d=%E9%87%91") == {
        "a": b"1 2",
        "b": b"&",
        "c": b"",
        "d": "金".encode(),
    }


@pytest.mark.parametrize("query", [b"a=1&a=1", b"%00=1", b"=1", b"a[]=1"])
def test_a_name_that_is_repeated_or_strange_is_refused(query):
    with pytest.raises(Fault) as caught:
        protocol.read_parameters(query)
    assert caught.value.sub_code == "isv.invalid-parameter"


def test_more_than_a_hundred_parameters_are_refused():
    with pytest.raises(Fault):
        protocol.read_parameters(b"&".join(b"p%d=1" % n for n in range(101)))


def test_the_same_name_in_query_and_form_has_one_value():
    read = protocol.read_parameters(b"charset=UTF-8&a=1", b"charset=UTF%2D8&b=2")
    assert read == {"charset": b"UTF-8", "a": b"1", "b": b"2"}
    for query, form in (("app_id=1", "app_id=2"), ("a=1", "a=1&a=1"), ("a=", "a=1"), ("a=1", "a=")):
        with pytest.raises(Fault):
            protocol.read_parameters(query.encode(), form.encode())


@pytest.mark.parametrize(
    ("name", "sub_code"),
    [
        ("app_id", "isv.missing-app-id"),
        ("method", "isv.missing-method"),
        ("sign_type", "isv.missing-signature-type"),
        ("sign", "isv.missing-signature"),
        ("timestamp", "isv.missing-timestamp"),
        ("version", "isv.missing-version"),
    ],
)
def test_each_missing_parameter_has_its_own_answer(name, sub_code):
    fault = fault_of({key: value for key, value in COMMON.items() if key != name})
    assert (fault.code, fault.sub_code) == ("40001", sub_code)


@pytest.mark.parametrize(
    ("name", "value", "sub_code"),
    [
        ("charset", "latin-1", "isv.invalid-charset"),
        ("charset", "", "isv.invalid-charset"),
        ("sign_type", "MD5", "isv.invalid-signature-type"),
        ("format", "xml", "isv.invalid-format"),
        ("version", "2.0", "isv.invalid-parameter"),
    ],
)
def test_each_wrong_parameter_has_its_own_answer(name, value, sub_code):
    fault = fault_of({**COMMON, name: value})
    assert (fault.code, fault.sub_code) == ("40002", sub_code)


def test_bytes_that_are_not_in_the_charset_are_refused():
    raw = protocol.read_parameters(urlencode(COMMON).encode(), b"biz_content=%FF%FE")
    envelope = protocol.open_envelope(raw)
    with pytest.raises(Fault) as caught:
        protocol.business_content(envelope)
    assert caught.value.sub_code == "isv.invalid-charset"


def test_a_gbk_request_is_read_in_gbk():
    content = quote_plus('{"subject":"元宝"}'.encode("gbk"))
    raw = protocol.read_parameters(
        urlencode({**COMMON, "charset": "GBK"}).encode(), f"biz_content={content}".encode()
    )
    assert protocol.business_content(protocol.open_envelope(raw)) == {"subject": "元宝"}


def test_the_signed_content_is_sorted_and_holds_everything_but_the_signature():
    raw = {"b": b"2", "sign": b"x", "a": b"1", "sign_type": b"RSA2", "empty": b""}
    assert list(protocol.signed_contents(raw)) == [
        b"a=1&b=2&sign_type=RSA2",
        b"a=1&b=2&empty=&sign_type=RSA2",
    ]


def test_a_notice_signs_neither_the_signature_nor_its_type():
    values = {"sign_type": "RSA2", "sign": "x", "subject": "元宝", "a": ""}
    assert protocol.notice_content(values, "gbk") == b"a=&subject=" + "元宝".encode("gbk")


@pytest.mark.parametrize("text", ["[1]", "{", '{"a":NaN}', "null", "[" * 9_000, '{"a":' * 40])
def test_business_content_that_is_no_object_is_refused(text):
    raw = protocol.read_parameters(urlencode({**COMMON, "biz_content": text}).encode())
    with pytest.raises(Fault) as caught:
        protocol.business_content(protocol.open_envelope(raw))
    assert caught.value.sub_code == "isv.illegal-json"


def test_business_content_that_says_a_field_twice_is_refused_by_name():
    text = '{"total_amount":"1.00","goods":[{"price":"1"}],"total_amount":"9.00"}'
    raw = protocol.read_parameters(urlencode({**COMMON, "biz_content": text}).encode())
    with pytest.raises(Fault) as caught:
        protocol.business_content(protocol.open_envelope(raw))
    assert (caught.value.sub_code, caught.value.sub_msg[-15:]) == (
        "isv.illegal-json",
        "total_amount 重复",
    )


def test_numbers_keep_the_digits_they_were_sent_with():
    text = '{"total_amount":88.880,"big":1e30,"n":12}'
    raw = protocol.read_parameters(urlencode({**COMMON, "biz_content": text}).encode())
    content = protocol.business_content(protocol.open_envelope(raw))
    assert content == {"total_amount": "88.880", "big": "1e30", "n": "12"}


@pytest.mark.parametrize(
    "place", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "America/New_York", "UTC"]
)
def test_the_demo_shop_may_print_the_wall_clock_of_its_machine(monkeypatch, place):
    with monkeypatch.context() as there:
        there.setenv("TZ", place)
        time.tzset()
        zones = zone_here(NOW)
    time.tzset()
    wall = NOW.astimezone(ZoneInfo(place)).strftime("%Y-%m-%d %H:%M:%S")
    assert protocol.check_fresh(wall, NOW, zones) == NOW


def test_a_timestamp_is_read_in_the_zones_of_the_app():
    zones = ["Asia/Shanghai", "UTC"]
    assert protocol.check_fresh("2026-11-23 12:30:00", NOW, zones) == NOW
    assert protocol.check_fresh("2026-11-23 04:30:00", NOW, zones) == NOW


@pytest.mark.parametrize(
    "text", ["2026-11-23 12:14:59", "2026-11-23 12:45:01", "2026-02-30 12:00:00", "now", ""]
)
def test_a_stale_or_senseless_timestamp_is_refused(text):
    with pytest.raises(Fault) as caught:
        protocol.check_fresh(text, NOW, ["Asia/Shanghai"])
    assert caught.value.sub_code == "isv.invalid-timestamp"


def test_fifteen_minutes_on_either_side_are_fresh():
    for minutes in (-15, 15):
        wall = (NOW + timedelta(hours=8, minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")
        assert protocol.check_fresh(wall, NOW, ["Asia/Shanghai"])


@pytest.mark.parametrize(("sign_type", "digest"), [("RSA2", "-sha256"), ("RSA", "-sha1")])
def test_signatures_are_those_that_openssl_makes(tmp_path, sign_type, digest):
    path = tmp_path / "key.pem"
    path.write_text(signature.private_pem(KEY))
    made = subprocess.run(
        ["openssl", "dgst", digest, "-sign", str(path)],
        input=b"a=1&b=2",
        capture_output=True,
        check=True,
    ).stdout
    assert signature.sign(KEY, b"a=1&b=2", sign_type) == base64.b64encode(made).decode()


@pytest.mark.parametrize("forged", ["", "AAAA", "%%%", "x" * 344, "é"])
def test_a_forged_signature_is_not_valid(forged):
    assert not signature.verify(KEY.public_key(), b"a=1", forged, "RSA2")


def test_a_signature_is_taken_in_one_spelling_by_which_duplicates_are_known():
    made = signature.sign(KEY, b"a=1", "RSA2")
    assert signature.verify(KEY.public_key(), b"a=1", made, "RSA2")
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = f"{made[:-3]}{digits[digits.index(made[-3]) + 1]}=="
    assert base64.b64decode(other) == base64.b64decode(made)
    assert not signature.verify(KEY.public_key(), b"a=1", other, "RSA2")


def test_one_sign_type_does_not_pass_for_the_other():
    made = signature.sign(KEY, b"a=1", "RSA")
    assert not signature.verify(KEY.public_key(), b"a=1", made, "RSA2")


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.dictionaries(st.sampled_from(["subject", "body", "sub_msg"]), TEXT), st.booleans())
def test_every_public_way_to_cut_the_node_finds_the_signed_bytes(fields, gbk):
    charset = "gbk" if gbk else "utf-8"
    node = replies.success(fields)
    body = replies.body("alipay_trade_query_response", node, Seal(KEY, "RSA2", charset), charset)
    raw = body.decode(charset)
    whole = json.loads(raw)
    assert whole["alipay_trade_query_response"] == node
    for cut in (by_counting_braces(raw), by_last_signature(raw), by_first_and_last(raw)):
        assert signature.verify(KEY.public_key(), cut.encode(charset), whole["sign"], "RSA2")


def by_counting_braces(raw: str) -> str:
    """The node as a client finds it that counts braces and knows of no strings."""
    start = raw.find("{", raw.find("alipay_trade_query_response"))
    depth = 0
    for at, char in enumerate(raw[start:], start):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return raw[start : at + 1]
    return ""


def by_last_signature(raw: str) -> str:
    """The node as a client finds it that looks for the last `"sign"`."""
    name = "alipay_trade_query_response"
    rest = raw[raw.index(name + '"') + len(name) + 1 : raw.rindex('"sign"')]
    return rest[rest.index("{") : rest.rindex("}") + 1]


def by_first_and_last(raw: str) -> str:
    """The node as a client finds it that looks for `},"sign":"`."""
    return raw[raw.index('_response":{') + 11 : raw.rindex('},"sign":"') + 1]


def test_a_character_outside_the_charset_becomes_an_escape():
    node = replies.success({"subject": "元宝 🧧"})
    body = replies.encode(node, "gbk")
    assert json.loads(body.decode("gbk")) == node


def test_in_certificate_mode_the_number_stands_before_the_signature():
    body = replies.body("x_response", {"code": "10000"}, Seal(KEY, "RSA2", "utf-8", "ab" * 16))
    assert list(json.loads(body)) == ["x_response", "alipay_cert_sn", "sign"]


def test_an_answer_to_a_stranger_carries_no_signature():
    body = replies.body("error_response", {"code": "40002"}, None)
    assert json.loads(body) == {"error_response": {"code": "40002"}}
