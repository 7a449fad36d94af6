"""Routes of registration, login, devices, sessions and recovery."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.parties import model as parties
from sycee.core.parties.identity import devices, entry, model, recovery, sessions, views
from sycee.core.parties.identity.entry import Browser
from sycee.core.parties.identity.model import DeviceKind
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import Duty
from sycee.core.policy.model import ProductSuspended
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import parse
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing
from sycee.runtime.http.routes import Reply, direct, read, write
from sycee.runtime.http.sessions import cookie_header
from sycee.runtime.http.shapes import Body, public_id

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Key = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_-]{87}\Z",
        description="The raw point of a P-256 key in base64url: WebCrypto's `exportKey('raw')`.",
    ),
]
Secret = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
Passkey = Annotated[
    dict[str, Any],
    msgspec.Meta(description="The browser's `PublicKeyCredential`, by its `toJSON()`."),
]


class RegistrationBody(Body, frozen=True):
    """Who wants to register: a person or a merchant. Handle and display name are public."""

    handle: Handle
    display_name: Name
    jurisdiction: Annotated[str, msgspec.Meta(max_length=6)] = "CN"
    zone: Annotated[str, msgspec.Meta(max_length=64)] = "Asia/Shanghai"
    kind: Kind = Kind.PERSON


class BrowserBody(Body, frozen=True):
    """A browser's answer: what its passkey says, and the key that will sign its requests."""

    credential: Passkey
    device_key: Key
    device_kind: DeviceKind = DeviceKind.BROWSER


class LoginBody(Body, frozen=True):
    """A browser's answer to log in. `unlocks` names a wallet's session that rested."""

    credential: Passkey
    device_key: Key
    unlocks: Annotated[str, public_id("ses")] | None = None


class InvitationBody(Body, frozen=True):
    """What the new device may do: all its owner may, or one duty."""

    duty: Duty = Duty.OWNER


class SecretBody(Body, frozen=True):
    """The secret of an invitation."""

    secret: Secret


class RecoveryBody(Body, frozen=True):
    """Who wants to come back, and one of their recovery codes."""

    handle: Handle
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Out(msgspec.Struct, frozen=True):
    """Logged out."""

    ok: bool


_ANSWERS = (
    Invalid,
    model.ChallengeUnknown,
    model.ChallengeExpired,
    model.PasskeyRefused,
    model.PasskeyTaken,
    model.TooManyDevices,
    parties.PartyClosed,
)


@direct(
    "/v1/registrations",
    scope=None,
    gives=views.OfferView,
    refuses=(Invalid, ProductSuspended, parties.HandleTaken),
    status=201,
)
def begin_registration(database: Database, body: RegistrationBody) -> views.OfferView:
    """Begin to register: a challenge for a new passkey, good for five minutes."""
    new = NewParty(body.kind, body.display_name, body.jurisdiction, body.zone, handle=body.handle)
    return views.offer_view(entry.register(database, new))


@direct(
    "/v1/registrations/{challenge:chg}",
    scope=None,
    gives=views.EnteredView,
    refuses=(*_ANSWERS, ProductSuspended, parties.HandleTaken),
    status=201,
)
def finish_registration(database: Database, body: BrowserBody, *, challenge: UUID) -> Reply:
    """Finish to register: the party, its first device, recovery codes and a session."""
    return views.entered(entry.registered(database, challenge, _browser(body)))


def _browser(body: BrowserBody) -> Browser:
    return Browser(body.credential, views.key_of(body.device_key), views.real(body.device_kind))


@direct("/v1/logins", scope=None, gives=views.OfferView, status=201)
def begin_login(database: Database) -> views.OfferView:
    """Begin to log in: a challenge for any passkey of this site."""
    return views.offer_view(entry.log_in(database))


@direct(
    "/v1/logins/{challenge:chg}",
    scope=None,
    gives=views.EnteredView,
    refuses=(
        Invalid,
        model.ChallengeUnknown,
        model.ChallengeExpired,
        model.PasskeyRefused,
        model.PasskeyUnknown,
        model.PasskeyCopied,
        model.DeviceRevoked,
        model.SessionUnknown,
        parties.PartyClosed,
    ),
    status=201,
)
def finish_login(database: Database, body: LoginBody, *, challenge: UUID) -> Reply:
    """Finish to log in: a session on the device of the passkey, or one of its own unlocked."""
    browser = Browser(body.credential, views.key_of(body.device_key), DeviceKind.BROWSER)
    unlocks = None if body.unlocks is None else parse("ses", body.unlocks, "unlocks")
    return views.entered(entry.logged_in(database, challenge, browser, unlocks))


@direct(
    "/v1/recoveries",
    scope=None,
    gives=views.OfferView,
    refuses=(Invalid, model.RecoveryRefused, model.RecoveryLimited, parties.PartyClosed),
    status=201,
)
def begin_recovery(database: Database, body: RecoveryBody, *, address: str) -> views.OfferView:
    """Begin to come back by a recovery code: a challenge for a new passkey."""
    return views.offer_view(entry.recover(database, body.handle, body.code, address))


