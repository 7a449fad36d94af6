"""Making an order and paying it: create, precreate, pay, and the two pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from sycee.doors.alipay import store, trades, users
from sycee.doors.alipay.faults import business
from sycee.doors.alipay.gateway import Redirect, Request
from sycee.doors.alipay.methods.fields import Fields, address
from sycee.doors.alipay.methods.words import BEIJING, moment, money
from sycee.doors.alipay.model import CURRENCY, Order, OrderDiffers
from sycee.kit.errors import Invalid
from sycee.kit.ids import public, token, uuid7
from sycee.products.escrow.model.refusals import BuyerDiffers, TradeNotPayable
from sycee.products.escrow.model.trade import State
from sycee.runtime.db import Tx
from sycee.runtime.perform import Answer, Call, perform_one

FACE_TO_FACE = "FACE_TO_FACE_PAYMENT"
BUYER_NAMES = ("buyer_id", "buyer_open_id", "buyer_logon_id")
ASKS_TO_BE_PAID = ("alipay.trade.create", "alipay.trade.precreate")
"""The methods whose answer is of use only while the order can be paid; a page shows how it is."""

UNSHIPPED = ("VIRTUAL", "DIRECT")
_TIMEOUT = re.compile(r"([0-9]{1,5})([mhd])")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_LONGEST_SECONDS = 15 * 86_400
_UNITS = {"m": 60, "h": 3_600, "d": 86_400}


class MakeOrder(msgspec.Struct, frozen=True):
    """Everything that an order depends on; `auth_code` pays it at once.

    It can be paid until `pay_until`, else to the end of the day in Beijing (`same_day`), else for
    `pay_seconds`.
    """

    app_id: str
    party: UUID
    method: str
    out_trade_no: str
    total_minor: int
    title: str
    buyer: UUID | None
    shipped: bool
    charset: str
    sign_type: str
    royalties: tuple[tuple[UUID, int], ...] = ()
    pay_seconds: int | None = None
    notify_url: str | None = None
    return_url: str | None = None
    passback: str | None = None
    auth_code: str | None = None
    pay_until: datetime | msgspec.UnsetType = msgspec.UNSET
    same_day: bool | msgspec.UnsetType = msgspec.UNSET


class Made(msgspec.Struct, frozen=True):
    """The order's trade."""

    trade: str
    total_minor: int


def commit(request: Request, verb: str, action: Callable[[Tx, Any], Any], command: Any) -> Any:
    """Run an action under a key of this very request; its result, or its refusal raised."""
    return perform(request, verb, action, command).unwrap()


def perform(request: Request, verb: str, action: Callable[[Tx, Any], Any], command: Any) -> Answer:
    """Run an action under a key of this very request; the answer says if it is an earlier one's.

    The key is the signature's: a duplicate of the request (also a late one) is answered with what
    the first came to, refusals included. A shop that asks again signs a new timestamp; then the
    shop's own numbers, written in the same transaction as the money, see to it that nothing
    happens twice.
    """
    signed = hashlib.sha256(request.envelope.raw["sign"]).hexdigest()
    key = f"alipay:{request.app.app_id}:{verb}:{signed}"
    call = Call(request.app.party, key, f"alipay.{verb}", command)
    return perform_one(request.database, call, action)


def create(request: Request) -> dict[str, Any]:
    """alipay.trade.create: an order with a named buyer, who pays it later."""
    fields = Fields(request.content)
    if not any(fields.maybe(name, 100) for name in BUYER_NAMES):
        raise fields.fault("buyer_id", " 不能为空")
    order = make(request, read_order(request, fields))
    return {"out_trade_no": order.out_trade_no, "trade_no": order.trade_no}


def precreate(request: Request) -> dict[str, Any]:
    """alipay.trade.precreate: an order that anyone may pay who opens its page."""
    order = make(request, read_order(request, Fields(request.content)))
    return {"out_trade_no": order.out_trade_no, "qr_code": request.page(order.pay_token)}


def page(request: Request) -> Redirect:
    """alipay.trade.page.pay and wap.pay: an order, and the browser sent to its page."""
    order = make(request, read_order(request, Fields(request.content)))
    return Redirect(f"/p/{order.pay_token}")


