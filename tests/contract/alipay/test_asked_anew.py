"""What a shop asks anew: signed again, so no duplicate, but under the same numbers of its own."""

from __future__ import annotations

import json
from typing import Any

from tests.contract.alipay.town import Town

from sycee.kit.ids import parse
from sycee.products.escrow.actions import trading
from sycee.products.escrow.actions.commands import Touch
from sycee.products.escrow.store import records

PAY, CLOSE, CANCEL = "alipay.trade.pay", "alipay.trade.close", "alipay.trade.cancel"
SETTLE, SPLIT = "alipay.trade.settle.confirm", "alipay.trade.order.settle"
REFUND, REFUND_QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
SHIP, QUERY = "alipay.trade.orderinfo.sync", "alipay.trade.query"
ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "茶"}


def paid(town: Town, web, **given: str) -> str:
    """A paid order's trade number."""
    scan = {**ORDER, "scene": "bar_code", "auth_code": town.paycode(), **given}
    return town.call(web, PAY, scan)["trade_no"]


def anew(town: Town, web, method: str, content: dict[str, Any]) -> list[Any]:
    """The answers to a request and to the same of another clerk, which is no duplicate of it."""
    return [town.call(web, method, {**content, "operator_id": clerk}) for clerk in ("A", "B")]


def test_an_order_is_closed_and_closed_again(town: Town, web):
    town.call(web, "alipay.trade.precreate", ORDER)
    first, again = anew(town, web, CLOSE, {"out_trade_no": "T1"})
    assert first == again
    assert first["out_trade_no"] == "T1"
    assert first["trade_no"] == town.call(web, QUERY, ORDER)["trade_no"]


def test_an_order_that_nobody_paid_is_cancelled_and_cancelled_again(town: Town, web):
    town.call(web, "alipay.trade.precreate", ORDER)
    first, again = anew(town, web, CANCEL, {"out_trade_no": "T1"})
    assert first == again
    assert first["action"] == "close"
    asked = town.call(web, QUERY, ORDER)
    assert (asked["trade_no"], asked["trade_status"]) == (first["trade_no"], "TRADE_CLOSED")


