"""Where the server of this home folder listens, if one runs."""

from __future__ import annotations

import os
import re

from sycee.runtime.settings import Settings

_NOTE = re.compile(r"process ([0-9]+), (\S+)")


def address(settings: Settings) -> str:
    """The address that `up` noted, while its process lives; else the one that the settings give."""
    return noted(settings) or settings.address


def noted(settings: Settings) -> str | None:
    """The address that `up` noted, which may still be starting; None when its process is gone."""
    try:
        note = _NOTE.fullmatch((settings.home / "up.lock").read_text(encoding="utf-8").strip())
    except OSError:
        return None
    return note[2] if note and _lives(int(note[1])) else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
