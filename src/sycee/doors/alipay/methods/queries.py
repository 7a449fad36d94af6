"""What a shop asks without changing anything."""

from __future__ import annotations

import base64
from typing import Any

from sycee.doors.alipay import certificates, trades, users
from sycee.doors.alipay.faults import public as public_fault
from sycee.doors.alipay.gateway import Request
from sycee.doors.alipay.methods.changes import find
from sycee.doors.alipay.methods.fields import Fields
from sycee.doors.alipay.methods.words import STATUS, moment, money


def trade(request: Request) -> dict[str, Any]:
    """alipay.trade.query: where an order stands."""
    order = find(request, Fields(request.content))
    with request.database.read() as tx:
        found = trades.read(tx, order.trade_id)
    buyer = users.number(request.database, found.buyer)
    paid = money(found.paid_minor)
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "buyer_logon_id": users.masked(buyer),
        "buyer_user_id": buyer or None,
        "trade_status": STATUS[found.state],
        "total_amount": money(found.total_minor),
        "receipt_amount": paid,
        "buyer_pay_amount": paid,
        "invoice_amount": paid,
        "point_amount": "0.00",
        "send_pay_date": moment(found.paid_at),
        "passback_params": order.passback,
        "fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": paid}]
        if found.paid_minor
        else None,
    }


def refund(request: Request) -> dict[str, Any]:
    """alipay.trade.fastpay.refund.query: what came of a refund; nothing more if there is none."""
    fields = Fields(request.content)
    order = find(request, fields)
    number = fields.must_number("out_request_no")
    with request.database.read() as tx:
        total_minor = trades.read(tx, order.trade_id).total_minor
        row = trades.refund_by_number(tx, order.trade_id, number)
    if row is None:
        return {}
    return {
        "trade_no": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "out_request_no": number,
        "total_amount": money(total_minor),
        "refund_amount": money(row.amount_minor),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": moment(row.ended_at),
        "send_back_fee": money(row.amount_minor),
    }


def certificate(request: Request) -> dict[str, Any]:
    """alipay.open.app.alipaycert.download: the gateway's certificate, by its number."""
    keyring = request.gate.keyring
    if Fields(request.content).maybe("alipay_cert_sn", 64) != keyring.serial:
        raise public_fault("isv.alipay-cert-not-exist")
    text = certificates.pem(keyring.certificate).encode()
    return {"alipay_cert_content": base64.b64encode(text).decode()}
