"""A leaflet: headings and paragraphs on as many sheets as they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sycee.runtime.paper import BOTTOM, LEFT, RIGHT, TOP, Paper, fitting

_STEP = 12
_SIZE = 8
_ROOM = RIGHT - LEFT

Line = tuple[str, bool]
"""A line of text, and whether it is a heading."""


def write(title: str, lines: Iterable[Line]) -> bytes:
    """The file: lines one below the other, cut where they are too long; `wrapped` breaks them."""
    paper = Paper(title)
    y = TOP
    for text, heading in lines:
        if y < BOTTOM + (3 * _STEP if heading else 0):
            paper.turn()
            y = TOP
        paper.text(LEFT, y, text, size=12 if heading else _SIZE, bold=heading, room=_ROOM)
        y -= 2 * _STEP if heading else _STEP
    return paper.done()


def told(value: Any) -> str:
    """A row as `name: value` after `name: value`; what is empty is left out."""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name}: {told(each)}" for name, each in value.items() if each not in (None, [], {})
        )
    if isinstance(value, list):
        return ", ".join(told(each) for each in value)
    return str(value)


def wrapped(text: str) -> Iterator[str]:
    """Lines of at most a sheet's width, broken at a space where there is one."""
    lead = "· "
    while (most := fitting(lead + text, _SIZE, _ROOM) - len(lead)) < len(text):
        cut = text.rfind(" ", most // 2, most + 1)
        cut = most if cut < 0 else cut
        yield lead + text[:cut]
        text, lead = text[cut:].lstrip(), "   "
    yield lead + text
