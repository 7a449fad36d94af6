"""The software authenticator of the demo, for tests; and devices without a ceremony."""

from __future__ import annotations

import secrets
from uuid import UUID

from sycee.core.parties.identity import devices
from sycee.core.parties.identity.model import DeviceKind
from sycee.doors.cli.demo.authenticator import (
    ORIGIN,
    Authenticator,
    Credential,
    DeviceKey,
    b64,
    unb64,
)
from sycee.runtime.db import Tx


def phone_of(tx: Tx, party: UUID) -> UUID:
    """A device of a party, added without a ceremony; its id."""
    point = unb64(DeviceKey().public)
    credential = secrets.token_bytes(32)
    device = devices.add(
        tx, party, kind=DeviceKind.PHONE, role="owner",
        credential=credential, public_key=b"", bound_key=point,
    )  # fmt: skip
    return device.id


__all__ = ["ORIGIN", "Authenticator", "Credential", "DeviceKey", "b64", "phone_of", "unb64"]
