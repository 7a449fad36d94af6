"""Which movements are wanted. Pure."""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum

import msgspec

from sycee.kit.errors import Invalid
from sycee.kit.money import format_major
from sycee.products.wallet.people.categories.model import Category
from sycee.products.wallet.statements.sorting import MovementView

LOOKED_MAX = 5_000
"""The most movements that one call looks at."""

LOOKED_MAX_MEMOS = 2_000
"""The same where memos are opened: each chunk of them is a row in the journal."""


class Direction(StrEnum):
    """Whether money came in or went out."""

    IN = "in"
    OUT = "out"


class Wanted(msgspec.Struct, frozen=True):
    """What a movement must be; None and an empty list = anything. The days are whole ones.

    `text` stands in the name or the handle of the other side, in the amount, with `nicknames` in
    one's own name for the other side, or with `memos` in what was written with the movement.
    """

    text: str | None = None
    nicknames: bool = False
    memos: bool = False
    from_on: date | None = None
    to_on: date | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    direction: Direction | None = None
    categories: tuple[Category, ...] = ()

    def check(self) -> None:
        """Raises `Invalid` for bounds that leave nothing."""
        if self.from_on and self.to_on and self.to_on < self.from_on:
            raise Invalid(field="to_on", rule="must not be before from_on")
        if None not in (self.least_minor, self.most_minor) and (
            (self.most_minor or 0) < (self.least_minor or 0)
        ):
            raise Invalid(field="most_minor", rule="must not be below least_minor")

    @property
    def looked_max(self) -> int:
        """How many movements one call may look at."""
        return LOOKED_MAX_MEMOS if self.text and self.memos else LOOKED_MAX


def plain(text: str) -> str:
    """A text as it is compared: letters of any width and size are the same."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def bounded(wanted: Wanted, row: MovementView) -> bool:
    """Whether a movement is wanted by all but its text."""
    size = abs(row.amount_minor)
    if wanted.least_minor is not None and size < wanted.least_minor:
        return False
    if wanted.most_minor is not None and size > wanted.most_minor:
        return False
    if wanted.direction is not None and (row.amount_minor > 0) is not (
        wanted.direction is Direction.IN
    ):
        return False
    return not wanted.categories or row.category in wanted.categories


def named(wanted: str, row: MovementView) -> bool:
    """Whether the other side or the amount has a text, which is `plain`."""
    if any(wanted in plain(text) for text in (row.name, row.handle, row.nickname) if text):
        return True
    if row.handle and wanted == f"@{plain(row.handle)}":
        return True
    amount = format_major(abs(row.amount_minor), row.currency)
    return wanted[:1].isdigit() and amount.startswith(wanted.replace(",", "."))
