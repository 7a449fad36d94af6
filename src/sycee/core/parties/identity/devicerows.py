"""SQL of `identity.device` and `identity.credential`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.core.parties.identity.model import Device, DeviceKind
from sycee.runtime.db import Tx

COLUMNS = """id, party, kind, role, credential, public_key, bound_key, sign_count, synced,
    added_at, used_at, suspected_at, revoked_at, staff"""


def _device(row: Sequence[Any]) -> Device:
    return Device(row[0], row[1], DeviceKind(row[2]), *row[3:])


def insert(tx: Tx, device: Device) -> None:
    """Add a device."""
    tx.conn.execute(
        """
        INSERT INTO identity.device (id, party, kind, role, credential, public_key, bound_key,
            sign_count, synced, added_at, used_at, staff)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            device.id,
            device.party,
            device.kind,
            device.role,
            device.credential,
            device.public_key,
            device.bound_key,
            device.sign_count,
            device.synced,
            device.added_at,
            device.used_at,
            device.staff,
        ),
    )


def take_credential(tx: Tx, digest: bytes, device: UUID, party: UUID) -> bool:
    """Whether the credential was nobody's and is now this device's."""
    row = tx.conn.execute(
        """
        INSERT INTO identity.credential (digest, device, party) VALUES (%s, %s, %s)
        ON CONFLICT (digest) DO NOTHING
        RETURNING device
        """,
        (digest, device, party),
    ).fetchone()
    return row is not None


def by_credential(tx: Tx, digest: bytes) -> Device | None:
    """The device of a credential, locked: two answers of one passkey are compared in turn."""
    row = tx.conn.execute(
        "SELECT device FROM identity.credential WHERE digest = %s", (digest,)
    ).fetchone()
    return lock(tx, row[0]) if row else None


def lock(tx: Tx, id_: UUID) -> Device | None:
    """A device under an exclusive row lock."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM identity.device WHERE id = %s FOR UPDATE", (id_,)
    ).fetchone()
    return _device(row) if row else None


def read(tx: Tx, id_: UUID) -> Device | None:
    """A device."""
    row = tx.conn.execute(f"SELECT {COLUMNS} FROM identity.device WHERE id = %s", (id_,)).fetchone()
    return _device(row) if row else None


def of_party(tx: Tx, party: UUID) -> list[Device]:
    """All devices of a party in order of adding."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM identity.device WHERE party = %s ORDER BY id", (party,)
    ).fetchall()
    return [_device(row) for row in rows]


def standing(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the devices that are not revoked."""
    rows = tx.conn.execute(
        "SELECT id FROM identity.device WHERE id = ANY (%s) AND revoked_at IS NULL", (list(ids),)
    ).fetchall()
    return {id_ for (id_,) in rows}


def touch(tx: Tx, id_: UUID, sign_count: int) -> None:
    """Note the use of a passkey and its counter."""
    tx.conn.execute(
        "UPDATE identity.device SET sign_count = %s, used_at = %s WHERE id = %s",
        (sign_count, tx.now, id_),
    )


def rekey(tx: Tx, id_: UUID, bound_key: bytes) -> None:
    """Note the key that a device's browser signs requests with from now on."""
    tx.conn.execute("UPDATE identity.device SET bound_key = %s WHERE id = %s", (bound_key, id_))


def suspect(tx: Tx, id_: UUID) -> bool:
    """Mark a device whose passkey may be copied; whether it was not marked before."""
    row = tx.conn.execute(
        """
        UPDATE identity.device SET suspected_at = %s
        WHERE id = %s AND suspected_at IS NULL RETURNING id
        """,
        (tx.now, id_),
    ).fetchone()
    return row is not None


def revoke(tx: Tx, id_: UUID) -> None:
    """End a device."""
    tx.conn.execute("UPDATE identity.device SET revoked_at = %s WHERE id = %s", (tx.now, id_))
