"""Letters that Windows-1252 lacks, from the font that the web app ships, for paper.

Noto Sans SC (SIL Open Font License 1.1, which lets a document carry it) comes as some hundred
files, each with a part of the letters. A file is opened when a letter of it is first needed, set to
the regular weight, and embedded by the letters that a document uses. Where the web app was not
built, STSong-Light stands in: a name alone, which readers bring along, or do not.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

_PATTERN = "noto-sans-sc-*.woff2"
_INSTEAD = "STSong-Light"
_REGULAR = 400
_NEEDLESS = ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "MVAR", "STAT", "VORG", "VVAR", "vhea", "vmtx")
"""Tables that no line of a sheet needs; setting them to a weight is a fifth of the work."""
_POSTSCRIPT, _FULL = 6, 4
_lock = Lock()
_folder: Path | None = None


def use(folder: Path) -> None:
    """Take the letters from the font files in a folder, from now on."""
    global _folder
    with _lock:
        _folder = folder
        _files.cache_clear()


def font_of(char: str) -> str:
    """The registered font that has a letter."""
    with _lock:
        file = None if _folder is None else _files(_folder).get(ord(char))
        if file is None or not file.exists():  # the web app was built anew meanwhile
            return _stand_in()
        return _registered(file)


@cache
def _files(folder: Path) -> dict[int, Path]:
    """Which file has which letter; a third of a second, once a process."""
    from fontTools.ttLib import TTFont as Source

    found: dict[int, Path] = {}
    for path in sorted(folder.glob(_PATTERN)):
        with Source(path, lazy=True) as font:
            for code in font.getBestCmap() or ():
                found.setdefault(code, path)
    return found


@lru_cache(maxsize=128)
def _registered(path: Path) -> str:
    """The name of a file's font at the regular weight, registered."""
    from fontTools.ttLib import TTFont as Source
    from fontTools.varLib.instancer import instantiateVariableFont

    name = f"NotoSansSC-{path.name.split('-')[3]}"
    with Source(path, recalcTimestamp=False) as font:
        for table in _NEEDLESS:
            if table in font:
                del font[table]
        plain = instantiateVariableFont(font, {"wght": _REGULAR})
        for id_ in (_FULL, _POSTSCRIPT):
            plain["name"].setName(name, id_, 3, 1, 0x409)
        plain.flavor = None
        file = io.BytesIO()
        plain.save(file)
    file.seek(0)
    pdfmetrics.registerFont(TTFont(name, file))
    return name


@cache
def _stand_in() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(_INSTEAD))
    return _INSTEAD
