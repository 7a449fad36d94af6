"""The key that signs merchant codes: Ed25519, derived from the server's master key.

Made from the settings when first asked for, unless a test has put its own in place.
"""

from __future__ import annotations

import threading

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.runtime import settings as installation
from sycee.runtime.sealer import derived, master_key

PURPOSE = "merchant-codes"


class Stamp:
    """Signs and verifies; the same in every process of one installation."""

    def __init__(self, master: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derived(master, PURPOSE))
        self._public = self._key.public_key()

    @property
    def public(self) -> bytes:
        """The 32 bytes by which anyone may verify."""
        return self._public.public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same each time (RFC 8032)."""
        return self._key.sign(message)

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature is ours and of this message."""
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


_lock = threading.Lock()
_standing: list[Stamp] = []


def install(stamp: Stamp | None) -> None:
    """Put a stamp in place for this process; None = make it from the settings again."""
    with _lock:
        _standing[:] = [] if stamp is None else [stamp]


def current() -> Stamp:
    """The stamp in place; raises `SettingsError` when there is no master key yet."""
    with _lock:
        if not _standing:
            _standing.append(Stamp(master_key(installation.load())))
        return _standing[0]
