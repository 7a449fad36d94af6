"""What a batch names, before anything is read: ids, groups, accounts and net effects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from sycee.core.ledger.model import (
    ID_WINDOW_SECONDS,
    SUM_MAX,
    Capture,
    Expire,
    Extend,
    Hold,
    HoldState,
    Item,
    Release,
    Reversal,
    Row,
    Sweep,
    Transfer,
    amount_ok,
)
from sycee.kit.money import MAX_MINOR

_SHAPE_MASK = 0xF << 14 | 0x3  # version and variant, after dropping the 62 random bits
_SHAPE = 0x7 << 14 | 0x2
_HOLD_STEPS = (Capture, Release, Extend, Expire)
_REFERRING = {Reversal, *_HOLD_STEPS}


class Span(NamedTuple):
    """Items `start` to `end` (exclusive) stand together; `group` None = each for itself."""

    start: int
    end: int
    group: int | None
    broken: bool


class References(NamedTuple):
    """Ids of holds and of transfers that the batch refers to."""

    holds: set[int]
    transfers: set[int]


def references(items: Sequence[Item]) -> References:
    """What must be looked up before the accounts can be named."""
    found = References(set(), set())
    if not set(map(type, items)) & _REFERRING:
        return found
    for item in items:
        if isinstance(item, _HOLD_STEPS):
            found.holds.add(item.hold.int)
        elif type(item) is Reversal:
            found.transfers.add(item.reverses.int)
    return found


def spans(groups: Sequence[int | None]) -> list[Span]:
    """The batch cut into link groups and loose stretches, in order.

    A group that appears in two places is broken in both.
    """
    found, place = [], 0
    times: dict[int, int] = {}
    for group, run in groupby(groups):
        length = sum(1 for _ in run)
        found.append(Span(place, place + length, group, False))
        place += length
        if group is not None:
            times[group] = times.get(group, 0) + 1
    return [
        span if span.group is None else span._replace(broken=times[span.group] > 1)
        for span in found
    ]


def unfit_ids(ids: Sequence[int], now_us: int) -> set[int]:
    """Places of ids that are not version 7 or not made within a day of `now_us`."""
    millis = now_us // 1000
    low = max(millis - ID_WINDOW_SECONDS * 1000, 0) << 80
    high = (millis + ID_WINDOW_SECONDS * 1000 + 1) << 80
    mask, shape = _SHAPE_MASK, _SHAPE
    return {k for k, id in enumerate(ids) if not low <= id < high or (id >> 62) & mask != shape}


class Effects:
    """The accounts that a batch touches, and what it adds to each if nothing is refused.

    Sweeps, reversals and steps of holds add nothing here: their amount is known only under the
    locks. So does everything, if a sum could pass 2^62: then the rules decide from zero.
    """

    def __init__(self) -> None:
        self.debits: dict[int, int] = {}
        self.credits: dict[int, int] = {}
        self.debits_pending: dict[int, int] = {}
        self.credits_pending: dict[int, int] = {}
        self.others: set[int] = set()
        self.exact = True  # whether items without a reference are counted

    def accounts(self) -> set[int]:
        """Every account named."""
        named = self.debits.keys() | self.credits.keys()
        if self.debits_pending or self.credits_pending:
            named |= self.debits_pending.keys() | self.credits_pending.keys()
        if self.others:
            named |= self.others
        return named

    def bounded(self) -> Effects:
        """Itself, or only the names when a sum could overflow."""
        for sums in (self.debits, self.credits, self.debits_pending, self.credits_pending):
            if sums and max(sums.values()) > SUM_MAX:
                names = Effects()
                names.others = self.accounts()
                names.exact = False
                return names
        return self


def effects(
    items: Sequence[Item], holds: dict[int, HoldState], transfers: dict[int, Row]
) -> Effects:
    """The net effect of a batch, in one pass; `holds` and `transfers` are those it refers to."""
    found = Effects()
    debits, credits = found.debits, found.credits
    debited, credited = debits.get, credits.get
    for item in items:
        if type(item) is not Transfer:
            _add_other(found, item, holds, transfers)
            continue
        amount = item.amount_minor
        debit, credit = item.debit.int, item.credit.int
        if type(amount) is not int or not 0 < amount <= MAX_MINOR:
            found.others.add(debit)
            found.others.add(credit)
            continue
        debits[debit] = debited(debit, 0) + amount
        credits[credit] = credited(credit, 0) + amount
    return found.bounded()


def _add_other(
    found: Effects, item: Item, holds: dict[int, HoldState], transfers: dict[int, Row]
) -> None:
    if isinstance(item, Hold) and amount_ok(item.amount_minor):
        sums, amount = found.debits_pending, item.amount_minor
        sums[item.debit.int] = sums.get(item.debit.int, 0) + amount
        if item.credit is not None:
            sums = found.credits_pending
            sums[item.credit.int] = sums.get(item.credit.int, 0) + amount
        return
    found.others.update(legs(item, holds, transfers))


def legs(item: Item, holds: dict[int, HoldState], transfers: dict[int, Row]) -> set[int]:
    """The accounts that an item names, itself or through what it refers to.

    What it refers to inside its own batch is not known yet, and named by that other item.
    """
    named: set[int] = set()
    if isinstance(item, Transfer | Sweep):
        named.update((item.debit.int, item.credit.int))
    elif isinstance(item, Hold):
        named.add(item.debit.int)
        if item.credit is not None:
            named.add(item.credit.int)
    elif isinstance(item, Reversal):
        row = transfers.get(item.reverses.int)
        if row is not None and row.credit is not None:
            named.update((row.debit, row.credit))
    else:
        hold = holds.get(item.hold.int)
        if hold is not None:
            named.add(hold.debit)
            if hold.credit is not None:
                named.add(hold.credit)
        if isinstance(item, Capture):
            named.add(item.credit.int)
    return named
