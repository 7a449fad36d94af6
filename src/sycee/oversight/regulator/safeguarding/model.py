"""A run as values: what is compared, what is a break, and the refusals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal

NOUN = "sgr"
BREAKS_MAX = 1_000
"""The most breaks that a run names; the sums count them all."""


class Sort(StrEnum):
    """What kind of break it is."""

    MISSING_AT_BANK = "missing-at-bank"
    MISSING_IN_BOOKS = "missing-in-books"
    AMOUNT_DIFFERS = "amount-differs"
    NEGATIVE_BALANCE = "negative-balance"


class Break(msgspec.Struct, frozen=True):
    """One difference: `amount_minor` is by how much the bank has less than the books say."""

    sort: Sort
    subject: UUID
    amount_minor: int


class Run(msgspec.Struct, frozen=True):
    """A reconciliation of one currency at one instant; amounts in minor units."""

    id: UUID
    day_on: date
    currency: str
    taken_at: datetime
    accounts: int
    requirement_minor: int
    books_minor: int
    bank_minor: int
    lines: int
    breaks: int
    digest: bytes

    @property
    def shortfall_minor(self) -> int:
        """What must be put in from own money, today: what the bank has less than is owed."""
        return max(self.requirement_minor - self.bank_minor, 0)

    @property
    def excess_minor(self) -> int:
        return max(self.bank_minor - self.requirement_minor, 0)


@dataclass(unsafe_hash=True)
class RunSigned(Refusal):
    """Two people have signed this run already, or you have.

    A run is signed by two different people, each once.
    """

    code = "safeguarding-run-signed"
    kind = Kind.CONFLICT
    run: str


def compare(books: Mapping[UUID, int], bank: Mapping[UUID, int]) -> list[Break]:
    """Books against statement by line; positive is money in. By amount, the largest first."""
    found: list[Break] = []
    for subject in books.keys() | bank.keys():
        ours, theirs = books.get(subject), bank.get(subject)
        if ours == theirs:
            continue
        sort = Sort.AMOUNT_DIFFERS
        if theirs is None:
            sort = Sort.MISSING_AT_BANK
        elif ours is None:
            sort = Sort.MISSING_IN_BOOKS
        found.append(Break(sort, subject, (ours or 0) - (theirs or 0)))
    return ordered(found)


def ordered(breaks: Iterable[Break]) -> list[Break]:
    """The largest first, and then always in the same order."""
    return sorted(breaks, key=lambda one: (-abs(one.amount_minor), one.sort, one.subject))
