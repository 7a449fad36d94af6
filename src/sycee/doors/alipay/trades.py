"""Escrow as this door uses it: the app's shop is the seller, everything is in CNY."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.doors.alipay.model import CURRENCY
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public
from sycee.products.escrow.actions import paying, repaying, trading
from sycee.products.escrow.actions.commands import (
    Create,
    Pay,
    RefundNow,
    Release,
    Ship,
    Split,
    Touch,
)
from sycee.products.escrow.model.payment import Draft, Royalty
from sycee.products.escrow.model.trade import Delivery, Line, Refund, RefundState, Trade
from sycee.products.escrow.store import records
from sycee.products.escrow.store import trades as store
from sycee.runtime.db import Tx

CHANNEL = "alipay"


def create(
    tx: Tx,
    seller: UUID,
    *,
    buyer: UUID | None,
    title: str,
    total_minor: int,
    out_ref: str,
    shipped: bool,
    royalties: Sequence[tuple[UUID, int]] = (),
    pay_seconds: int | None = None,
) -> UUID:
    """A trade of one line; its id."""
    draft = Draft(
        buyer=buyer,
        currency=CURRENCY,
        title=title,
        lines=(Line(seller, title, 1, total_minor),),
        royalties=tuple(Royalty(party, amount) for party, amount in royalties),
        delivery=Delivery.SHIP if shipped else Delivery.NONE,
        category="goods" if shipped else "direct",
        channel=CHANNEL,
        out_ref=out_ref,
    )
    made = trading.create(tx, Create(seller, draft, pay_seconds=pay_seconds))
    return parse("trd", made.id)


def read(tx: Tx, trade: UUID) -> Trade:
    """A trade as it stands."""
    found = store.read(tx, [trade])
    if not found:
        raise NotFound(noun="trade", id=public("trd", trade))
    return found[0]


def lock(tx: Tx, trade: UUID) -> Trade:
    """A trade, locked until the transaction ends."""
    found = store.lock(tx, trade)
    if found is None:
        raise NotFound(noun="trade", id=public("trd", trade))
    return found


def refund_by_number(tx: Tx, trade: UUID, number: str) -> Refund | None:
    """The refund that succeeded under the shop's own number, whichever door it came in by."""
    found = records.refund_by_ref(tx, trade, number)
    return found if found is not None and found.state is RefundState.SUCCESS else None


def refund_number(tx: Tx, trade: UUID, refund: str) -> str | None:
    """The shop's own number of one of a trade's refunds, None for one that the buyer asked for."""
    wanted = parse("rfd", refund)
    found = [row for row in records.refunds(tx, trade) if row.id == wanted]
    return found[0].request_ref if found else None


def pay(
    tx: Tx, seller: UUID, trade: UUID, code: str, key: bytes = b"", *, typed: bool = False
) -> None:
    """Pay with the buyer's pay code, which the shop has scanned or the buyer `typed`."""
    command = Pay(trade, seller, code=code, typed=typed or msgspec.UNSET)
    (outcome,) = paying.pay(tx, [command], tender_key=key)
    if isinstance(outcome, Refusal):
        raise outcome


def cancel(tx: Tx, seller: UUID, trade: UUID) -> None:
    """Close an unpaid trade."""
    trading.cancel(tx, Touch(trade, seller))


def refund(tx: Tx, seller: UUID, trade: UUID, amount_minor: int, number: str) -> bool:
    """Give money back at once, once under this number; false when it had been given before."""
    return not repaying.refund_now(tx, RefundNow(trade, seller, amount_minor, number)).existed


def ship(tx: Tx, seller: UUID, trade: UUID, carrier: str | None, tracking: str | None) -> None:
    """All goods are on their way."""
    trading.ship(tx, Ship(trade, seller, carrier=carrier, tracking_number=tracking))


def release(tx: Tx, seller: UUID, trade: UUID, amount_minor: int | None) -> None:
    """Settle a part, or all that is held."""
    trading.release(tx, Release(trade, seller, amount_minor=amount_minor))


def split(
    tx: Tx, seller: UUID, trade: UUID, payees: Sequence[tuple[UUID, int]], number: str
) -> None:
    """Pass parts of the shop's share on, once under this number."""
    trading.split(tx, Split(trade, seller, tuple(payees), number))
