"""Telling a shop what became of its order: signed forms to its `notify_url` until it is content.

The journal is read in commit order; each change of a trade that came in by this door becomes a
notice and a job. The job calls the shop outside any transaction and is tried again by the
protocol's ladder until the shop answers exactly `success`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from http.client import HTTPException
from urllib.parse import urlencode
from uuid import UUID

from sycee.core.journal import read as journal
from sycee.core.journal.model import Row
from sycee.doors.alipay import outbound, protocol, rows, signature, store, trades, users
from sycee.doors.alipay.keyring import Keyring
from sycee.doors.alipay.methods.words import STATUS, moment, money
from sycee.doors.alipay.model import Notice, Order
from sycee.kit.ids import uuid7
from sycee.products.escrow.model.trade import State, Trade
from sycee.runtime import jobs
from sycee.runtime.db import Database, Tx
from sycee.runtime.sweeps import WHOLE

KIND = "alipay.notice"
APART = "app"
"""Where a job names the shop's app, whose address is called by one notice at a time."""

READER = "alipay.notices"
"""The name of the sweep, and of its place in the journal."""

LADDER_MINUTES = (4, 10, 10, 60, 120, 360, 900)
"""The wait after each failed attempt: eight attempts within 25 hours (the manual's table)."""

MOST_ROWS = 500
STRIDE = 1_000
"""How many transactions may pass before the reader moves past rows that do not concern it."""

VERBS = ("trade.paid", "trade.finished", "trade.closed", "refund.succeeded")
CONTENT = b"success"


class NotContent(Exception):
    """The shop did not answer `success`; the message is its status or what went wrong."""


def ladder(attempt: int) -> timedelta:
    """The wait after the n-th failure."""
    return timedelta(minutes=LADDER_MINUTES[min(attempt, len(LADDER_MINUTES)) - 1])


def due(tx: Tx, limit: int) -> Sequence[UUID]:
    """One pass, when the journal has rows for it or has grown much since it last moved."""
    cursor = rows.read_cursor(tx, READER)
    grown = journal.end(tx).xid - cursor.xid > STRIDE
    return WHOLE if grown or journal.since(tx, cursor, 1, verbs=VERBS) else ()


def collect(database: Database, _: UUID) -> None:
    """Read on in the journal and write a notice and a job for each change a shop is to hear of."""
    with database.transaction(timeout_ms=5_000) as tx:
        cursor = rows.lock_cursor(tx, READER)
        end = journal.end(tx)  # read before the rows: whatever settles between is read next time
        found = journal.since(tx, cursor, MOST_ROWS, verbs=VERBS)
        orders = store.read_orders_of(tx, list({row.subject for row in found}))
        by_trade = {order.trade_id: order for order in orders if order.notify_url}
        for row in _last_of_each_step(found):
            order = by_trade.get(row.subject)
            if order is not None:
                _defer(tx, order, row)
        last = found[-1].cursor if found else cursor
        rows.move_cursor(tx, READER, max(last, end) if len(found) < MOST_ROWS else last)


def _last_of_each_step(found: list[Row]) -> list[Row]:
    """One row for each trade and transaction: a refund's own, with its amount, or the last.

    A full refund also closes the trade; the shop hears of both at once.
    """
    chosen: dict[tuple[int, UUID], Row] = {}
    for row in found:
        before = chosen.get((row.xid, row.subject))
        if before is None or before.verb != "refund.succeeded":
            chosen[row.xid, row.subject] = row
    return list(chosen.values())


def _defer(tx: Tx, order: Order, row: Row) -> None:
    refund = None
    if row.verb == "refund.succeeded":
        # The protocol tells all that was given back until then, not this part.
        total_minor = row.body.get("refunded_minor", row.body["amount_minor"])
        refund = {"amount_minor": total_minor, "refund": row.body["refund"]}
    status = STATUS[State(str(row.body["state"]))]
    notice = Notice(uuid7(), order.app_id, order.out_trade_no, status, refund, row.at)
    rows.insert(tx, notice)
    defer(tx, notice.id, order.app_id)