@direct(
    "/v1/recoveries/{challenge:chg}",
    scope=None,
    gives=views.EnteredView,
    refuses=(*_ANSWERS, model.RecoveryRefused, NotFound),
    status=201,
)
def finish_recovery(database: Database, body: BrowserBody, *, challenge: UUID) -> Reply:
    """Finish to come back: the code is used up; nothing else is revoked."""
    return views.entered(entry.recovered(database, challenge, _browser(body)))


@direct(
    "/v1/invitations",
    scope="devices:write",
    gives=views.InvitationView,
    refuses=(Forbidden, model.TouchNeeded),
    status=201,
)
def invite_device(
    database: Database, body: InvitationBody, *, caller: Caller
) -> views.InvitationView:
    """Ask another device in, for five minutes and once, after a touch of this one's passkey."""
    with database.transaction() as tx:
        sessions.check_touched(tx, caller)
        made = entry.invite(tx, caller.party, body.duty, by=caller.device)
    return views.InvitationView(made.public_id, views.secret_of(made.challenge))


@direct(
    "/v1/invitations/{invitation:chg}",
    scope=None,
    gives=views.OfferView,
    refuses=(model.InvitationUnknown, model.ChallengeExpired),
    status=201,
)
def accept_invitation(database: Database, body: SecretBody, *, invitation: UUID) -> views.OfferView:
    """Begin to add this device, with the invitation another one shows."""
    return views.offer_view(entry.accept(database, invitation, views.bytes_of(body.secret)))


@direct(
    "/v1/device-registrations/{challenge:chg}",
    scope=None,
    gives=views.EnteredView,
    refuses=(*_ANSWERS, NotFound, model.InvitationUnknown),
    status=201,
)
def add_device(database: Database, body: BrowserBody, *, challenge: UUID) -> Reply:
    """Finish to add this device: it is logged in at once."""
    return views.entered(entry.added(database, challenge, _browser(body)))


@read("/v1/devices", scope="devices:write", gives=Listing[views.DeviceView])
def list_devices(tx: Tx, *, caller: Caller) -> Listing[views.DeviceView]:
    """List one's own devices, revoked ones too."""
    rows = devices.of_party(tx, caller.party)
    return Listing([views.device_view(row, caller.device) for row in rows], False, None)


@write(
    "/v1/devices/{device:dev}",
    "device.revoke",
    views.revoke_device,
    scope="devices:write",
    gives=views.DeviceState,
    refuses=(NotFound, model.LastDevice),
    method="DELETE",
)
def revoke_device(*, caller: Caller, device: UUID) -> views.RevokeDevice:
    """Revoke a device: its sessions end within seconds, and its passkey opens nothing."""
    return views.RevokeDevice(device, caller.party)


@read("/v1/sessions", scope="devices:write", gives=Listing[views.SessionView])
def list_sessions(tx: Tx, *, caller: Caller) -> Listing[views.SessionView]:
    """List one's own open sessions."""
    rows = sessions.of_party(tx, caller.party)
    return Listing([views.session_view(row, caller.session) for row in rows], False, None)


@write(
    "/v1/sessions/{session:ses}",
    "session.end",
    views.end_session,
    scope="devices:write",
    gives=views.SessionState,
    refuses=(NotFound,),
    method="DELETE",
)
def end_session(*, caller: Caller, session: UUID) -> views.EndSession:
    """End one of one's own sessions."""
    return views.EndSession(session, caller.party)


@direct("/v1/session", scope="session", gives=Out, method="DELETE")
def log_out(database: Database, *, caller: Caller) -> Reply:
    """Log out: end this session and take its cookie."""
    with database.transaction() as tx:
        sessions.end(tx, caller.key_id, owner=caller.party)
    return Reply(Out(ok=True), (cookie_header("", 0),))


@direct(
    "/v1/recovery-codes",
    scope="devices:write",
    gives=views.CodesView,
    refuses=(model.TouchNeeded,),
    status=201,
)
def make_recovery_codes(database: Database, *, caller: Caller) -> views.CodesView:
    """Make ten new recovery codes, shown this once; the old ones are void."""
    with database.transaction() as tx:
        sessions.check_touched(tx, caller)
        return views.CodesView(recovery.make(tx, caller.party, actor=caller.party))


@read("/v1/recovery-codes", scope="devices:write", gives=views.CodesLeft)
def count_recovery_codes(tx: Tx, *, caller: Caller) -> views.CodesLeft:
    """Count the recovery codes that are left."""
    return views.codes_left(tx, caller.party)


routes = [
    begin_registration,
    finish_registration,
    begin_login,
    finish_login,
    begin_recovery,
    finish_recovery,
    invite_device,
    accept_invitation,
    add_device,
    list_devices,
    revoke_device,
    list_sessions,
    end_session,
    log_out,
    make_recovery_codes,
    count_recovery_codes,
]
