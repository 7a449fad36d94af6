"""Demo identities: log in as a resident of the demo town without a passkey.

The door mounts these routes in demo mode only, and demo mode runs on a loopback address only. They
are not part of the described API.
"""

from __future__ import annotations

import secrets

from sycee.core.parties import parties
from sycee.core.parties.identity import devices, sessions, views
from sycee.core.parties.identity.api import Handle, Key
from sycee.core.parties.identity.entry import Entered
from sycee.core.parties.identity.model import DeviceKind, TooManyDevices
from sycee.core.parties.model import PartyClosed
from sycee.core.parties.scopes import Duty
from sycee.kit.errors import NotFound
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.routes import Reply, direct
from sycee.runtime.http.shapes import Body


class ResidentBody(Body, frozen=True):
    """Whom to be, and the key that will sign the browser's requests."""

    handle: Handle
    device_key: Key


@direct(
    "/v1/demo/sessions",
    scope=None,
    gives=views.EnteredView,
    refuses=(NotFound, TooManyDevices, PartyClosed),
    status=201,
)
def open_demo_session(database: Database, body: ResidentBody) -> Reply:
    """Log in as a resident of the demo town."""
    with database.transaction() as tx:
        return views.entered(enter(tx, body.handle, views.key_of(body.device_key)))


def enter(tx: Tx, handle: str, bound_key: bytes) -> Entered:
    """A session on the resident's demo device, which has no passkey."""
    party = parties.find(tx, handle)
    if party is None:
        raise NotFound(noun="handle", id="")
    known = [each for each in devices.live(tx, party) if each.kind is DeviceKind.DEMO]
    device = (
        known[0]
        if known
        else devices.add(
            tx,
            party,
            kind=DeviceKind.DEMO,
            role=str(Duty.OWNER),
            credential=secrets.token_bytes(32),
            public_key=b"",
            bound_key=bound_key,
        )
    )
    session, cookie = sessions.open_(tx, device, bound_key)
    return Entered(device, session, cookie)


routes = [open_demo_session]
