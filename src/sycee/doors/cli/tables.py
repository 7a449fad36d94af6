"""Tables at the terminal: what is there to be copied is never cut short."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

_WIDEST = 10_000
_BETWEEN = 2
"""Cells from one column to the next."""


def show(table: Table) -> None:
    """Print a table: wider than the terminal, if it must be, with ids and amounts in full.

    Columns that wrap do so as the terminal wants; those that do not keep all that they hold.
    """
    Console(width=max(Console().width, _least(table))).print(table)


def _least(table: Table) -> int:
    wide = Console(width=_WIDEST)
    cells = 0
    for column in table.columns:
        every = (column.header, *column.cells)
        sizes = [Measurement.get(wide, wide.options, each) for each in every]
        cells += max(each.maximum if column.no_wrap else each.minimum for each in sizes)
    return cells + _BETWEEN * len(table.columns)
