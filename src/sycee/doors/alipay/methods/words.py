"""Amounts, moments and states as the protocol writes them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sycee.doors.alipay.model import CURRENCY
from sycee.kit.money import format_major
from sycee.products.escrow.model.trade import State

BEIJING = ZoneInfo("Asia/Shanghai")

STATUS = {
    State.WAIT_BUYER_PAY: "WAIT_BUYER_PAY",
    State.WAIT_SELLER_SHIP: "TRADE_SUCCESS",
    State.WAIT_BUYER_CONFIRM: "TRADE_SUCCESS",
    State.FINISHED: "TRADE_FINISHED",
    State.CLOSED: "TRADE_CLOSED",
}
"""A trade's state in the protocol's words."""


def money(amount_minor: int) -> str:
    """Minor units as decimal yuan."""
    return format_major(amount_minor, CURRENCY)


def moment(at: datetime | None) -> str | None:
    """An instant as Beijing's wall clock shows it."""
    return None if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
