"""Sheets of A4: text in runs of a font that has it, figures in columns.

Helvetica, whose figures are all of one width, writes what Windows-1252 has; the letters that it
lacks are embedded, those that are used alone (`han`). So a file stays small, looks alike wherever
it is opened, and its bytes depend on what it says alone: no time of making, no chance.
"""

from __future__ import annotations

import io
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from sycee.runtime import han

WIDTH, HEIGHT = 595, 842
"""A4 in points, to the whole point."""
LEFT, RIGHT, TOP, BOTTOM = 48, WIDTH - 48, HEIGHT - 56, 56
INK: Final = HexColor(0x1C1C1F)
QUIET: Final = HexColor(0x6B6B70)
_LATIN, _BOLD = "Helvetica", "Helvetica-Bold"
_LETTERS = frozenset(bytes(range(256)).decode("cp1252", "ignore"))
"""What those two write: Windows-1252."""

_Run = tuple[str, str]
"""A font, and the letters that it writes."""


def _runs(text: str, latin: str) -> list[_Run]:
    """The text in parts, each with the font that has its letters."""
    if _LETTERS.issuperset(text):
        return [(latin, text)] if text else []
    fonts = [(latin if char in _LETTERS else han.font_of(char), char) for char in text]
    return [
        (font, "".join(char for _, char in part))
        for font, part in groupby(fonts, key=itemgetter(0))
    ]


class Paper:
    """A file in the making; positions are in points from the lower left corner."""

    def __init__(self, title: str) -> None:
        self._file = io.BytesIO()
        self._canvas: Any = Canvas(
            self._file, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Sycee")

    def text(
        self,
        x: int,
        y: int,
        text: str,
        *,
        size: int = 9,
        bold: bool = False,
        quiet: bool = False,
        room: int | None = None,
    ) -> None:
        """A line of text that begins at `x`, cut with … where `room` is too little."""
        latin = _BOLD if bold else _LATIN
        runs = _runs(text, latin)
        if room is not None and _wide(runs, size) > room:
            runs = _runs(_cut(text, latin, size, room), latin)
        self._canvas.setFillColor(QUIET if quiet else INK)
        for font, part in runs:
            self._canvas.setFont(font, size)
            self._canvas.drawString(x, y, part)
            x += round(pdfmetrics.stringWidth(part, font, size))

    def figure(self, x: int, y: int, text: str, *, bold: bool = False) -> None:
        """A number that ends at `x`."""
        font = _BOLD if bold else _LATIN
        self._canvas.setFillColor(INK)
        self._canvas.setFont(font, 9)
        self._canvas.drawRightString(x, y, text)

    def rule(self, y: int) -> None:
        """A thin line across."""
        self._canvas.setStrokeColor(QUIET)
        self._canvas.line(LEFT, y, RIGHT, y)

    def turn(self) -> None:
        """Begin the next sheet."""
        self._canvas.showPage()

    def done(self) -> bytes:
        """The file."""
        self._canvas.save()
        return self._file.getvalue()


def fitting(text: str, size: int, room: int) -> int:
    """How many of its first letters fit side by side in a room, in points.

    No font is opened to know it: a letter that Helvetica lacks counts as square, as those of
    Chinese are.
    """
    widths, left = _widths(), room * 1000
    for place, char in enumerate(text):
        left -= widths.get(char, 1000) * size
        if left <= 0:
            return place
    return len(text)


@cache
def _widths() -> dict[str, int]:
    """Of each letter of Helvetica, in thousandths of its size."""
    return {char: round(pdfmetrics.stringWidth(char, _LATIN, 1000)) for char in _LETTERS}


def _wide(runs: list[_Run], size: int) -> float:
    """How wide it is, in points."""
    return sum(pdfmetrics.stringWidth(part, font, size) for font, part in runs)


def _cut(text: str, latin: str, size: int, room: int) -> str:
    """As much of it as there is room for, and … in the place of the rest."""
    while text and _wide(_runs(text + "…", latin), size) > room:
        text = text[:-1]
    return text + "…"