def test_what_was_paid_back_is_cancelled_again_but_not_closed(town: Town, web):
    before = town.balances()
    trade_no = paid(town, web)
    first, again = anew(town, web, CANCEL, {"trade_no": trade_no})
    assert first == again
    assert (first["out_trade_no"], first["action"]) == ("T1", "refund")
    assert town.balances() == before
    answer = town.call(web, CLOSE, {"out_trade_no": "T1"})
    assert answer["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


def test_what_was_given_back_or_settled_in_part_is_not_cancelled(town: Town, web):
    paid(town, web)
    town.call(web, REFUND, {"out_trade_no": "T1", "refund_amount": "1.00"})
    part = {"settle_detail_infos": [{"amount": "10.00"}]}
    other = paid(town, web, out_trade_no="T2", goods_type="0")
    town.call(web, SETTLE, {"trade_no": other, "out_request_no": "C1", "settle_info": part})
    before = town.balances()
    for number in ("T1", "T2"):
        answer = town.call(web, CANCEL, {"out_trade_no": number})
        assert answer["sub_code"] == "ACQ.CANCEL_NOT_ALLOWED"
    assert town.balances() == before


def test_what_was_given_back_is_given_back_once_and_told_in_full(town: Town, web):
    trade_no = paid(town, web)
    before = town.balances()
    asked = {"out_trade_no": "T1", "refund_amount": "1.50"}
    first, again = anew(town, web, REFUND, asked)
    assert (first.pop("fund_change"), again.pop("fund_change")) == ("Y", "N")
    assert first == again
    assert (first["trade_no"], first["out_trade_no"]) == (trade_no, "T1")
    assert first["buyer_user_id"] == town.keys["buyer_id"]
    assert first["buyer_logon_id"] == f"2088****{town.keys['buyer_id'][-4:]}"
    assert (first["refund_fee"], first["send_back_fee"]) == ("1.50", "1.50")
    item = {"fund_channel": "ALIPAYACCOUNT", "amount": "1.50"}
    assert first["refund_detail_item_list"] == [item]
    assert town.balance(town.buyer) == before[0] + 150
    # Without a number of its own a refund has the order's, by which it is found too.
    found = town.call(web, REFUND_QUERY, {"out_trade_no": "T1", "out_request_no": "T1"})
    told = {"trade_no": trade_no, "out_trade_no": "T1", "out_request_no": "T1"}
    told |= {"total_amount": "88.88", "refund_amount": "1.50", "send_back_fee": "1.50"}
    assert {name: found[name] for name in told} == told


def test_what_was_settled_is_settled_once_under_its_number(town: Town, web):
    trade_no = paid(town, web, goods_type="0")
    rows = [{"amount": "10.00"}, {"amount": "2.50"}]
    part: dict[str, Any] = {"trade_no": trade_no, "out_request_no": "C1"}
    part["settle_info"] = {"settle_detail_infos": rows}
    first, again = anew(town, web, SETTLE, part)
    assert first == again
    assert (first["settle_amount"], first["out_request_no"]) == ("12.50", "C1")
    assert town.balance(town.shop) == 1250 - 8
    rest = {"trade_no": trade_no, "out_request_no": "C2"}
    first, again = anew(town, web, SETTLE, rest)
    assert first == again
    assert first["settle_amount"] == "76.38"
    assert town.balance(town.shop) == 8888 - 53
    other = town.call(web, SETTLE, {**rest, "settle_info": {"settle_detail_infos": rows}})
    assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"


def test_a_parcel_is_sent_once_under_its_number_and_kept_as_it_was_told(town: Town, web):
    for number, names in (
        ("T1", ("logistics_name", "invoice_no")),
        ("T2", ("logistics_company", "tracking_no")),
    ):
        trade_no = paid(town, web, out_trade_no=number)
        sent = {"trade_no": trade_no, "out_request_no": "S1", "biz_type": "LOGISTICS"}
        for wrong in ("{", "[1]", "null"):
            answer = town.call(web, SHIP, {**sent, "order_biz_info": wrong})
            assert answer["sub_code"] == "ACQ.INVALID_PARAMETER", wrong
        parcel = dict(zip(names, ("SF", "SF1"), strict=True))
        told = {**sent, "order_biz_info": json.dumps(parcel)}
        first, again = anew(town, web, SHIP, told)
        assert first == again
        shown = (first["trade_no"], first["out_trade_no"], first["buyer_user_id"])
        assert shown == (trade_no, number, town.keys["buyer_id"])
        for name in names:
            other = json.dumps({**parcel, name: "YT"})
            answer = town.call(web, SHIP, {**sent, "order_biz_info": other})
            assert answer["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
        trade = parse("trd", trade_no)
        (kept,) = town.run(lambda tx, one=trade: records.shipments(tx, one))
        assert (kept.carrier, kept.tracking_number) == ("SF", "SF1")


def test_what_needs_no_delivery_takes_note_of_a_parcel_and_sends_none(town: Town, web):
    trade_no = paid(town, web, goods_type="0")
    sent = {"trade_no": trade_no, "out_request_no": "S1", "order_biz_info": '{"invoice_no":"SF1"}'}
    assert town.call(web, SHIP, sent)["code"] == "10000"
    assert town.run(lambda tx: records.shipments(tx, parse("trd", trade_no))) == []


def test_what_a_buyer_released_is_reported_again(town: Town, web):
    trade_no = paid(town, web)
    assert town.call(web, SHIP, {"trade_no": trade_no, "out_request_no": "S1"})["code"] == "10000"
    buyer = Touch(parse("trd", trade_no), town.buyer)
    town.run(lambda tx: trading.confirm(tx, buyer))
    first, again = anew(town, web, SETTLE, {"trade_no": trade_no, "out_request_no": "C1"})
    assert first == again
    assert first["settle_amount"] == "88.35"


def test_a_part_is_passed_on_once_under_its_number(town: Town, web):
    trade_no = paid(town, web, goods_type="0")
    part = {"trans_in": town.writer_id, "trans_in_type": "userId", "amount": "20.00"}
    split = {"trade_no": trade_no, "out_request_no": "Y1", "royalty_parameters": [part]}
    first, again = anew(town, web, SPLIT, split)
    assert first == again
    assert (first["trade_no"], first["settle_no"]) == (trade_no, "Y1")
    town.call(web, SETTLE, {"trade_no": trade_no, "out_request_no": "C1"})
    assert town.balance(town.writer) == 2000 - 12
    assert town.balance(town.shop) == 6888 - 41