def defer(tx: Tx, notice: UUID, app_id: str) -> None:
    """Call the shop as soon as may be, from the bottom of the ladder."""
    jobs.defer(tx, KIND, {"notice": str(notice), APART: app_id})


def send(
    database: Database, keyring: Keyring, notice_id: UUID, *, private: bool, seconds: float
) -> None:
    """Call the shop once; raises `NotContent` unless it answers `success`."""
    with database.read() as tx:
        notice = rows.read(tx, notice_id)
        if notice is None or notice.accepted_at is not None:
            return
        order = store.read_order(tx, notice.app_id, notice.out_trade_no)
        if order is None or order.notify_url is None:
            return
        trade = trades.read(tx, order.trade_id)
        refunded = _refunded(tx, order, notice)
    values = _values(database, order, trade, notice, refunded)
    body = _form(keyring, order, values)
    media = f"application/x-www-form-urlencoded;charset={order.charset}"
    try:
        heard = outbound.post_form(order.notify_url, body, media, private=private, seconds=seconds)
        content = heard.status == 200 and heard.body == CONTENT
        said = f"status {heard.status}"
    except (OSError, HTTPException, outbound.AddressRefused) as error:
        content, said = False, type(error).__name__
    with database.transaction() as tx:
        rows.note_attempt(tx, notice_id, said, tx.now if content else None)
    if not content:
        raise NotContent(said)


def give_up(tx: Tx, notice_id: UUID) -> None:
    """The ladder is climbed: the shop may have the notice sent again, by `told.replay`."""
    rows.exhaust(tx, notice_id)


def _refunded(tx: Tx, order: Order, notice: Notice) -> str | None:
    """The shop's number of the refund that a notice tells of."""
    if notice.refund is None:
        return None
    return trades.refund_number(tx, order.trade_id, str(notice.refund["refund"]))


def _form(keyring: Keyring, order: Order, values: dict[str, str]) -> bytes:
    content = protocol.notice_content(values, order.charset)
    signed = {
        **values,
        "sign_type": order.sign_type,
        "sign": signature.sign(keyring.key, content, order.sign_type),
    }
    return urlencode(signed, encoding=order.charset, errors="replace").encode("ascii")


def _values(
    database: Database, order: Order, trade: Trade, notice: Notice, refunded: str | None
) -> dict[str, str]:
    """The fields of a notice but its signature; empty ones are left out."""
    paid = money(trade.paid_minor)
    bills = [{"amount": paid, "fundChannel": "ALIPAYACCOUNT"}]
    # Of the change that is told, not of the trade by now: a notice sent again is the same.
    ended = trade.ended_at if notice.trade_status == STATUS[State.CLOSED] else None
    values = {
        "notify_time": moment(database.clock.now()),
        "notify_type": "trade_status_sync",
        "notify_id": notice.id.hex,
        "app_id": order.app_id,
        "auth_app_id": order.app_id,
        "charset": order.charset,
        "version": "1.0",
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "trade_status": notice.trade_status,
        "buyer_id": users.number(database, trade.buyer),
        "seller_id": users.number(database, trade.sellers[0]),
        "subject": trade.title,
        "total_amount": money(trade.total_minor),
        "receipt_amount": paid,
        "invoice_amount": paid,
        "buyer_pay_amount": paid,
        "point_amount": "0.00",
        "fund_bill_list": json.dumps(bills, separators=(",", ":")) if trade.paid_minor else "",
        "gmt_create": moment(trade.created_at),
        "gmt_payment": moment(trade.paid_at),
        "gmt_close": moment(ended),
        "passback_params": order.passback,
    }
    if notice.refund is not None:
        values["refund_fee"] = money(int(notice.refund["amount_minor"]))
        values["gmt_refund"] = moment(notice.event_at)
        values["out_biz_no"] = refunded
    return {name: value for name, value in values.items() if value}
