"""Devices, sessions and what identity refuses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

CHALLENGE_LIFE = timedelta(minutes=5)
"""How long a challenge may be answered."""

CONSOLE_IDLE = timedelta(minutes=15)
CONSOLE_LIFE = timedelta(hours=12)
WALLET_LIFE = timedelta(days=30)
WALLET_IDLE = timedelta(minutes=15)
"""A wallet that rested this long is locked until its passkey is touched; its session lives on."""

TOUCH_LIFE = timedelta(minutes=5)
"""How long after a touch of its passkey a session may let others in."""

RECOVERY_CODES = 10
RECOVERED_FOR = timedelta(hours=24)
"""How long after a recovery a party counts as freshly recovered."""

DEVICES_MAX = 20


class DeviceKind(StrEnum):
    """Where the device's keys are; `demo` has no passkey and exists only in demo mode."""

    BROWSER = "browser"
    PHONE = "phone"
    TILL = "till"
    DEMO = "demo"


class SessionKind(StrEnum):
    """What the session is for: a wallet is locked when it rests, a console is logged out."""

    WALLET = "wallet"
    CONSOLE = "console"


class Device(msgspec.Struct, frozen=True):
    """A device of a party. `public_key` is its passkey's COSE key, `bound_key` the P-256 point
    (65 bytes, uncompressed) of the key that signs its requests, `staff` who of the party's staff
    was asked in with it."""

    id: UUID
    party: UUID
    kind: DeviceKind
    role: str
    credential: bytes
    public_key: bytes
    bound_key: bytes
    sign_count: int
    synced: bool
    added_at: datetime
    used_at: datetime | None
    suspected_at: datetime | None
    revoked_at: datetime | None
    staff: UUID | None = None

    @property
    def public_id(self) -> str:
        return public("dev", self.id)


class Session(msgspec.Struct, frozen=True):
    """A session as stored, without its cookie."""

    id: UUID
    party: UUID
    device: UUID
    kind: SessionKind
    opened_at: datetime
    unlocked_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def public_id(self) -> str:
        return public("ses", self.id)

    def ends_at(self) -> datetime:
        """When it ends if nothing more happens."""
        if self.kind is SessionKind.CONSOLE:
            return min(self.expires_at, self.seen_at + CONSOLE_IDLE)
        return self.expires_at

    def locked(self, now: datetime) -> bool:
        """Whether a wallet has rested so long that its passkey must be touched again."""
        return self.kind is SessionKind.WALLET and now >= self.seen_at + WALLET_IDLE


@dataclass(unsafe_hash=True)
class PasskeyRefused(Refusal):
    """The passkey's answer does not hold.

    `rule` says which check failed: the signature, the challenge, the origin, the place it was made
    in, user verification. Nothing was done; ask for new options and try again.
    """

    code = "passkey-refused"
    kind = Kind.FORBIDDEN
    rule: str


@dataclass(unsafe_hash=True)
class PasskeyUnknown(Refusal):
    """No device has this passkey.

    The passkey belongs to nobody here, or to someone else. Log in with another one, or recover.
    """

    code = "passkey-unknown"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class PasskeyTaken(Refusal):
    """This passkey is registered already.

    A passkey belongs to one device. Log in with it instead.
    """

    code = "passkey-taken"
    kind = Kind.CONFLICT


@dataclass(unsafe_hash=True)
class PasskeyCopied(Refusal):
    """The passkey's counter went backwards.

    Someone may hold a copy of it, so it is refused and the device is marked as suspected. Revoke
    the device and register a new passkey.
    """

    code = "passkey-copied"
    kind = Kind.FORBIDDEN
    device: str


@dataclass(unsafe_hash=True)
class ChallengeUnknown(Refusal):
    """There is no such challenge, or it was answered.

    A challenge is answered once. Ask for new options.
    """

    code = "challenge-unknown"
    kind = Kind.CONFLICT


@dataclass(unsafe_hash=True)
class ChallengeExpired(Refusal):
    """The challenge has expired.

    It may be answered within five minutes. Ask for new options.
    """

    code = "challenge-expired"
    kind = Kind.CONFLICT


@dataclass(unsafe_hash=True)
class DeviceRevoked(Refusal):
    """The device was revoked.

    Revoking is final: its sessions are over and its passkey opens nothing. Use another device.
    """

    code = "device-revoked"
    kind = Kind.FORBIDDEN
    device: str


@dataclass(unsafe_hash=True)
class LastDevice(Refusal):
    """The last device stays while no recovery code is left.

    Without it nobody could log in any more. Make new recovery codes or add a device first.
    """

    code = "device-last"
    kind = Kind.CONFLICT
    device: str


@dataclass(unsafe_hash=True)
class TooManyDevices(Refusal):
    """The party has as many devices as it may have.

    Revoke one that is not used.
    """

    code = "device-too-many"
    kind = Kind.LIMIT
    limit: int


@dataclass(unsafe_hash=True)
class SessionUnknown(Refusal):
    """There is no such session.

    The cookie belongs to no session that is open. Log in.
    """

    code = "session-unknown"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class SessionEnded(Refusal):
    """The session is over.

    It was ended, rested too long or reached its longest life. Log in.
    """

    code = "session-ended"
    kind = Kind.FORBIDDEN
    session: str


@dataclass(unsafe_hash=True)
class SessionLocked(Refusal):
    """The wallet is locked.

    It rested for a quarter of an hour. Touch the passkey of the same device: the session goes on.
    """

    code = "session-locked"
    kind = Kind.FORBIDDEN
    session: str


@dataclass(unsafe_hash=True)
class TouchNeeded(Refusal):
    """The passkey must be touched first.

    Letting another device in, and making recovery codes, need a passkey touched within the last
    five minutes: whoever finds an open phone must not be able to. Log in again with `unlocks`.
    """

    code = "touch-needed"
    kind = Kind.FORBIDDEN
    session: str


TOUCH_REFUSALS = (SessionUnknown, TouchNeeded)
"""Why `sessions.check_touched` refuses."""


@dataclass(unsafe_hash=True)
class RecoveryRefused(Refusal):
    """The handle and the recovery code do not go together.

    The handle is unknown, or the code is wrong or was used before; which of these is not said.
    """

    code = "recovery-refused"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class RecoveryLimited(Refusal):
    """Too many wrong recovery codes.

    Check the handle and the code, and try again after `retry_after_seconds`. A right code is taken
    at any time: nobody can keep you out by guessing.
    """

    code = "recovery-limited"
    kind = Kind.LIMIT
    retry_after_seconds: int


@dataclass(unsafe_hash=True)
class InvitationUnknown(Refusal):
    """There is no such invitation for a device.

    It was used, has expired, or never was, or the device that made it was revoked. Make a new one
    on a device that is logged in.
    """

    code = "invitation-unknown"
    kind = Kind.CONFLICT
