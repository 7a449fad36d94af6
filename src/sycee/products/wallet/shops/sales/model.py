"""A day's totals, added up from what moved on the shop's account by code. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from sycee.kit.errors import Invalid

SOLD = frozenset({"wallet.pay", "wallet.transfer", "escrow.release", "escrow.split"})
"""The codes by which a price comes in."""

TIP = "wallet.tip"
BACK = frozenset({"wallet.refund", "escrow.reclaim"})
"""The codes by which money goes back."""

FEES = "fees"
"""The account of the house that fees go to."""


class Moved(msgspec.Struct, frozen=True):
    """What moved in one hour by one code; `other` is the kind of account on the other side."""

    hour: datetime
    code: str
    incoming: bool
    other: str
    count: int
    amount_minor: int


class SaleSums(msgspec.Struct):
    """Sales by number and amount. `gross_minor` is all that was taken, tips among it; `net_minor`
    what stays after refunds and fees."""

    sales: int = 0
    gross_minor: int = 0
    tip_minor: int = 0
    refunds: int = 0
    refund_minor: int = 0
    fee_minor: int = 0
    net_minor: int = 0


def add(sums: SaleSums, moved: Moved) -> None:
    """Count what moved; what is no part of a sale, such as a payout, is left out."""
    amount = moved.amount_minor
    if moved.incoming and moved.code in SOLD:
        sums.sales += moved.count
        sums.gross_minor += amount
        sums.net_minor += amount
    elif moved.incoming and moved.code == TIP:
        sums.gross_minor += amount
        sums.tip_minor += amount
        sums.net_minor += amount
    elif not moved.incoming and moved.code in BACK:
        sums.refunds += moved.count
        sums.refund_minor += amount
        sums.net_minor -= amount
    elif not moved.incoming and moved.other == FEES:
        sums.fee_minor += amount
        sums.net_minor -= amount


def by_hour(rows: Iterable[Moved]) -> list[tuple[datetime, SaleSums]]:
    """The sums of each hour in which a sale, a refund or a fee moved, in order."""
    hours: dict[datetime, SaleSums] = {}
    for moved in rows:
        add(hours.setdefault(moved.hour, SaleSums()), moved)
    return [(hour, sums) for hour, sums in sorted(hours.items()) if sums != SaleSums()]


def day(on: date, zone: str) -> tuple[datetime, datetime]:
    """A day of a zone, from its midnight to the next: 23 to 25 hours. Refuses `Invalid`."""
    if not 1970 <= on.year <= 9000:
        raise Invalid(field="on", rule="must be from 1970 to 9000")
    place = ZoneInfo(zone)
    return (
        datetime.combine(on, time(), place),
        datetime.combine(on + timedelta(days=1), time(), place),
    )
