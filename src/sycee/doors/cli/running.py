"""Where the server of this home folder listens, if one runs."""

from __future__ import annotations

import os
import re

from sycee.runtime.settings import Settings

_NOTE = re.compile(r"process ([0-9]+), (\S+)")


def address(settings: Settings) -> str:
    """The address that `up` noted, while its process lives; else the one that the settings give."""
    try:
        note = _NOTE.fullmatch((settings.home / "up.lock").read_text(encoding="utf-8").strip())
    except OSError:
        return settings.address
    return note[2] if note and _lives(int(note[1])) else settings.address


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
