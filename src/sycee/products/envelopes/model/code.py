"""Face-to-face codes: short, for minutes, and what is refused to whoever guesses. Pure."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sycee.kit.errors import Kind, Refusal

LIFE = timedelta(minutes=5)
DIGITS = 6
CROWDED = 1_000
"""With so many codes in use at once, new ones have two digits more."""

GUESSES = 10
GUESS_WINDOW = timedelta(minutes=10)


@dataclass(unsafe_hash=True)
class CodeUnknown(Refusal):
    """This code opens nothing.

    It is mistyped, or its minutes are over. Look at the sender's phone again.
    """

    code = "envelope-code-unknown"
    kind = Kind.NOT_FOUND


@dataclass(unsafe_hash=True)
class CodeGuessesOver(Refusal):
    """Too many wrong codes.

    Codes are short, so a person may be wrong only a few times in ten minutes. Try again at
    `resets_at`.
    """

    code = "envelope-code-guesses-over"
    kind = Kind.LIMIT
    resets_at: datetime


def drawn(in_use: int) -> str:
    """A code that nobody can foresee, longer when many are in use."""
    digits = DIGITS if in_use < CROWDED else DIGITS + 2
    return f"{secrets.randbelow(10**digits):0{digits}}"


def digest(key: bytes, code: str) -> bytes:
    """A code as it is kept: under the house's key, as a million digests are soon tried."""
    return hmac.digest(key, b"code\0" + code.encode(), "sha256")
