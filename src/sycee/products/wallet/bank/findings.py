"""Whether statements add up, and each closing balance is the next opening. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec


class Fault(StrEnum):
    """What is wrong with a statement."""

    GAP = "gap"
    UNBALANCED = "unbalanced"


class Kept(msgspec.Struct, frozen=True):
    """A statement as stored. `shared_minor`: the net of its lines that an earlier one shows too."""

    account: UUID
    id: UUID
    sequence: int
    opening_on: date
    closing_on: date
    opening_minor: int
    closing_minor: int
    net_minor: int
    shared_minor: int


class Finding(msgspec.Struct, frozen=True):
    """A statement that does not fit: `expected_minor` is the balance it should show."""

    fault: Fault
    account: UUID
    statement: UUID
    on: date
    expected_minor: int
    found_minor: int


def examine(rows: Sequence[Kept]) -> list[Finding]:
    """The faults of one account's statements, given in the order of their closing.

    `gap`: the opening is not the closing before it, less what both show (a statement is missing, or
    was changed). `unbalanced`: opening and lines do not make up the closing.
    """
    found: list[Finding] = []
    before: Kept | None = None
    for row in rows:
        if before is not None:
            expected = before.closing_minor - row.shared_minor
            if row.opening_minor != expected:
                found.append(_finding(Fault.GAP, row, row.opening_on, expected, row.opening_minor))
        total = row.opening_minor + row.net_minor
        if row.closing_minor != total:
            found.append(_finding(Fault.UNBALANCED, row, row.closing_on, total, row.closing_minor))
        before = row
    return found


def _finding(fault: Fault, row: Kept, on: date, expected: int, seen: int) -> Finding:
    return Finding(fault, row.account, row.id, on, expected, seen)
