"""Progress on a terminal: one line a step, with the seconds it took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text


class Progress:
    """Steps of a longer command, on standard error, so that output can be piped."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._began = time.monotonic()

    @contextlib.contextmanager
    def step(self, doing: str) -> Iterator[list[str]]:
        """Show `doing` while the block runs, then what it put into the list, or `doing` again."""
        began = time.monotonic()
        done: list[str] = []
        with self._console.status(doing) if self._console.is_terminal else contextlib.nullcontext():
            yield done
        took = time.monotonic() - began
        line = Text.assemble(("✓ ", "green"), " ".join(done) or doing, (f"  {took:.1f} s", "dim"))
        self._console.print(line)

    def say(self, sentence: str) -> None:
        self._console.print(Text(sentence))

    def rows(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A name and a value a line, never broken: values are there to be copied."""
        self._console.print()
        self._console.print(Text(title, style="bold"))
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            line = Text.assemble((f"  {name:<{width}}  ", "dim"), value)
            self._console.print(line, soft_wrap=True)

    @property
    def seconds(self) -> float:
        """Since this object was made."""
        return time.monotonic() - self._began
