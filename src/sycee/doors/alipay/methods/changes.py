"""What a shop does to an order: close, cancel, refund, ship, settle, split."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import msgspec

from sycee.doors.alipay import store, trades, users
from sycee.doors.alipay.gateway import Request
from sycee.doors.alipay.methods.fields import Fields
from sycee.doors.alipay.methods.orders import commit, perform, settled
from sycee.doors.alipay.methods.words import moment, money
from sycee.doors.alipay.model import (
    CURRENCY,
    NO_TRADE,
    CancelNotAllowed,
    Order,
    OrderMissing,
    RequestDiffers,
    RequestRow,
)
from sycee.doors.alipay.protocol import read_json
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, token
from sycee.products.escrow.model.trade import ENDED, Delivery, State
from sycee.runtime.db import Tx

CANCEL_NUMBER = "alipay.trade.cancel"
"""The refund number of a cancellation."""

CREDIT = ("CREDIT_AUTH", "CREDIT_DEDUCT")
"""What `orderinfo.sync` is of in the manual too: how a buyer's credit went, not that goods went."""


class Change(msgspec.Struct, frozen=True):
    """What is asked of a trade under the shop's number. `payees` are (party, amount)."""

    app_id: str
    party: UUID
    trade_id: UUID
    number: str = ""
    amount_minor: int | None = None
    payees: tuple[tuple[UUID, int], ...] = ()
    carrier: str | None = None
    tracking_number: str | None = None


class Bar(msgspec.Struct, frozen=True):
    """A number under which no order is to be made any more."""

    app_id: str
    out_trade_no: str
    charset: str
    sign_type: str


class Done(msgspec.Struct, frozen=True):
    """What came of it: `amount_minor` moved, or a word for the action."""

    amount_minor: int = 0
    action: str = ""


def find(request: Request, fields: Fields) -> Order:
    """The order named by `trade_no` or `out_trade_no`; both must agree when both are given."""
    order = _seek(request, fields)
    if order is None:
        raise _missing(fields)
    return order


def _missing(fields: Fields) -> OrderMissing:
    return OrderMissing(number=fields.number("out_trade_no") or fields.number("trade_no") or "")


def _seek(request: Request, fields: Fields) -> Order | None:
    trade_no = fields.number("trade_no")
    out_trade_no = fields.number("out_trade_no")
    if trade_no is None and out_trade_no is None:
        raise fields.fault("out_trade_no", " 与 trade_no 不能同时为空")
    with request.database.read() as tx:
        order = None
        if out_trade_no is not None:
            order = store.read_order(tx, request.app.app_id, out_trade_no)
        elif trade_no is not None:
            try:
                order = store.read_order_by_trade(
                    tx, request.app.app_id, parse("trd", trade_no, "trade_no")
                )
            except Invalid:
                order = None
    if order is None or order.barred or trade_no not in (None, order.trade_no):
        return None
    return order


def _action(done: Done | dict[str, Any]) -> str:
    """What came of it, also when it is read back from an earlier request's key."""
    return done["action"] if isinstance(done, dict) else done.action


def _change(request: Request, order: Order, **asked: Any) -> Change:
    return Change(request.app.app_id, request.app.party, order.trade_id, **asked)


def close(request: Request) -> dict[str, Any]:
    """alipay.trade.close: give up an order that nobody has paid."""
    order = find(request, Fields(request.content))
    commit(request, "close", close_order, _change(request, order))
    return {"trade_no": order.trade_no, "out_trade_no": order.out_trade_no}


def close_order(tx: Tx, change: Change) -> Done:
    """Close; an unpaid trade that is closed already stays so."""
    trade = trades.read(tx, change.trade_id)
    if trade.state is not State.CLOSED or trade.paid_minor:
        trades.cancel(tx, change.party, change.trade_id)
    return Done(action="close")


def cancel(request: Request) -> dict[str, Any]:
    """alipay.trade.cancel: close an unpaid order, give back the money of a paid one.

    A number without an order is taken, and there is no `action`: the payment that a till gave up
    waiting for may still be on its way, and is refused when it comes.
    """
    fields = Fields(request.content)
    order = _seek(request, fields) or _bar(request, fields)
    if order is None:
        return {"out_trade_no": fields.number("out_trade_no"), "retry_flag": "N"}
    done = commit(request, "cancel", cancel_order, _change(request, order))
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "retry_flag": "N",
        "action": _action(done),
    }


