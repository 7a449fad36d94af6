"""The verbs on devices: add, read, list, touch, suspect, revoke. Each change is journalled."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import store as partyrows
from sycee.core.parties.identity import devicerows, recoveryrows, sessionrows
from sycee.core.parties.identity.model import (
    DEVICES_MAX,
    Device,
    DeviceKind,
    LastDevice,
    PasskeyTaken,
    TooManyDevices,
)
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Tx


def check_bound_key(point: bytes) -> bytes:
    """`point` itself when it is an uncompressed point of P-256, else `Invalid`."""
    try:
        if len(point) != 65:
            raise ValueError("not an uncompressed point")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Invalid(field="device_key", rule="must be a raw point of P-256") from None
    return point


def add(
    tx: Tx,
    party: UUID,
    *,
    kind: DeviceKind,
    role: str,
    credential: bytes,
    public_key: bytes,
    bound_key: bytes,
    sign_count: int = 0,
    synced: bool = False,
    actor: UUID | None = None,
    verb: str = "device.added",
    staff: UUID | None = None,
) -> Device:
    """Add a device to a party. Refuses `PasskeyTaken`, `TooManyDevices`, `Invalid`."""
    partyrows.lock(tx, party)
    if len(live(tx, party)) >= DEVICES_MAX:
        raise TooManyDevices(limit=DEVICES_MAX)
    device = Device(
        id=uuid7(),
        party=party,
        kind=kind,
        role=role,
        credential=credential,
        public_key=public_key,
        bound_key=check_bound_key(bound_key),
        sign_count=sign_count,
        synced=synced,
        added_at=tx.now,
        used_at=tx.now,
        suspected_at=None,
        revoked_at=None,
        staff=staff,
    )
    if not devicerows.take_credential(tx, _digest(credential), device.id, party):
        raise PasskeyTaken()
    devicerows.insert(tx, device)
    _note(tx, actor or party, verb, device, {"kind": str(kind), "role": role})
    return device


def _digest(credential: bytes) -> bytes:
    return sha256(credential).digest()


def by_credential(tx: Tx, credential: bytes) -> Device | None:
    """The device of a passkey, locked; None for a credential that nobody has."""
    return devicerows.by_credential(tx, _digest(credential))


def read(tx: Tx, id_: UUID) -> Device:
    """A device, revoked ones too; raises `NotFound`."""
    device = devicerows.read(tx, id_)
    if device is None:
        raise _unknown(id_)
    return device


def of_party(tx: Tx, party: UUID) -> list[Device]:
    """A party's devices in order of adding, revoked ones too."""
    return devicerows.of_party(tx, party)


def live(tx: Tx, party: UUID) -> list[Device]:
    """A party's devices that are not revoked."""
    return [each for each in devicerows.of_party(tx, party) if each.revoked_at is None]


def standing(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the devices that exist and are not revoked."""
    return devicerows.standing(tx, ids) if ids else set()


def touch(tx: Tx, id_: UUID, sign_count: int) -> None:
    """Note a use and the authenticator's counter."""
    devicerows.touch(tx, id_, sign_count)


def rekey(tx: Tx, device: Device, bound_key: bytes) -> None:
    """Take the key of the browser that a passkey was just touched in, if it is a new one.

    A browser may have lost its storage, and a synced passkey lives in several.
    """
    if bound_key != device.bound_key:
        devicerows.rekey(tx, device.id, check_bound_key(bound_key))
        _note(tx, device.party, "device.rekeyed", device, {})


def suspect(tx: Tx, id_: UUID) -> None:
    """Mark a device whose passkey may exist twice; its owner sees it in the journal, once."""
    if devicerows.suspect(tx, id_):
        _note(tx, None, "device.suspected", read(tx, id_), {})


def revoke(tx: Tx, id_: UUID, *, owner: UUID, actor: UUID) -> Device:
    """End a device and its sessions; revoking twice changes nothing.

    Refuses `NotFound` unless it is `owner`'s, and `LastDevice` for the last one with its owner's
    role while no recovery code is left.
    """
    partyrows.lock(tx, owner)
    device = devicerows.lock(tx, id_)
    if device is None or device.party != owner:
        raise _unknown(id_)
    if device.revoked_at is not None:
        return device
    others = [each for each in live(tx, owner) if each.id != id_ and each.role == "owner"]
    if not others and device.role == "owner" and recoveryrows.count_left(tx, owner) == 0:
        raise LastDevice(device=device.public_id)
    devicerows.revoke(tx, id_)
    sessionrows.end_of_device(tx, owner, id_)
    _note(tx, actor, "device.revoked", device, {})
    return read(tx, id_)


def _unknown(id_: UUID) -> NotFound:
    return NotFound(noun="device", id=public("dev", id_))


def _note(
    tx: Tx, actor: UUID | None, verb: str, device: Device, body: dict[str, int | str]
) -> None:
    append(tx, [Entry(actor, verb, device.id, (device.party,), "identity", dict(body))])
