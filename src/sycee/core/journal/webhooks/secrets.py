"""Signing secrets: made, sealed for the table, and used to sign (Standard Webhooks, symmetric)."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks.webhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32
_NONCE_BYTES = 12


class Sealer(Protocol):
    """What keeps secrets unreadable in the table; bound to the endpoint they belong to."""

    def seal(self, endpoint: UUID, secret: bytes) -> bytes: ...

    def open(self, endpoint: UUID, sealed: bytes) -> bytes:
        """The inverse of `seal`; raises an exception if a bit or the endpoint differs."""
        ...


class KeySealer:
    """AES-256-GCM under a key of its own, derived (HKDF) from the server's master key."""

    def __init__(self, master: bytes) -> None:
        if len(master) < 32:
            raise ValueError("the master key must have at least 32 bytes")
        key = HKDF(SHA256(), 32, salt=None, info=b"sycee|webhook-secrets").derive(master)
        self._cipher = AESGCM(key)

    def seal(self, endpoint: UUID, secret: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, endpoint.bytes)

    def open(self, endpoint: UUID, sealed: bytes) -> bytes:
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._cipher.decrypt(nonce, body, endpoint.bytes)


def make() -> bytes:
    """256 bits from the operating system."""
    return os.urandom(SECRET_BYTES)


def show(secret: bytes) -> str:
    """`whsec_…`: the secret as its owner sees it, once."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(
    secrets: Sequence[bytes], message: str, timestamp: datetime, body: bytes
) -> dict[str, str]:
    """The three headers of Standard Webhooks, with one signature a live secret."""
    text = body.decode()
    signatures = [Webhook(secret).sign(message, timestamp, text) for secret in secrets]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(timestamp.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
