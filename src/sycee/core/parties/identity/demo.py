"""Demo identities: log in as a resident of the demo town without a passkey.

The door mounts these routes in demo mode only, and demo mode runs on a loopback address only. They
are not part of the described API.
"""

from __future__ import annotations

import secrets
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.core.parties.identity import devices, sessions, views
from sycee.core.parties.identity.api import Handle, Key
from sycee.core.parties.identity.entry import Entered
from sycee.core.parties.identity.model import DeviceKind, TooManyDevices
from sycee.core.parties.identity.staff import actions as staff
from sycee.core.parties.model import Kind, PartyClosed, Status
from sycee.core.parties.scopes import Duty
from sycee.kit.errors import NotFound
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.routes import Reply, direct, read
from sycee.runtime.http.shapes import Body

SHOWN = 60
"""The most residents that are offered."""


class ResidentBody(Body, frozen=True):
    """Whom to be, and the key that will sign the browser's requests.

    `works_at` is the handle of a shop, to be there as a member of its staff.
    """

    handle: Handle
    device_key: Key
    works_at: Handle | None = None


class ResidentView(msgspec.Struct, frozen=True):
    """Someone whom anybody may be, in demo mode; `works_at` are the handles of their shops."""

    handle: str
    name: str
    kind: Kind
    roles: list[str]
    works_at: list[str]


@read("/v1/demo/residents", scope=None, gives=list[ResidentView])
def list_residents(tx: Tx) -> list[ResidentView]:
    """List whom one can be: the first parties of the town that have a handle."""
    found = parties.page(tx, status=Status.ACTIVE, named=True, limit=SHOWN)
    jobs = staff.jobs(tx, [each.id for each in found])
    handles = {each.id: each.handle for each in found if each.handle is not None}
    return [
        ResidentView(
            each.handle,
            each.display_name,
            each.kind,
            list(each.roles),
            sorted(handles[shop] for shop in jobs.get(each.id, ()) if shop in handles),
        )
        for each in found
        if each.handle is not None
    ]


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
        return views.entered(enter(tx, body.handle, views.key_of(body.device_key), body.works_at))


def enter(tx: Tx, handle: str, bound_key: bytes, works_at: str | None = None) -> Entered:
    """A session on the resident's demo device, which has no passkey; or on that of its job."""
    party = _found(tx, handle)
    member = None
    if works_at is not None:
        person, party = party, _found(tx, works_at)
        member = staff.hired(tx, party, person)
    known = [
        each
        for each in devices.live(tx, party)
        if each.kind is DeviceKind.DEMO and each.staff == (member.id if member else None)
    ]
    device = (
        known[0]
        if known
        else devices.add(
            tx,
            party,
            kind=DeviceKind.DEMO,
            role=str(member.duty if member else Duty.OWNER),
            credential=secrets.token_bytes(32),
            public_key=b"",
            bound_key=bound_key,
            staff=member.id if member else None,
        )
    )
    session, cookie = sessions.open_(tx, device, bound_key)
    return Entered(device, session, cookie)


def _found(tx: Tx, handle: str) -> UUID:
    party = parties.find(tx, handle)
    if party is None:
        raise NotFound(noun="handle", id="")
    return party


routes = [list_residents, open_demo_session]