def _bar(request: Request, fields: Fields) -> Order | None:
    """Take an order's number; the order, if it was made meanwhile."""
    number = fields.number("out_trade_no")
    if number is None or fields.number("trade_no") is not None:
        raise _missing(fields)
    envelope = request.envelope
    asked = Bar(request.app.app_id, number, envelope.charset, envelope.text("sign_type"))
    commit(request, "bar", bar_order, asked)
    return _seek(request, fields)


def bar_order(tx: Tx, command: Bar) -> Done:
    """Take the number unless it is taken; waits for an order that is being made under it."""
    order = Order(
        app_id=command.app_id,
        out_trade_no=command.out_trade_no,
        trade_id=NO_TRADE,
        method="alipay.trade.cancel",
        total_minor=0,
        currency=CURRENCY,
        charset=command.charset,
        sign_type=command.sign_type,
        pay_token=token(),
        notify_url=None,
        return_url=None,
        passback=None,
        created_at=tx.now,
    )
    store.insert_order(tx, order)
    return Done()


def cancel_order(tx: Tx, change: Change) -> Done:
    """Cancel; what is cancelled already stays so. What was released is refunded, not cancelled."""
    trade = trades.lock(tx, change.trade_id)
    if trade.state is State.WAIT_BUYER_PAY:
        trades.cancel(tx, change.party, change.trade_id)
        return Done(action="close")
    if trade.state is State.CLOSED:
        return Done(action="refund" if trade.paid_minor else "close")
    if trade.state is State.FINISHED or trade.released_minor or trade.refunded_minor:
        raise CancelNotAllowed(trade=trade.public, state=trade.state.value)
    rest = trade.held_minor
    trades.refund(tx, change.party, change.trade_id, rest, CANCEL_NUMBER)
    _write(tx, change, "refund", CANCEL_NUMBER, rest, _digest(rest))
    return Done(rest, "refund")


def refund(request: Request) -> dict[str, Any]:
    """alipay.trade.refund: give back all or a part, once for each `out_request_no`."""
    fields = Fields(request.content)
    fields.check_currency("refund_currency")
    if fields.content.get("refund_royalty_parameters"):
        raise fields.fault("refund_royalty_parameters", " 本网关不支持退分账")
    order = find(request, fields)
    number = fields.number("out_request_no") or order.out_trade_no
    asked = _change(request, order, number=number, amount_minor=fields.amount("refund_amount"))
    answer = perform(request, "refund", refund_order, asked)
    moved = _action(answer.unwrap()) == "refund" and not answer.replayed
    with request.database.read() as tx:
        trade = trades.read(tx, order.trade_id)
        row = trades.refund_by_number(tx, order.trade_id, number)
    assert row is not None, "a refund that was made can be read"
    buyer = users.number(request.database, trade.buyer)
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "buyer_logon_id": users.masked(buyer),
        "buyer_user_id": buyer,
        "fund_change": "Y" if moved else "N",
        "refund_fee": money(trade.refunded_minor),
        "send_back_fee": money(row.amount_minor),
        "gmt_refund_pay": moment(row.ended_at),
        "refund_detail_item_list": [
            {"fund_channel": "ALIPAYACCOUNT", "amount": money(row.amount_minor)}
        ],
    }


def refund_order(tx: Tx, change: Change) -> Done:
    """Refund once under its number; `action` is "refund" when money moved."""
    amount = change.amount_minor or 0
    if not _write(tx, change, "refund", change.number, amount, _digest(amount)):
        return Done(amount)
    moved = trades.refund(tx, change.party, change.trade_id, amount, change.number)
    return Done(amount, "refund" if moved else "")


def ship(request: Request) -> dict[str, Any]:
    """alipay.trade.orderinfo.sync: the goods are on their way.

    `order_biz_info` is a JSON text such as `{"status":"SEND_GOODS","logistics_name":"…",
    "invoice_no":"…"}`. For a trade without delivery it is taken note of and changes nothing.
    """
    fields = Fields(request.content)
    if fields.maybe("biz_type", 64) in CREDIT:
        raise fields.fault("biz_type", " 本网关没有信用交易")
    order = find(request, Fields({"trade_no": fields.must_number("trade_no")}))
    parcel = _parcel(fields)
    asked = _change(
        request,
        order,
        number=fields.must_number("out_request_no"),
        carrier=parcel.maybe("logistics_name", 64) or parcel.maybe("logistics_company", 64),
        tracking_number=parcel.maybe("invoice_no", 64) or parcel.maybe("tracking_no", 64),
    )
    commit(request, "ship", ship_order, asked)
    with request.database.read() as tx:
        buyer = trades.read(tx, order.trade_id).buyer
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "buyer_user_id": users.number(request.database, buyer),
    }


