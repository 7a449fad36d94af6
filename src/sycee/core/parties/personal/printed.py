"""An export on paper: its rows, a heading a kind. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sycee.core.parties.personal.exporting import ExportView
from sycee.runtime import leaflet
from sycee.runtime.leaflet import Line

ROWS_MAX = 1_000
"""The most rows of one kind on paper, some fifty sheets of them."""


def write(export: ExportView) -> bytes:
    """The file: every row of the export, its members one after the other, in lines that fit."""
    return leaflet.write(f"Everything that is kept of {export.party.id}", _lines(export))


def _lines(export: ExportView) -> Iterator[Line]:
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
        if name in export.cut:
            yield "These are the newest; the JSON export holds what came before.", False
        for row in rows:
            for line in leaflet.wrapped(leaflet.told(row)):
                yield line, False
