"""What has moved, by code: lately and in all, or by hour on one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sycee.core.ledger.chart import BY_NUMBER, CODE_NAMES, CODES
from sycee.core.ledger.store import reading as store
from sycee.kit.clock import micros
from sycee.runtime.db import Tx

Sum = tuple[str, str, int, int]
"""Code, currency, count, amount in minor units."""


def by_code(tx: Tx, since: datetime) -> list[Sum]:
    """Movements since a moment, by code and currency; an order of ids is an order of time."""
    rows = store.recent_by_code(tx, micros(since) // 1_000)
    return [
        (CODE_NAMES.get(number, str(number)), currency, count, amount)
        for number, currency, count, amount in rows
    ]


def by_hour(
    tx: Tx, account: UUID, since: datetime, until: datetime, zone: str
) -> list[tuple[datetime, str, bool, str, int, int]]:
    """What moved on an account in each hour of a zone with since ≤ posted_at < until.

    Rows of: the hour's begin, code, whether it came in, kind of the account on the other side,
    count (what was posted together counts once), amount in minor units.
    """
    return [
        (hour, CODE_NAMES.get(number, str(number)), incoming, BY_NUMBER[other].name, count, amount)
        for hour, number, incoming, other, count, amount in store.account_by_hour(
            tx, account, since, until, zone
        )
    ]


def payers(tx: Tx, since: datetime, most: int) -> Iterator[tuple[UUID, int]]:
    """Whoever has paid from an account of theirs since a moment, and how often, at most `most`."""
    return store.payers(tx, micros(since) // 1_000, most)


def by_counterparty(
    tx: Tx,
    account: UUID,
    since: datetime,
    until: datetime,
    *,
    apart: Sequence[UUID],
    by_each: Sequence[tuple[str, bool]],
) -> list[tuple[UUID | None, str, bool, int, int]]:
    """What moved on an account with since ≤ posted_at < until, by the account on the other side.

    Rows of: that account, code, whether it came in to a liability, count, amount in minor units.
    Only accounts that are `apart`, and codes asked for `by_each` with whether they came in, have
    rows of their own; of all others there is one row a code and direction, without the account.
    """
    pairs = [(CODES[code], incoming) for code, incoming in by_each]
    return [
        (other, CODE_NAMES.get(number, str(number)), incoming, count, amount)
        for other, number, incoming, count, amount in store.account_by_other(
            tx, account, since, until, apart, pairs
        )
    ]
