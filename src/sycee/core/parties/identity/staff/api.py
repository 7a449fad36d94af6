"""Routes of staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.identity.staff import actions, reading
from sycee.core.parties.identity.staff.actions import StaffState
from sycee.core.parties.identity.staff.model import StaffAlready, StaffTooMany
from sycee.core.parties.identity.staff.reading import StaffInvited, StaffView
from sycee.core.parties.scopes import Duty
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing
from sycee.runtime.http.problems import RateExceeded
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import AmountOrNone, Body, Currency

Handle = Annotated[str, msgspec.Meta(min_length=2, max_length=64)]


class StaffBody(Body, frozen=True):
    """Who shall work here, as what, and what they may give back in a day (0 = nothing)."""

    handle: Handle
    currency: Currency
    duty: Duty = Duty.CASHIER
    refund_minor: AmountOrNone = 0


class LimitBody(Body, frozen=True):
    """What someone may give back in a day, 0 = nothing."""

    refund_minor: AmountOrNone
    currency: Currency


@direct(
    "/v1/staff",
    scope="devices:write",
    gives=StaffInvited,
    refuses=(
        *(Invalid, NotFound, Forbidden, RateExceeded, StaffAlready, StaffTooMany),
        *TOUCH_REFUSALS,
    ),
    status=201,
)
def add(database: Database, body: StaffBody, *, caller: Caller) -> StaffInvited:
    """Let a person work at your shop, found by handle, after a touch of your passkey.

    The answer asks one device of theirs in, for five minutes and once, as `/v1/invitations` does.
    """
    return reading.add(database, caller, body.handle, body.duty, body.refund_minor, body.currency)


@direct(
    "/v1/staff/{staff:stf}/invitations",
    scope="devices:write",
    gives=StaffInvited,
    refuses=(NotFound, Forbidden, *TOUCH_REFUSALS),
    status=201,
)
def invite(database: Database, *, caller: Caller, staff: UUID) -> StaffInvited:
    """Ask another device of someone on your staff in, after a touch of your passkey."""
    return reading.invite(database, caller, staff)


@read("/v1/staff", scope="devices:write", gives=Listing[StaffView])
def members(tx: Tx, *, caller: Caller) -> Listing[StaffView]:
    """List who works at your shop."""
    return Listing(reading.staff(tx, caller.party), has_more=False, next=None)


@write(
    "/v1/staff/{staff:stf}",
    "staff.limit",
    actions.limit,
    scope="devices:write",
    gives=StaffState,
    refuses=(Invalid, NotFound),
    method="PUT",
)
def limit(body: LimitBody, *, caller: Caller, staff: UUID) -> actions.Limit:
    """Set what someone on your staff may give back in a day."""
    return actions.Limit(caller.party, staff, body.refund_minor, body.currency)


@write(
    "/v1/staff/{staff:stf}",
    "staff.remove",
    actions.remove,
    scope="devices:write",
    gives=StaffState,
    refuses=(NotFound,),
    method="DELETE",
)
def remove(*, caller: Caller, staff: UUID) -> actions.Remove:
    """Remove someone from your staff: their devices at your shop are revoked at once."""
    return actions.Remove(caller.party, staff)


routes = [add, invite, members, limit, remove]
