"""Money from the shop's own account to another: uni.transfer, and what came of it."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.doors.alipay import store, users
from sycee.doors.alipay.faults import business
from sycee.doors.alipay.gateway import Request
from sycee.doors.alipay.methods.fields import Fields
from sycee.doors.alipay.methods.orders import commit
from sycee.doors.alipay.methods.words import moment, money
from sycee.doors.alipay.model import CURRENCY, RequestDiffers, TransferRow
from sycee.doors.alipay.users import IDENTITY_TYPES
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import parse, public, uuid7
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import NOUN, Transfer
from sycee.runtime.db import Tx

ORDER_NAMES = ("order_id", "pay_fund_order_id")
"""What a transfer's own number is called in questions and answers; here the two are one."""


class Send(msgspec.Struct, frozen=True):
    """A transfer under the shop's number."""

    app_id: str
    party: UUID
    payee: UUID
    amount_minor: int
    number: str


class Sent(msgspec.Struct, frozen=True):
    """The transfer."""

    transfer: str


def send(request: Request) -> dict[str, Any]:
    """alipay.fund.trans.uni.transfer: pay somebody by their number."""
    fields = Fields(request.content, "")
    payee = fields.inner("payee_info")
    if fields.maybe("biz_scene", 64) not in (None, "DIRECT_TRANSFER"):
        raise fields.fault("biz_scene", " 只支持 DIRECT_TRANSFER")
    payer = fields.inner("payer_info")
    if payer.content:  # most shops name none, and need no reading for it
        with request.database.read() as tx:
            users.check_own(tx, payer, "identity", request.app.party)
    return _send(
        request,
        fields.must_number("out_biz_no"),
        fields.amount("trans_amount"),
        _payee(request, payee, "identity", "identity_type"),
        payee.maybe("name", 128),
    )


def send_to_account(request: Request) -> dict[str, Any]:
    """alipay.fund.trans.toaccount.transfer: the older name of the same."""
    fields = Fields(request.content, "")
    return _send(
        request,
        fields.must_number("out_biz_no"),
        fields.amount("amount"),
        _payee(request, fields, "payee_account", "payee_type"),
        fields.maybe("payee_real_name", 128),
    )


def _payee(request: Request, fields: Fields, identity: str, kind: str) -> UUID:
    """Whom the two fields of these names name."""
    number = fields.text(identity, 64)
    if fields.text(kind, 64) not in IDENTITY_TYPES:
        raise fields.fault(kind)
    with request.database.read() as tx:
        found = store.read_user(tx, number)
    if found is None:
        raise business("PAYEE_NOT_EXIST", "收款账号不存在")
    return found


def _send(
    request: Request, number: str, amount_minor: int, payee: UUID, name: str | None
) -> dict[str, Any]:
    app = request.app
    _check_name(request, number, payee, name)
    commit(request, "transfer", send_once, Send(app.app_id, app.party, payee, amount_minor, number))
    with request.database.read() as tx:
        row = store.read_transfer(tx, app.app_id, number)
    assert row is not None, "a transfer that was made can be read"
    order = public(NOUN, row.transfer_id)
    return {
        "out_biz_no": number,
        "order_id": order,
        "pay_fund_order_id": order,
        "status": "SUCCESS",
        "trans_date": moment(row.paid_at),
        "pay_date": moment(row.paid_at),
    }


def _check_name(request: Request, number: str, payee: UUID, name: str | None) -> None:
    """A payee is called as the shop says: by the public name, which anyone may read, no other.

    A transfer that was made stays answered when the payee takes another name later.
    """
    if name is None:
        return
    with request.database.read() as tx:
        if store.read_transfer(tx, request.app.app_id, number) is not None:
            return
        called = parties.get(tx, payee).display_name
    if normalize("NFC", name).strip() != called:
        raise business("PAYEE_USER_INFO_ERROR", "支付宝账号和姓名不匹配，请确认姓名是否正确")


def send_once(tx: Tx, command: Send) -> Sent:
    """Pay once under the shop's number; another amount or payee under it is refused."""
    row = TransferRow(command.number, uuid7(), command.payee, command.amount_minor, tx.now)
    if not store.insert_transfer(tx, command.app_id, row):
        before = store.read_transfer(tx, command.app_id, command.number)
        assert before is not None, "a number that is taken has a transfer"
        if (before.payee, before.amount_minor) != (command.payee, command.amount_minor):
            raise RequestDiffers(number=command.number, amount_minor=before.amount_minor)
        return Sent(public(NOUN, before.transfer_id))
    (made,) = wallet.transfer(
        tx,
        [Transfer(command.party, command.payee, command.amount_minor, CURRENCY, channel="alipay")],
    )
    if isinstance(made, Refusal):
        raise made
    store.name_transfer(tx, command.app_id, command.number, parse(NOUN, made.id))
    return Sent(made.id)


def query(request: Request) -> dict[str, Any]:
    """alipay.fund.trans.common.query and order.query: the transfer that all numbers given name."""
    fields = Fields(request.content, "")
    number = fields.number("out_biz_no")
    named = {name for key in ORDER_NAMES if (name := fields.number(key)) is not None}
    if number is None and not named:
        raise fields.fault("out_biz_no", " 与 order_id 不能同时为空")
    with request.database.read() as tx:
        if number is not None:
            row = store.read_transfer(tx, request.app.app_id, number)
        else:
            row = _by_id(tx, request.app.app_id, next(iter(named)))
    name = "" if row is None else public(NOUN, row.transfer_id)
    if row is None or named - {name}:
        raise business("ORDER_NOT_EXIST", "转账订单不存在")
    return {
        "order_id": name,
        "pay_fund_order_id": name,
        "out_biz_no": row.out_biz_no,
        "trans_amount": money(row.amount_minor),
        "status": "SUCCESS",
        "pay_date": moment(row.paid_at),
        "arrival_time_end": moment(row.paid_at),
        "order_fee": "0.00",
    }


def _by_id(tx: Tx, app_id: str, order: str) -> TransferRow | None:
    try:
        return store.read_transfer_by_id(tx, app_id, parse(NOUN, order))
    except Invalid:
        return None
