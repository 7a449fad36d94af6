"""What the house owes, and what its books say is at the bank to pay it with, in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Set
from uuid import UUID

from sycee.core.ledger.chart import BY_NUMBER, CHART, Class
from sycee.core.ledger.store import trial as store
from sycee.runtime.db import Tx

_NUMBERS = [line.number for line in BY_NUMBER.values() if line.cls is Class.LIABILITY]


def totals(tx: Tx) -> list[tuple[str, int]]:
    """Each currency and what is owed in it by the books, in minor units."""
    owed: dict[str, int] = {}
    for number, currency, _, debits, credits in store.sums(tx):
        if number in _NUMBERS:
            owed[currency] = owed.get(currency, 0) + credits - debits
    return sorted(owed.items())


def lacks(tx: Tx, done: Set[str]) -> bool:
    """Whether a currency lacks its day's word on what is owed, which those of `done` have had.

    Asked each minute, so by the few accounts that money comes in through, not by all that it is
    owed on: a currency that never was at the bank has its first word the next day.
    """
    if not done:
        return bool(totals(tx))
    return not store.currencies(tx, CHART["bank"].number) <= done


def balances(tx: Tx, currency: str) -> Iterator[tuple[UUID, int]]:
    """Every account that something may be owed on, with its balance in minor units.

    Read by a cursor of the transaction, so that a million accounts do not stand in memory at once.
    """
    return store.balances(tx, _NUMBERS, currency)


def customers(tx: Tx, currency: str) -> int:
    """How many accounts customers have; pots and the house's own accounts are none."""
    return store.owned(tx, _NUMBERS, currency)


def bank_movements(tx: Tx, currency: str) -> dict[UUID, int]:
    """What the books say of the bank: net minor units by the id of the bank's line.

    Money in is positive. What was booked without a line stands under its own transfer's id.
    """
    found: dict[UUID, int] = {}
    for line, minor in store.movements(tx, CHART["bank"].number, currency):
        found[line] = found.get(line, 0) + minor
    return found