def pay(request: Request) -> dict[str, Any]:
    """alipay.trade.pay: an order, made now or before, paid with the buyer's pay code."""
    fields = Fields(request.content)
    scene = fields.maybe("scene", 32)
    if scene not in (None, "bar_code", "wave_code", "security_code"):
        raise fields.fault("scene")
    command = read_order(request, fields)
    code = fields.text("auth_code", 64)
    if not code.isascii() or not code.isdigit():
        raise business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，请顾客刷新付款码后重新收款")
    order = make(request, msgspec.structs.replace(command, auth_code=code))
    return paid(request, order)


def paid(request: Request, order: Order) -> dict[str, Any]:
    """The fields of a payment that has been made."""
    with request.database.read() as tx:
        trade = trades.read(tx, order.trade_id)
    buyer = users.number(request.database, trade.buyer)
    amount = money(trade.paid_minor)
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "buyer_logon_id": users.masked(buyer),
        "buyer_user_id": buyer,
        "total_amount": money(trade.total_minor),
        "receipt_amount": amount,
        "buyer_pay_amount": amount,
        "invoice_amount": amount,
        "point_amount": "0.00",
        "gmt_payment": moment(trade.paid_at),
        "fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": amount}],
    }


def read_order(request: Request, fields: Fields) -> MakeOrder:
    """The order that a request asks for."""
    envelope = request.envelope
    fields.check_currency("trans_currency", "settle_currency")
    settled(request, fields)
    pay_seconds, same_day = _lasting(fields)
    return MakeOrder(
        app_id=request.app.app_id,
        party=request.app.party,
        method=request.method,
        out_trade_no=fields.must_number("out_trade_no"),
        total_minor=fields.amount("total_amount"),
        title=fields.text("subject", 256),
        buyer=_buyer(request, fields),
        shipped=_shipped(fields),
        royalties=_royalties(request, fields),
        pay_seconds=pay_seconds,
        charset=envelope.charset,
        sign_type=envelope.text("sign_type"),
        notify_url=address(envelope.text("notify_url"), "notify_url"),
        return_url=address(envelope.text("return_url"), "return_url"),
        passback=fields.maybe("passback_params", 512),
        pay_until=_pay_until(fields),
        same_day=same_day,
    )


def _buyer(request: Request, fields: Fields) -> UUID | None:
    """The buyer by number, which the other names hold too here. A seller must be the app's."""
    seller = fields.maybe("seller_id", 28)
    with request.database.read() as tx:
        if seller is not None and store.read_user(tx, seller) != request.app.party:
            raise business("ACQ.SELLER_NOT_EXIST", "卖家不存在")
        named = [text for name in BUYER_NAMES if (text := fields.maybe(name, 100))]
        if not named:
            return None
        buyer = store.read_user(tx, named[0])
    if buyer is None:
        raise business("ACQ.BUYER_NOT_EXIST", "买家不存在")
    if buyer == request.app.party:
        raise business("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同")
    return buyer


def _shipped(fields: Fields) -> bool:
    """Whether goods are sent, so that the money waits for the buyer's word.

    What is handed over at a counter, is not a thing, or is settled by the shop (`settle_info`) is
    released by `settle.confirm`; everything else by the buyer.
    """
    logistics = fields.inner("logistics_detail").maybe("logistics_type", 32)
    return not (
        logistics in UNSHIPPED
        or fields.maybe("goods_type", 2) == "0"
        or fields.maybe("product_code", 64) == FACE_TO_FACE
        or fields.content.get("settle_info") is not None
    )


def settled(request: Request, fields: Fields) -> list[Fields]:
    """The rows of `settle_info`, none when it has none; the shop itself gets each."""
    info = fields.inner("settle_info")
    if info.content.get("settle_detail_infos") is None:
        return []
    rows = info.rows("settle_detail_infos", 10)
    with request.database.read() as tx:
        for row in rows:
            users.check_own(tx, row, "trans_in", request.app.party)
    return rows


def _lasting(fields: Fields) -> tuple[int | None, bool | msgspec.UnsetType]:
    """`timeout_express`: seconds, of 1m to 15d in minutes, hours or days; or `1c`, to midnight."""
    text = fields.maybe("timeout_express", 6) or fields.maybe("qr_code_timeout_express", 6)
    if text is None:
        return None, msgspec.UNSET
    if text == "1c":
        return None, True
    match = _TIMEOUT.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 60 <= seconds <= _LONGEST_SECONDS:
        raise fields.fault("timeout_express", " 取值范围 1m～15d")
    return seconds, msgspec.UNSET


