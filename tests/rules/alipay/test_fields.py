"""The gateway's fields, words and numbers on values, and the answer to a wrong one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sycee.doors.alipay.faults import Fault, business, public
from sycee.doors.alipay.methods.fields import Fields, address
from sycee.doors.alipay.methods.words import moment, money
from sycee.doors.alipay.model import user_number
from sycee.doors.alipay.translation import fault_of
from sycee.kit.errors import NotFound
from sycee.products.escrow.model.refusals import DisputeOpen, TradeNotPayable
from sycee.products.wallet.model import InsufficientFunds, PayeeUnknown


def fields(value: Any, prefix: str = "ACQ.") -> Fields:
    return Fields({"x": value}, prefix)


def fault(ask: Any) -> str:
    """The business code of what is refused."""
    with pytest.raises(Fault) as refused:
        ask()
    assert refused.value.code == "40004"
    return refused.value.sub_code


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0.01", 1),
        ("1", 100),
        ("1.5", 150),
        ("88.88", 8_888),
        ("99999999.99", 9_999_999_999),
        ("100000000", 10_000_000_000),
        ("100000000.00", 10_000_000_000),
    ],
)
def test_an_amount_is_decimal_yuan_to_the_cent(text: str, minor: int) -> None:
    assert fields(text).amount("x") == minor
    assert money(minor) == f"{minor // 100}.{minor % 100:02d}"


@pytest.mark.parametrize("text", ["100000000.01", "999999999", "1000000000", "9" * 64])
def test_more_than_a_hundred_million_is_too_much_by_name(text: str) -> None:
    assert fault(lambda: fields(text).amount("x")) == "ACQ.TOTAL_FEE_EXCEED"
    assert fault(lambda: fields(text, "").amount("x")) == "TOTAL_FEE_EXCEED"


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "0.00",
        "-1",
        "+1",
        "1.234",
        "1e3",
        "01",
        " 1",
        "",
        None,
        1,
        "1,0",
        "١",
        "0000000001",
        "1234567890x",
        "1" * 65,
    ],
)
def test_what_is_no_amount_is_no_parameter(value: Any) -> None:
    assert fault(lambda: fields(value).amount("x")) == "ACQ.INVALID_PARAMETER"
    assert fault(lambda: fields(value, "").amount("x")) == "INVALID_PARAMETER"


def test_a_text_is_as_long_as_it_may_be_and_not_longer() -> None:
    assert fields("abc").maybe("x", 3) == fields("abc").text("x", 3) == "abc"
    assert [fields(value).maybe("x", 3) for value in (None, "")] == [None, None]
    assert Fields({}).maybe("x", 3) is None
    for value in ("abcd", 7, [], "a\0b", "\ud800", "a\udfff"):
        assert fault(lambda value=value: fields(value).maybe("x", 3)) == "ACQ.INVALID_PARAMETER"
    for value in (None, ""):
        assert fault(lambda value=value: fields(value).text("x", 3)) == "ACQ.INVALID_PARAMETER"
    assert fields("\ud7ff\ue000").maybe("x", 3) == "\ud7ff\ue000"


def test_a_number_has_no_spaces_and_at_most_64_characters() -> None:
    assert fields("a" * 64).number("x") == fields("a" * 64).must_number("x") == "a" * 64
    assert fields("订单!~").number("x") == "订单!~"
    assert fields(None).number("x") is None
    for value in ("a" * 65, "a b", "a\n", "\x7f", "\x1f"):
        assert fault(lambda value=value: fields(value).number("x")) == "ACQ.INVALID_PARAMETER"
    assert fault(lambda: fields(None).must_number("x")) == "ACQ.INVALID_PARAMETER"


def test_what_stands_inside_is_an_object_or_a_list_of_some() -> None:
    inner = fields({"y": "1"}, "").inner("x")
    assert (inner.content, inner.prefix) == ({"y": "1"}, "")
    assert fields(None, "").inner("x") == Fields({}, "")
    assert [row.content for row in fields([{"y": 1}, {}]).rows("x", 2)] == [{"y": 1}, {}]
    assert fields([{}], "").rows("x", 1) == [Fields({}, "")]
    for value in ("1", [], 7):
        assert fault(lambda value=value: fields(value).inner("x")) == "ACQ.INVALID_PARAMETER"
    for value in (None, {}, [], [{}, {}, {}], [{}, 1]):
        assert fault(lambda value=value: fields(value).rows("x", 2)) == "ACQ.INVALID_PARAMETER"


def test_an_address_is_one_or_empty() -> None:
    assert address("", "notify_url") is None
    assert address("https://shop.example/told", "notify_url") == "https://shop.example/told"
    assert fault(lambda: address("ftp://shop.example", "notify_url")) == "ACQ.INVALID_PARAMETER"


def test_a_moment_is_read_off_beijings_clock() -> None:
    assert moment(datetime(2026, 2, 28, 16, 0, 1, tzinfo=UTC)) == "2026-03-01 00:00:01"
    assert moment(None) is None


def test_a_partys_number_has_sixteen_digits_and_another_try_gives_another() -> None:
    ada = UUID(int=7)
    numbers = {user_number(party, n) for party in (ada, UUID(int=8)) for n in (0, 1)}
    assert len(numbers) == 4
    assert user_number(ada) == user_number(ada, 0)
    assert all(len(each) == 16 and each.isdigit() and each[:4] == "2088" for each in numbers)
    many = [user_number(UUID(int=n))[4:] for n in range(300)]
    assert {each[0] for each in many} == {each[11] for each in many} == set("0123456789")


@pytest.mark.parametrize(
    ("refusal", "node", "sub_code"),
    [
        (DisputeOpen("t", "d"), "alipay_trade_refund_response", "ACQ.REASON_TRADE_BEEN_FREEZEN"),
        (NotFound("trade", "x"), "alipay_trade_query_response", "ACQ.INVALID_PARAMETER"),
        (TradeNotPayable("t", "finished"), "alipay_trade_pay_response", "ACQ.TRADE_HAS_SUCCESS"),
        (
            TradeNotPayable("t", "wait-seller-ship"),
            "alipay_trade_pay_response",
            "ACQ.TRADE_HAS_SUCCESS",
        ),
        (
            TradeNotPayable("t", "wait-buyer-confirm"),
            "alipay_trade_pay_response",
            "ACQ.TRADE_HAS_SUCCESS",
        ),
        (TradeNotPayable("t", "closed"), "alipay_trade_pay_response", "ACQ.TRADE_HAS_CLOSE"),
        (
            InsufficientFunds(0),
            "alipay_fund_trans_uni_transfer_response",
            "PAYER_BALANCE_NOT_ENOUGH",
        ),
        (PayeeUnknown("p"), "alipay_fund_trans_uni_transfer_response", "PAYEE_NOT_EXIST"),
        (DisputeOpen("t", "d"), "alipay_fund_trans_uni_transfer_response", "INVALID_PARAMETER"),
        (InsufficientFunds(0), "alipay_trade_pay_response", "ACQ.INVALID_PARAMETER"),
    ],
    ids=str,
)
def test_a_refusal_is_said_in_the_words_of_its_method(
    refusal: Any, node: str, sub_code: str
) -> None:
    said = fault_of(refusal, node)
    assert (said.code, said.sub_code) == ("40004", sub_code)
    assert said.sub_msg


def test_a_fault_says_its_code_with_its_message_and_its_detail() -> None:
    assert public("isv.missing-signature").node() == {
        "code": "40001",
        "msg": "Missing Required Arguments",
        "sub_code": "isv.missing-signature",
        "sub_msg": "缺少签名参数",
    }
    assert public("isv.illegal-json", "x").sub_msg == "biz_content不是合法的JSON：x"
    assert business("ACQ.X", "y", "20000").node()["msg"] == "Service Currently Unavailable"
