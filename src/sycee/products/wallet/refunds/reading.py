"""Refunds as the two sides of a payment see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet import model as transfers
from sycee.products.wallet import store as rows
from sycee.products.wallet.refunds import store
from sycee.products.wallet.refunds.model import Reason
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing


class RefundView(msgspec.Struct, frozen=True):
    """A refund; `device` is where it was given, shown to the payee alone."""

    id: str
    transfer: str
    amount_minor: int
    tip_minor: int
    currency: str
    reason: Reason
    device: str | None
    made_at: datetime


def refunds(tx: Tx, party: UUID, transfer: UUID) -> Listing[RefundView]:
    """All refunds of a payment that a party made or got, oldest first; raises `NotFound`."""
    row = rows.find(tx, party, transfer)
    if row is None:
        raise NotFound(noun="transfer", id=public(transfers.NOUN, transfer))
    found = [
        RefundView(
            id=each.public,
            transfer=public(transfers.NOUN, each.transfer),
            amount_minor=each.amount_minor,
            tip_minor=each.tip_minor,
            currency=each.currency,
            reason=each.reason,
            device=public("dev", each.device) if each.device and party == each.payee else None,
            made_at=each.made_at,
        )
        for each in store.of_transfer(tx, row.payer, transfer)
    ]
    return Listing(found, has_more=False, next=None)
