"""Where the money is: one row a step, one column a place, and what moved since the last row."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from sycee.kit.money import format_major

CURRENCY = "CNY"


class Drawing:
    """Draws the places' balances after each step; green is what came, red what went."""

    def __init__(self, console: Console, places: tuple[str, ...]) -> None:
        self._console = console
        self._places = places
        self._before: Mapping[str, int] = {}
        self._steps = 0

    def chapter(self, title: str) -> None:
        """A new story begins; what moved before it is no longer news."""
        self._console.print()
        self._console.rule(Text(title, style="bold"), align="left")
        self._before = {}
        self._steps = 0

    def step(self, sentence: str, balances: Mapping[str, int]) -> None:
        """Say what happened, then draw every place with its balance and its change."""
        self._steps += 1
        self._console.print()
        self._console.print(Text.assemble((f"{self._steps}. ", "bold"), sentence))
        table = Table.grid(padding=(0, 3))
        for _ in self._places:  # a terminal of eighty columns holds them all
            table.add_column(justify="right", min_width=14 if len(self._places) < 5 else 11)
        table.add_row(*(Text(place, style="dim") for place in self._places))
        table.add_row(*(self._amount(place, balances[place]) for place in self._places))
        self._console.print(Group(table))
        self._before = dict(balances)

    def _amount(self, place: str, amount_minor: int) -> Text:
        text = Text(_decimal(amount_minor), style="bold")
        change = amount_minor - self._before.get(place, amount_minor)
        if change:
            sign, colour = ("+", "green") if change > 0 else ("−", "red")
            text.append(f"\n{sign}{_decimal(abs(change))}", style=colour)
        return text


def _decimal(amount_minor: int) -> str:
    whole, _, cents = format_major(amount_minor, CURRENCY).partition(".")
    return f"{int(whole):,}.{cents}"
