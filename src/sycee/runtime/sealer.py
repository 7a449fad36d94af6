"""Secrets kept in rows: sealed under keys of their own, derived from the server's master key."""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sycee.runtime.settings import Settings, SettingsError

_NONCE_BYTES = 12


def master_key(settings: Settings) -> bytes:
    """The master key as it is written (32 bytes in base64), never empty.

    Raises `SettingsError` when there is none yet.
    """
    if settings.master_key is not None:
        return settings.master_key.get_secret_value().strip().encode()
    try:
        return settings.master_key_path.read_bytes().strip()
    except OSError:
        raise SettingsError("there is no master key to seal secrets with") from None


def derived(master: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose: HKDF-SHA-256 (RFC 5869) of the master key."""
    if len(master) < 32:
        raise ValueError("the master key must have at least 32 bytes")
    return HKDF(SHA256(), 32, salt=None, info=b"sycee|" + purpose.encode()).derive(master)


class KeySealer:
    """AES-256-GCM under a key of its own; what is sealed is bound to the row it belongs to."""

    def __init__(self, master: bytes, purpose: str) -> None:
        self._cipher = AESGCM(derived(master, purpose))

    def seal(self, row: UUID, secret: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, row.bytes)

    def open(self, row: UUID, sealed: bytes) -> bytes:
        """The inverse of `seal`; raises an exception if a bit or the row differs."""
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._cipher.decrypt(nonce, body, row.bytes)
