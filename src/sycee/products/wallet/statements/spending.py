"""What a month came to, heading by heading."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger import activity
from sycee.core.parties import parties
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.products.wallet.people.categories.model import Category
from sycee.products.wallet.statements import sorting
from sycee.runtime.db import Tx

FIRST_YEAR, LAST_YEAR = 1970, 9000


class CategoryTotal(msgspec.Struct, frozen=True):
    """What went out and came in under a heading, in minor units, and how many movements it was."""

    category: Category
    out_minor: int
    in_minor: int
    count: int


class Spending(msgspec.Struct, frozen=True):
    """A month of one account. The headings with most going out come first.

    `out_minor` and `in_minor` are the sums of all of them: nothing is left out, so that opening
    balance + in - out is the closing one.
    """

    account: str
    currency: str
    zone: str
    month: str
    out_minor: int
    in_minor: int
    categories: list[CategoryTotal]


def month(tx: Tx, party: UUID, account: UUID, named: str | None) -> Spending:
    """The totals of a month (`2026-11`) where the party is; left out, of this one.

    Raises `NotFound` for an account of someone else, `Invalid` for a month that is none.
    """
    if account not in {each.account for each in parties.accounts_of(tx, party)}:
        raise NotFound(noun="account", id=public("acc", account))
    zone = parties.get(tx, party).zone
    currency = ledger.read(tx, [account])[account].currency
    first = _first(named, tx.now.astimezone(ZoneInfo(zone)).date())
    sums = activity.by_counterparty(
        tx,
        account,
        *_bounds(first, ZoneInfo(zone)),
        apart=sorting.accounts_chosen(tx, party, currency),
        by_each=sorting.BY_WHOM,
    )
    known = sorting.others(tx, party, {other for other, *_ in sums if other is not None})
    totals: dict[Category, list[int]] = defaultdict(lambda: [0, 0, 0])
    for other, code, came_in, count, amount in sums:
        total = totals[known.category(other, code, came_in)]
        total[int(came_in)] += amount
        total[2] += count
    views = [CategoryTotal(category, *total) for category, total in totals.items()]
    return Spending(
        account=public("acc", account),
        currency=currency,
        zone=zone,
        month=f"{first:%Y-%m}",
        out_minor=sum(each.out_minor for each in views),
        in_minor=sum(each.in_minor for each in views),
        categories=sorted(views, key=lambda each: (-each.out_minor, -each.in_minor)),
    )


def _first(named: str | None, today: date) -> date:
    if named is None:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{named}-01")
    except ValueError:
        raise Invalid(field="month", rule="must be a month, such as 2026-11") from None
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise Invalid(field="month", rule=f"must be from {FIRST_YEAR} to {LAST_YEAR}")
    return first


def _bounds(first: date, place: ZoneInfo) -> tuple[datetime, datetime]:
    """The times that a month begins and ends at."""
    next_ = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return datetime.combine(first, time(), place), datetime.combine(next_, time(), place)
