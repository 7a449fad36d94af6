"""What webhooks need from the installation: a sealer for their secrets and a caller of addresses.

Made from the settings when first asked for, unless a door or a test has put its own in place.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sycee.core.journal.webhooks.call import Caller
from sycee.core.journal.webhooks.secrets import PURPOSE, Sealer
from sycee.runtime import settings as installation
from sycee.runtime.sealer import KeySealer, master_key
from sycee.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Outlet:
    """The two together; one a process."""

    sealer: Sealer
    caller: Caller


_lock = threading.Lock()
_standing: list[Outlet] = []


def install(outlet: Outlet | None) -> None:
    """Put an outlet in place for this process; None = make it from the settings again."""
    with _lock:
        _standing[:] = [] if outlet is None else [outlet]


def current() -> Outlet:
    """The outlet in place; raises `SettingsError` when there is no master key yet."""
    with _lock:
        if not _standing:
            _standing.append(made(installation.load()))
        return _standing[0]


def made(settings: Settings) -> Outlet:
    """The outlet that the settings describe: secrets sealed under the master key."""
    private = settings.webhooks_allow_private
    return Outlet(
        KeySealer(master_key(settings), PURPOSE),
        Caller(
            allow_private=settings.demo if private is None else private,
            timeout_seconds=settings.call_timeout_seconds,
        ),
    )
