"""An export on paper: the same rows as the document, a heading a kind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sycee.core.parties.personal.exporting import ExportView
from sycee.runtime.paper import BOTTOM, LEFT, RIGHT, TOP, Paper

_STEP = 12
_WIDE = 104
_ROOM = RIGHT - LEFT


def write(export: ExportView) -> bytes:
    """The file: every row of the export, its members one after the other, in lines that fit."""
    paper = Paper(f"Everything that is kept of {export.party.id}")
    y = TOP
    for text, heading in _lines(export):
        if y < BOTTOM + (3 * _STEP if heading else 0):
            paper.turn()
            y = TOP
        paper.text(LEFT, y, text, size=12 if heading else 8, bold=heading, room=_ROOM)
        y -= 2 * _STEP if heading else _STEP
    return paper.done()


def _lines(export: ExportView) -> Iterator[tuple[str, bool]]:
    """Lines of text, and whether each is a heading."""
    plain = msgspec.to_builtins(export)
    yield f"{export.party.display_name}, {export.party.id}", True
    yield f"Made at {export.made_at:%Y-%m-%d %H:%M:%S %Z}. The JSON export holds the same.", False
    parts: dict[str, Any] = {
        "you": [plain["party"]],
        "details": [plain["details"]],
        **{name: plain[name] for name in ("purposes", "consents", "accounts", "api_keys")},
        **plain["kept"],
    }
    for name, rows in parts.items():
        yield f"{name.replace('_', ' ').capitalize()} ({len(rows)})", True
        for row in rows:
            for line in _wrapped(_told(row)):
                yield line, False
    if export.cut:
        yield f"Cut to the newest rows: {', '.join(export.cut)}", False


def _told(value: Any) -> str:
    """A row as `name: value` after `name: value`; what is empty is left out."""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name}: {_told(each)}" for name, each in value.items() if each not in (None, [], {})
        )
    if isinstance(value, list):
        return ", ".join(_told(each) for each in value)
    return str(value)


def _wrapped(text: str) -> Iterator[str]:
    """Lines of at most `_WIDE` characters, broken at a space where there is one."""
    lead = "· "
    while len(text) > _WIDE:
        cut = text.rfind(" ", _WIDE // 2, _WIDE)
        cut = _WIDE if cut < 0 else cut
        yield lead + text[:cut]
        text, lead = text[cut:].lstrip(), "   "
    yield lead + text
