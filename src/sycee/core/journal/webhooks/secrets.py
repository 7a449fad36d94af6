"""Signing secrets: made, sealed for the table, and used to sign (Standard Webhooks, symmetric)."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from standardwebhooks.webhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32
PURPOSE = "webhook-secrets"
"""What the key that seals them is derived for."""


class Sealer(Protocol):
    """What keeps secrets unreadable in the table; bound to the endpoint they belong to."""

    def seal(self, row: UUID, secret: bytes) -> bytes: ...

    def open(self, row: UUID, sealed: bytes) -> bytes:
        """The inverse of `seal`; raises an exception if a bit or the row differs."""
        ...


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
