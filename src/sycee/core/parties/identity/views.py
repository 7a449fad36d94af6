"""What callers see of devices and sessions, and the commands behind the routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from sycee.core.parties.identity import devices, recovery, sessions
from sycee.core.parties.identity.entry import Entered, Offer
from sycee.core.parties.identity.model import Device, DeviceKind, Session, SessionKind
from sycee.core.parties.identity.staff.model import NOUN as STAFF
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.runtime.db import Tx
from sycee.runtime.http.routes import Reply
from sycee.runtime.http.sessions import cookie_header


class OfferView(msgspec.Struct, frozen=True):
    """A challenge by its id, and `options` for the browser's `navigator.credentials`."""

    challenge: str
    options: dict[str, Any]


class EnteredView(msgspec.Struct, frozen=True):
    """Someone is in. `session` stands in each signature; the cookie comes as a header. Recovery
    codes are shown this once, and only where new ones were made."""

    party: str
    device: str
    session: str
    kind: SessionKind
    expires_at: datetime
    recovery_codes: list[str] | None


class DeviceView(msgspec.Struct, frozen=True):
    """A device of one's own. `synced` says that its passkey may be on several; `suspected_at` that
    its passkey's counter went backwards; `staff` is who of one's staff was asked in with it."""

    id: str
    kind: DeviceKind
    duty: str
    synced: bool
    current: bool
    added_at: datetime
    used_at: datetime | None
    suspected_at: datetime | None
    revoked_at: datetime | None
    staff: str | None


class DeviceState(msgspec.Struct, frozen=True):
    """A device after it was revoked."""

    id: str
    revoked_at: datetime | None


class SessionView(msgspec.Struct, frozen=True):
    """A session of one's own; `seen_at` is exact to the minute."""

    id: str
    device: str
    kind: SessionKind
    current: bool
    opened_at: datetime
    unlocked_at: datetime
    seen_at: datetime
    ends_at: datetime


class SessionState(msgspec.Struct, frozen=True):
    """A session after it was ended."""

    id: str
    ended_at: datetime | None


class InvitationView(msgspec.Struct, frozen=True):
    """What another device needs to be added, for five minutes and once: show it as a code."""

    invitation: str
    secret: str


class CodesView(msgspec.Struct, frozen=True):
    """Ten recovery codes, shown this once."""

    codes: list[str]


class CodesLeft(msgspec.Struct, frozen=True):
    """How many recovery codes are left."""

    left: int


class RevokeDevice(msgspec.Struct, frozen=True):
    """End a device of one's own."""

    device: UUID
    party: UUID


class EndSession(msgspec.Struct, frozen=True):
    """End a session of one's own."""

    session: UUID
    party: UUID


def offer_view(offer: Offer) -> OfferView:
    """A challenge with its options."""
    return OfferView(offer.challenge.public_id, offer.options)


def entered(found: Entered) -> Reply:
    """The answer to someone who is in, with the cookie."""
    session = found.session
    seconds = int((session.expires_at - session.opened_at).total_seconds())
    view = EnteredView(
        public("par", session.party),
        public("dev", session.device),
        session.public_id,
        session.kind,
        session.expires_at,
        found.recovery_codes,
    )
    return Reply(view, (cookie_header(found.cookie, seconds),))


def device_view(device: Device, current: UUID | None) -> DeviceView:
    """A device as its owner sees it."""
    return DeviceView(
        id=device.public_id,
        kind=device.kind,
        duty=device.role,
        synced=device.synced,
        current=device.id == current,
        added_at=device.added_at,
        used_at=device.used_at,
        suspected_at=device.suspected_at,
        revoked_at=device.revoked_at,
        staff=None if device.staff is None else public(STAFF, device.staff),
    )


def session_view(session: Session, current: UUID | None) -> SessionView:
    """A session as its owner sees it."""
    return SessionView(
        id=session.public_id,
        device=public("dev", session.device),
        kind=session.kind,
        current=session.id == current,
        opened_at=session.opened_at,
        unlocked_at=session.unlocked_at,
        seen_at=session.seen_at,
        ends_at=session.ends_at(),
    )


def revoke_device(tx: Tx, command: RevokeDevice) -> DeviceState:
    """`devices.revoke` for a route."""
    device = devices.revoke(tx, command.device, owner=command.party, actor=command.party)
    return DeviceState(device.public_id, device.revoked_at)


def end_session(tx: Tx, command: EndSession) -> SessionState:
    """`sessions.end` for a route."""
    session = sessions.end(tx, command.session, owner=command.party)
    return SessionState(session.public_id, session.ended_at)


def codes_left(tx: Tx, party: UUID) -> CodesLeft:
    """`recovery.left` for a route."""
    return CodesLeft(recovery.left(tx, party))


def secret_of(challenge: bytes) -> str:
    """An invitation's secret as it is shown."""
    return bytes_to_base64url(challenge)


def bytes_of(secret: str) -> bytes:
    """The inverse of `secret_of`."""
    return base64url_to_bytes(secret)


def key_of(text: str) -> bytes:
    """A browser's key as it was sent; raises `Invalid` for what is no point of the curve."""
    return devices.check_bound_key(base64url_to_bytes(text))


def real(kind: DeviceKind) -> DeviceKind:
    """`kind` itself, unless it is the one that only the demo makes."""
    if kind is DeviceKind.DEMO:
        raise Invalid(field="device_kind", rule="is not one that has a passkey")
    return kind