def _pay_until(fields: Fields) -> datetime | msgspec.UnsetType:
    """`time_expire`, which Beijing's wall clock shows."""
    text = fields.maybe("time_expire", 32)
    if text is None:
        return msgspec.UNSET
    if not _MOMENT.fullmatch(text):
        raise fields.fault("time_expire", " 格式为 yyyy-MM-dd HH:mm:ss")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError:
        raise fields.fault("time_expire", " 没有这个时刻") from None


def _pay_seconds(command: MakeOrder, now: datetime) -> int | None:
    """For how long from `now` a new order can be paid; None for the usual time.

    Reckoned where the order is written: a repeated request has the same command at any time.
    """
    if command.pay_until is not msgspec.UNSET:
        seconds = int((command.pay_until - now).total_seconds())
        if not 0 < seconds <= _LONGEST_SECONDS:
            raise Invalid(field="time_expire", rule="must be within the next 15 days")
        return seconds
    if command.same_day is not msgspec.UNSET:
        wall = now.astimezone(BEIJING)
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return max(1, int((midnight - now).total_seconds()))
    return command.pay_seconds


def _royalties(request: Request, fields: Fields) -> tuple[tuple[UUID, int], ...]:
    """`royalty_info`: fixed parts of the price that go to others at release."""
    if fields.content.get("royalty_info") is None:
        return ()
    rows = fields.inner("royalty_info").rows("royalty_detail_infos", 50)
    with request.database.read() as tx:
        shop = request.app.party
        return tuple((users.payee(tx, row, shop), row.amount("amount")) for row in rows)


def make(request: Request, command: MakeOrder) -> Order:
    """The order as it is now written; the same number for another amount is refused."""
    verb = "pay" if command.auth_code else "order"
    commit(request, verb, partial(make_order, key=request.gate.tender_key), command)
    with request.database.read() as tx:
        order = store.read_order(tx, command.app_id, command.out_trade_no)
    assert order is not None, "an order that was made can be read"
    return order


def make_order(tx: Tx, command: MakeOrder, key: bytes = b"") -> Made:
    """Write the order and its trade unless they are there, then pay it if a code came with it.

    Whoever comes second waits on the row of the first.
    """
    order = Order(
        app_id=command.app_id,
        out_trade_no=command.out_trade_no,
        trade_id=uuid7(),
        method=command.method,
        total_minor=command.total_minor,
        currency=CURRENCY,
        charset=command.charset,
        sign_type=command.sign_type,
        pay_token=token(),
        notify_url=command.notify_url,
        return_url=command.return_url,
        passback=command.passback,
        created_at=tx.now,
    )
    if store.insert_order(tx, order):
        trade_id = trades.create(
            tx,
            command.party,
            buyer=command.buyer,
            title=command.title,
            total_minor=command.total_minor,
            out_ref=command.out_trade_no,
            shipped=command.shipped,
            royalties=command.royalties,
            pay_seconds=_pay_seconds(command, tx.now),
        )
        store.name_trade(tx, command.app_id, command.out_trade_no, trade_id)
    else:
        trade_id = _same(tx, command)
    if command.auth_code is not None:
        trades.pay(tx, command.party, trade_id, command.auth_code, key)
    return Made(public("trd", trade_id), command.total_minor)


def _same(tx: Tx, command: MakeOrder) -> UUID:
    """The trade of the order that has this number, if it is the same order."""
    before = store.read_order(tx, command.app_id, command.out_trade_no)
    assert before is not None, "a number that is taken has an order"
    if before.barred:
        raise TradeNotPayable(trade=before.trade_no, state=State.CLOSED.value)
    trade = trades.read(tx, before.trade_id)
    if trade.total_minor != command.total_minor:
        raise OrderDiffers(out_trade_no=command.out_trade_no, total_minor=trade.total_minor)
    if command.buyer is not None and command.buyer != trade.buyer:
        raise BuyerDiffers(trade=trade.public)
    if command.method in ASKS_TO_BE_PAID:
        if trade.state is not State.WAIT_BUYER_PAY:
            raise TradeNotPayable(trade=trade.public, state=trade.state.value)
        if trade.pay_by is not None and tx.now >= trade.pay_by:  # the sweep has yet to close it
            raise TradeNotPayable(trade=trade.public, state=State.CLOSED.value)
    if command.notify_url is not None and command.notify_url != before.notify_url:
        store.set_notify_url(tx, command.app_id, command.out_trade_no, command.notify_url)
    if command.return_url is not None and command.return_url != before.return_url:
        store.set_return_url(
            tx, command.app_id, command.out_trade_no, command.return_url, command.method
        )
    return before.trade_id
