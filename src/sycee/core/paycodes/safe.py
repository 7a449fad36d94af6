"""What this process has for pay codes: the key that seals seeds, and its memory of guesses.

Made from the settings when first asked for, unless a test has put its own in place. The memory is
of this process alone: with several, a guesser has as many times the tries, which is still few.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from datetime import datetime
from math import ceil

from sycee.core.paycodes.model import WrongCodesLimited
from sycee.runtime import settings as installation
from sycee.runtime.http.rates import Meter, Rate
from sycee.runtime.sealer import KeySealer, master_key

PURPOSE = "pay-code-seeds"
WRONG = Rate.every(10, burst=20)
"""Wrong codes of one payee at its tills, and as many on its pages. A guess is right once in 10^7:
one in two years of guessing at both."""


class Safe:
    """The two together; one a process."""

    def __init__(self, sealer: KeySealer) -> None:
        self.sealer = sealer
        self._lock = threading.Lock()
        self._meter = Meter(WRONG)

    def limited(self, guesser: Hashable, now: datetime) -> WrongCodesLimited | None:
        """The refusal of somebody who was wrong too often."""
        with self._lock:
            wait = self._meter.wait(guesser, now.timestamp())
        return WrongCodesLimited(retry_after_seconds=ceil(wait)) if wait > 0 else None

    def wrong(self, guesser: Hashable, now: datetime) -> None:
        """Remember a wrong code, even if the transaction that saw it rolls back."""
        with self._lock:
            self._meter.take(guesser, now.timestamp())


_lock = threading.Lock()
_standing: list[Safe] = []


def install(safe: Safe | None) -> None:
    """Put a safe in place for this process; None = make it from the settings again."""
    with _lock:
        _standing[:] = [] if safe is None else [safe]


def current() -> Safe:
    """The safe in place; raises `SettingsError` when there is no master key yet."""
    with _lock:
        if not _standing:
            _standing.append(Safe(KeySealer(master_key(installation.load()), PURPOSE)))
        return _standing[0]
