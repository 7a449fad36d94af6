"""Paper carries the letters that are on it: whoever opens the file sees them, fonts or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sycee.doors.web.static import STATIC
from sycee.runtime import han
from sycee.runtime.paper import LEFT, TOP, Paper


@pytest.fixture
def shipped() -> None:
    """The letters of the web app that was built here."""
    han.use(STATIC / "assets")


def printed(*texts: str) -> bytes:
    paper = Paper("Statement")
    for place, text in enumerate(texts):
        paper.text(LEFT, TOP - 20 * place, text)
    return paper.done()


@pytest.mark.usefixtures("shipped")
def test_chinese_letters_are_embedded():
    file = printed("茶馆 Grüße 陈小明", "Müller & Söhne")
    assert b"NotoSansSC" in file
    assert file.count(b"/FontFile2") >= 1
    assert b"STSong" not in file
    assert len(file) < 60_000, "only the letters that are used"
    assert printed("茶馆 Grüße 陈小明", "Müller & Söhne") == file


@pytest.mark.usefixtures("shipped")
def test_latin_letters_need_no_font_of_ours():
    assert b"FontFile" not in printed("Ann Müller", "12,00 €")


def test_without_the_web_app_the_readers_own_font_stands_in(tmp_path: Path):
    han.use(tmp_path)
    file = printed("茶馆")
    assert b"STSong-Light" in file
    han.use(STATIC / "assets")


@pytest.mark.usefixtures("shipped")
def test_a_letter_that_no_font_has_does_no_harm():
    assert printed("\U0001f375 \ue000 x")[:5] == b"%PDF-"
