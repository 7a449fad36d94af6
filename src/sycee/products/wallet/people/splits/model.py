"""A split bill: how it is divided, so that the parts sum to it exactly, and its states. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.kit.money import check_amount, split_by_weights, split_evenly

NOUN = "spl"
PARTS_MAX = 50
ITEMS_MAX = 100
WEIGHT_MAX = 10_000


class Rule(StrEnum):
    """How a bill is divided."""

    EQUAL = "equal"
    SHARES = "shares"
    EXACT = "exact"
    ITEMS = "items"


class State(StrEnum):
    """Open while shares wait; settled when all are paid; closed or cancelled by its owner."""

    OPEN = "open"
    SETTLED = "settled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Item(msgspec.Struct, frozen=True):
    """A line of the bill, and the places of those who had it; they share it evenly."""

    amount_minor: int
    places: tuple[int, ...]


class Bill(msgspec.Struct, frozen=True):
    """What is divided among `parts`: by weights, exact amounts or items, as the rule says."""

    rule: Rule
    total_minor: int
    parts: int
    weights: tuple[int, ...] = ()
    amounts: tuple[int, ...] = ()
    items: tuple[Item, ...] = ()
    tip_minor: int = 0


class Split(msgspec.Struct, frozen=True):
    """A split as stored; the shares of others are requests."""

    id: UUID
    owner: UUID
    total_minor: int
    own_minor: int
    currency: str
    rule: Rule
    memo: bool
    state: State
    created_at: datetime
    ended_at: datetime | None

    @property
    def public(self) -> str:
        return public(NOUN, self.id)


@dataclass(unsafe_hash=True)
class SplitNotOpen(Refusal):
    """The split is no longer open.

    `state` says what became of it.
    """

    code = "split-not-open"
    kind = Kind.CONFLICT
    split: str
    state: str


@dataclass(unsafe_hash=True)
class SplitPartlyPaid(Refusal):
    """Someone has paid a share already, so the split cannot be cancelled.

    Close it instead: what is not paid is no longer asked for, what was paid stays.
    """

    code = "split-partly-paid"
    kind = Kind.CONFLICT
    split: str


def divide(bill: Bill) -> list[int]:
    """The parts of a bill in order of the places; they sum to its total exactly.

    A part may be 0. `Invalid` when the rule's figures do not fit the total. Items that several had
    are shared evenly among them; the tip goes by what each had.
    """
    check_amount(bill.total_minor, "total_minor")
    if bill.rule is Rule.EQUAL:
        parts = split_evenly(bill.total_minor, bill.parts)
    elif bill.rule is Rule.SHARES:
        parts = split_by_weights(bill.total_minor, _weights(bill))
    elif bill.rule is Rule.EXACT:
        parts = list(bill.amounts)
        if len(parts) != bill.parts or sum(parts) != bill.total_minor:
            raise Invalid(field="amounts", rule="must have one for each part and sum to the total")
    else:
        parts = _by_items(bill)
    assert sum(parts) == bill.total_minor, "parts sum to the bill"
    return parts


def _weights(bill: Bill) -> tuple[int, ...]:
    weights = bill.weights
    if len(weights) != bill.parts or not any(weights):
        raise Invalid(field="shares", rule="must have one for each part, and one above 0")
    return weights


def _by_items(bill: Bill) -> list[int]:
    had = [0] * bill.parts
    for item in bill.items:
        if not item.places or not all(0 <= place < bill.parts for place in item.places):
            raise Invalid(field="items", rule="must name parts of the bill")
        if len(set(item.places)) < len(item.places):
            raise Invalid(field="items", rule="must name each part once")
        shares = split_evenly(item.amount_minor, len(item.places))
        for place, share in zip(item.places, shares, strict=True):
            had[place] += share
    if not any(had) or sum(had) + bill.tip_minor != bill.total_minor:
        raise Invalid(field="items", rule="must sum to the total, less the tip")
    tips = split_by_weights(bill.tip_minor, had)
    return [share + tip for share, tip in zip(had, tips, strict=True)]


def check_open(split: Split) -> None:
    """Raise `SplitNotOpen` unless it is open."""
    if split.state is not State.OPEN:
        raise SplitNotOpen(split=split.public, state=str(split.state))
