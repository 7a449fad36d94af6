"""What is promised and not settled yet: it is in a pot, or reserved on somebody's account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.ledger.chart import BY_NUMBER, CHART, CODE_NAMES, CODES, POTS
from sycee.core.ledger.store import promised as store
from sycee.runtime.db import Tx


class Promised(msgspec.Struct, frozen=True):
    """One pot or reservation: what it is for, and what is in it in minor units."""

    subject: UUID
    what: str
    currency: str
    amount_minor: int
    since: datetime


def standing(
    tx: Tx, limit: int, belongs: Callable[[str], bool] = lambda what: True
) -> list[Promised]:
    """The oldest `limit` pots that hold something, then as many reservations.

    `what` begins with the product's word: `escrow`, `envelope`, or a transfer code; those that do
    not belong take nobody's place.
    """
    numbers = [CHART[name].number for name in sorted(POTS) if belongs(name)]
    codes = [number for name, number in CODES.items() if belongs(name)]
    pots = [
        Promised(id_, BY_NUMBER[number].name, currency, minor, since)
        for id_, number, currency, minor, since in store.pots(tx, numbers, limit)
    ]
    holds = [
        Promised(id_, CODE_NAMES.get(number, str(number)), currency, minor, since)
        for id_, number, currency, minor, since in store.holds(tx, codes, limit)
    ]
    return pots + holds
