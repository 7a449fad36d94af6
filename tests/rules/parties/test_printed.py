"""An export on paper says what the document says."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from datetime import UTC, datetime

import msgspec
import pytest

from sycee.core.parties.model import Kind, Status
from sycee.core.parties.personal import printed
from sycee.core.parties.personal.exporting import FORMAT, ExportView
from sycee.core.parties.views import PartyView
from sycee.runtime import leaflet
from sycee.runtime.paper import LEFT, RIGHT

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARTY = PartyView(
    "par_1", Kind.PERSON, "Ada", "ada", "CN", "Asia/Shanghai", "standard", Status.ACTIVE, [], NOON
)


def sheets(content: bytes) -> list[bytes]:
    """The drawing of each sheet."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.S)
    return [zlib.decompress(a85decode(each.strip(), adobe=False)) for each in _bare(streams)]


def _bare(streams: list[bytes]) -> list[bytes]:
    return [each.strip().removesuffix(b"~>") for each in streams]


def test_every_row_is_on_a_sheet_and_long_ones_are_broken():
    rows = [{"memo": f"row {number} " + "word " * 60} for number in range(80)]
    export = ExportView(
        FORMAT, NOON, PARTY, {"name": "Ada King"}, [], [], [], [], {"memos": rows}, ["memos"]
    )
    content = printed.write(export)
    drawn = b"".join(sheets(content))
    assert b"Ada King" in drawn
    assert b"Memos \\(80\\)" in drawn
    for number in range(80):
        assert f"row {number} ".encode() in drawn
    assert len(sheets(content)) > 4
    assert printed.write(export) == content, "the same export is the same file"


def test_of_a_long_life_paper_holds_the_newest_and_says_so():
    export = ExportView(FORMAT, NOON, PARTY, {}, [], [], [], [], {"memos": []}, ["memos"])
    said = b"These are the newest; the JSON export holds what came before."
    assert said in b"".join(sheets(printed.write(export)))
    whole = msgspec.structs.replace(export, cut=[])
    assert said not in b"".join(sheets(printed.write(whole)))


@pytest.mark.parametrize(("letter", "points"), [("茶", 8), ("W", 7.55), ("i", 1.77)])
def test_a_long_text_is_broken_where_a_line_is_full_and_nothing_of_it_is_cut(
    letter: str, points: float
):
    lines = [line.lstrip("· ") for line in leaflet.wrapped(letter * 1_000)]
    assert "".join(lines) == letter * 1_000
    assert all(points * len(line) < RIGHT - LEFT for line in lines)
    assert all(points * len(line) > 0.95 * (RIGHT - LEFT) for line in lines[:-1])


def test_a_line_ends_where_a_word_does():
    lines = [line.lstrip("· ") for line in leaflet.wrapped("Ein Wort 茶 " * 60)]
    assert {line[:3] for line in lines} <= {"Ein", "Wor", "茶 E"}
