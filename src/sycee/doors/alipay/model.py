"""What the door remembers: apps, a shop's orders, and the refusals that only this protocol has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.webhooks.model import DeliveryState
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

CURRENCY = "CNY"
USER_PREFIX = "2088"
NO_TRADE = UUID(int=0)
"""In the place of a trade's id: the order was cancelled before it was made."""


class App(msgspec.Struct, frozen=True):
    """A shop's app: whose it is and how its requests are checked."""

    app_id: str
    party: UUID
    public_key: str
    cert_sn: str | None
    sign_types: list[str]
    zones: list[str]
    demo_buyer: UUID | None = None


class OwnApp(msgspec.Struct, frozen=True):
    """An app as its shop sees it."""

    app_id: str
    public_key: str
    cert_sn: str | None
    created_at: datetime
    disabled_at: datetime | None


class Order(msgspec.Struct, frozen=True):
    """What a shop calls a trade, and where it wants to be told of it."""

    app_id: str
    out_trade_no: str
    trade_id: UUID
    method: str
    total_minor: int
    currency: str
    charset: str
    sign_type: str
    pay_token: str
    notify_url: str | None
    return_url: str | None
    passback: str | None
    created_at: datetime

    @property
    def trade_no(self) -> str:
        """The trade's public id, the same that `/v1` shows."""
        return public("trd", self.trade_id)

    @property
    def barred(self) -> bool:
        """Whether there is no trade and will be none: only the number is taken."""
        return self.trade_id == NO_TRADE


class RequestRow(msgspec.Struct, frozen=True):
    """What was done to a trade under a shop's number; `digest` is of what was asked."""

    trade_id: UUID
    sort: str
    out_request_no: str
    amount_minor: int
    digest: bytes
    done_at: datetime


class TransferRow(msgspec.Struct, frozen=True):
    """A transfer under a shop's number."""

    out_biz_no: str
    transfer_id: UUID
    payee: UUID
    amount_minor: int
    paid_at: datetime


class Notice(msgspec.Struct, frozen=True):
    """One change of a trade that the shop is told of."""

    id: UUID
    app_id: str
    out_trade_no: str
    trade_status: str
    refund: dict[str, int | str] | None
    event_at: datetime
    attempts: int = 0
    tried_at: datetime | None = None
    last_answer: str | None = None
    accepted_at: datetime | None = None
    state: str = DeliveryState.WAITING


def user_number(party: UUID, attempt: int = 0) -> str:
    """The 2088… number of a party: 16 digits; `attempt` counts collisions with other parties."""
    digest = sha256(f"sycee.alipay.user|{party}|{attempt}".encode()).digest()
    return f"{USER_PREFIX}{int.from_bytes(digest[:8]) % 10**12:012d}"


class AlipayRefusal(Refusal):
    """The gateway's own rules said no."""


@dataclass(unsafe_hash=True)
class OrderDiffers(AlipayRefusal):
    """The shop's order number was used before for another order.

    Repeating a request with the same `out_trade_no` must repeat the amount too. Use a new number
    for a new order.
    """

    code = "alipay-order-differs"
    kind = Kind.CONFLICT
    out_trade_no: str
    total_minor: int


@dataclass(unsafe_hash=True)
class OrderMissing(AlipayRefusal):
    """This app has no such order."""

    code = "alipay-order-missing"
    kind = Kind.NOT_FOUND
    number: str


@dataclass(unsafe_hash=True)
class RequestDiffers(AlipayRefusal):
    """The shop's request number was used before with other contents.

    Repeating a refund, settlement or transfer under one number must repeat it exactly.
    """

    code = "alipay-request-differs"
    kind = Kind.CONFLICT
    number: str
    amount_minor: int


@dataclass(unsafe_hash=True)
class CancelNotAllowed(AlipayRefusal):
    """The trade is past cancelling.

    A trade whose money has gone to the seller is refunded instead.
    """

    code = "alipay-cancel-not-allowed"
    kind = Kind.CONFLICT
    trade: str
    state: str