def _parcel(fields: Fields) -> Fields:
    """`order_biz_info`, which is JSON inside a text."""
    text = fields.maybe("order_biz_info", 4_000)
    if text is None:
        return Fields({})
    try:
        inner = read_json(text)
    except (ValueError, RecursionError):
        inner = None
    if not isinstance(inner, dict):
        raise fields.fault("order_biz_info", " 须为 JSON 对象")
    return Fields(inner)


def ship_order(tx: Tx, change: Change) -> Done:
    """Ship once under its number."""
    digest = _digest(change.carrier or "", change.tracking_number or "")
    if not _write(tx, change, "ship", change.number, 0, digest):
        return Done()
    if trades.read(tx, change.trade_id).delivery is Delivery.SHIP:
        trades.ship(tx, change.party, change.trade_id, change.carrier, change.tracking_number)
    return Done(action="ship")


def settle(request: Request) -> dict[str, Any]:
    """alipay.trade.settle.confirm: release what is held to the shop.

    A guaranteed trade waits for its buyer: there it only reports what the buyer has released.
    """
    fields = Fields(request.content)
    order = find(request, Fields({"trade_no": fields.must_number("trade_no")}))
    number = fields.must_number("out_request_no")
    rows = settled(request, fields)
    amount = sum(row.amount("amount") for row in rows) if rows else None
    asked = _change(request, order, number=number, amount_minor=amount)
    commit(request, "settle", settle_order, asked)
    with request.database.read() as tx:
        row = store.read_request(tx, asked.app_id, asked.trade_id, "settle", number)
    assert row is not None, "a settlement that was made can be read"
    return {
        "trade_no": order.trade_no,
        "out_request_no": number,
        "settle_amount": money(row.amount_minor),
    }


def settle_order(tx: Tx, change: Change) -> Done:
    """Settle once under its number."""
    trade = trades.lock(tx, change.trade_id)
    reported = trade.delivery is Delivery.SHIP and trade.state in ENDED
    amount = trade.released_minor if reported else change.amount_minor or trade.held_minor
    if _write(tx, change, "settle", change.number, amount, _digest(change.amount_minor or 0)):
        if not reported:
            trades.release(tx, change.party, change.trade_id, change.amount_minor)
        return Done(amount, "settle")
    return Done(amount)


def split(request: Request) -> dict[str, Any]:
    """alipay.trade.order.settle: pass parts of the shop's share on to others."""
    fields = Fields(request.content)
    order = find(request, Fields({"trade_no": fields.must_number("trade_no")}))
    number = fields.must_number("out_request_no")
    with request.database.read() as tx:
        payees = tuple(
            (users.payee(tx, row, request.app.party), row.amount("amount"))
            for row in fields.rows("royalty_parameters", 50)
        )
    commit(request, "split", split_order, _change(request, order, number=number, payees=payees))
    return {"trade_no": order.trade_no, "settle_no": number}


def split_order(tx: Tx, change: Change) -> Done:
    """Split once under its number."""
    total = sum(amount for _, amount in change.payees)
    digest = _digest(*(f"{party}:{amount}" for party, amount in change.payees))
    if _write(tx, change, "split", change.number, total, digest):
        trades.split(tx, change.party, change.trade_id, change.payees, change.number)
    return Done(total, "split")


def _digest(*asked: object) -> bytes:
    return hashlib.sha256("\n".join(map(str, asked)).encode()).digest()


def _write(
    tx: Tx, change: Change, sort: str, number: str, amount_minor: int, digest: bytes
) -> bool:
    """Take the shop's number; false when the very same was done under it before."""
    row = RequestRow(change.trade_id, sort, number, amount_minor, digest, tx.now)
    if store.insert_request(tx, change.app_id, row):
        return True
    before = store.read_request(tx, change.app_id, change.trade_id, sort, number)
    assert before is not None, "a number that is taken has a row"
    if before.digest != digest:
        raise RequestDiffers(number=number, amount_minor=before.amount_minor)
    return False
