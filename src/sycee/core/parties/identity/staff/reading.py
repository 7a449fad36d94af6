"""The staff as its owner sees it, and what is shown to a device that is asked in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties import parties, views
from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.challenges import Challenge
from sycee.core.parties.identity.staff import actions, store
from sycee.core.parties.identity.staff.model import Member
from sycee.core.parties.identity.views import secret_of
from sycee.core.parties.scopes import Duty
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller


class StaffView(msgspec.Struct, frozen=True):
    """Someone who works here: name and handle are public; `devices` are those that stand."""

    id: str
    person: str
    display_name: str
    handle: str | None
    duty: Duty
    refund_minor: int
    currency: str
    devices: int
    added_at: datetime


class StaffInvited(msgspec.Struct, frozen=True):
    """What a member's device needs to be added, for five minutes and once: show it as a code."""

    staff: str
    invitation: str
    secret: str

    def __repr__(self) -> str:
        return f"StaffInvited({self.staff})"  # the secret stays out of logs


def add(
    database: Database,
    caller: Caller,
    handle: str,
    duty: Duty,
    refund_minor: int,
    currency: str,
) -> StaffInvited:
    """Look a person up and let them work here, after a touch; refuses as `actions.add`."""
    sessions.check_fresh(database, caller)
    person = views.look_up(database, caller.party, handle.removeprefix("@"))
    with database.transaction() as tx:
        shop, by = caller.party, caller.device
        return _invited(*actions.add(tx, shop, person, duty, refund_minor, currency, by=by))


def invite(database: Database, caller: Caller, staff: UUID) -> StaffInvited:
    """Ask another device in, after a touch; refuses as `actions.invite`."""
    with database.transaction() as tx:
        sessions.check_touched(tx, caller)
        return _invited(*actions.invite(tx, caller.party, staff, by=caller.device))


def _invited(member: Member, given: Challenge) -> StaffInvited:
    return StaffInvited(member.public, given.public_id, secret_of(given.challenge))


def staff(tx: Tx, shop: UUID) -> list[StaffView]:
    """Everyone who works here, in order of adding."""
    members = store.of_shop(tx, shop)
    people = parties.read(tx, {each.person for each in members})
    count: dict[UUID, int] = {}
    for member, _, stands in store.devices_of(tx, shop, [each.id for each in members]):
        count[member] = count.get(member, 0) + stands
    return [
        StaffView(
            id=each.public,
            person=people[each.person].public_id,
            display_name=people[each.person].display_name,
            handle=people[each.person].handle,
            duty=each.duty,
            refund_minor=each.refund_minor,
            currency=each.currency,
            devices=count.get(each.id, 0),
            added_at=each.added_at,
        )
        for each in members
    ]
