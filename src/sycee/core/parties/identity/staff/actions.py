"""The verbs on staff: add, ask a device in, set the limit, remove; and who is at a device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties import store as partyrows
from sycee.core.parties.identity import devices, entry
from sycee.core.parties.identity.challenges import Challenge
from sycee.core.parties.identity.staff import model, store
from sycee.core.parties.identity.staff.model import Member, StaffAlready, StaffTooMany, Working
from sycee.core.parties.model import Kind, Party
from sycee.core.parties.scopes import DUTIES, Duty
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import public, uuid7
from sycee.kit.money import check_currency
from sycee.runtime.db import Tx


class Limit(msgspec.Struct, frozen=True):
    """The command: let someone give back so much in a day."""

    shop: UUID
    staff: UUID
    refund_minor: int
    currency: str


class Remove(msgspec.Struct, frozen=True):
    """The command: someone no longer works here."""

    shop: UUID
    staff: UUID


class StaffState(msgspec.Struct, frozen=True):
    """A member of the staff after a write."""

    id: str
    duty: Duty
    refund_minor: int
    currency: str
    removed_at: datetime | None


def add(
    tx: Tx,
    shop: UUID,
    person: Party,
    duty: Duty,
    refund_minor: int,
    currency: str,
    *,
    by: UUID | None = None,
) -> tuple[Member, Challenge]:
    """Let a person work for a party, and ask a first device of theirs in, from the device `by`.

    Refuses `Forbidden` for a duty that such a party does not have, `Invalid` for who is no other
    person, `StaffAlready`, `StaffTooMany`.
    """
    check_currency(currency)
    owner = partyrows.lock(tx, shop)
    if owner is None or duty is Duty.OWNER or duty not in DUTIES[owner.kind]:
        raise Forbidden(needs=str(duty))
    if person.kind is not Kind.PERSON or person.refusal is not None:
        raise Invalid(field="handle", rule="must be the handle of a person")
    known = store.of_shop(tx, shop)
    for each in known:
        if each.person == person.id:
            raise StaffAlready(staff=each.public)
    if len(known) >= model.MOST:
        raise StaffTooMany(limit=model.MOST)
    member = Member(shop, uuid7(), person.id, duty, refund_minor, currency, tx.now)
    store.insert(tx, member)
    _note(tx, "staff.added", member)
    return member, entry.invite(tx, shop, duty, member.id, by=by)


def hired(tx: Tx, shop: UUID, person: UUID) -> Member:
    """The entry of a person who works for a party now; raises `NotFound`."""
    for member in store.of_shop(tx, shop):
        if member.person == person:
            return member
    raise NotFound(noun="staff", id="")


def jobs(tx: Tx, people: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Where people work now: the parties, by person."""
    found: dict[UUID, list[UUID]] = {}
    for person, shop in store.shops_of(tx, people):
        found.setdefault(person, []).append(shop)
    return found


def invite(tx: Tx, shop: UUID, id_: UUID, *, by: UUID | None = None) -> tuple[Member, Challenge]:
    """Ask another device in for someone who works here. Refuses `NotFound`."""
    member = _locked(tx, shop, id_)
    return member, entry.invite(tx, shop, member.duty, member.id, by=by)


def limit(tx: Tx, command: Limit) -> StaffState:
    """Set what someone may give back in a day. Refuses `NotFound`, `Invalid`."""
    check_currency(command.currency)
    member = msgspec.structs.replace(
        _locked(tx, command.shop, command.staff),
        refund_minor=command.refund_minor,
        currency=command.currency,
    )
    store.set_limit(tx, member)
    _note(tx, "staff.changed", member)
    return _state(member)


def remove(tx: Tx, command: Remove) -> StaffState:
    """Let someone go: their devices here are revoked, and their sessions end within seconds.

    Refuses `NotFound`.
    """
    partyrows.lock(tx, command.shop)
    member = _locked(tx, command.shop, command.staff)
    store.remove(tx, member)
    for _, device, stands in store.devices_of(tx, member.shop, [member.id]):
        if stands:
            devices.revoke(tx, device, owner=member.shop, actor=member.shop)
    _note(tx, "staff.removed", member)
    return _state(msgspec.structs.replace(member, removed_at=tx.now))


def working_at(tx: Tx, party: UUID, device: UUID | None, *, lock: bool = False) -> Working | None:
    """Who is at a party's device; None at one of its owner's, and for an API key.

    With `lock` nobody else counts against the member's limit until the transaction ends.
    """
    if device is None:
        return None
    found = devices.read(tx, device)
    if found.role == Duty.OWNER:
        return None
    look = store.lock if lock else store.find
    member = None if found.staff is None else look(tx, party, found.staff)
    theirs = () if member is None else store.devices_of(tx, party, [member.id])
    zone = ZoneInfo(parties.get(tx, party).zone)
    midnight = datetime.combine(tx.now.astimezone(zone).date(), time(), zone)
    return Working(member, tuple(id_ for _, id_, _ in theirs), midnight)


def _locked(tx: Tx, shop: UUID, id_: UUID) -> Member:
    member = store.lock(tx, shop, id_)
    if member is None:
        raise NotFound(noun="staff", id=public(model.NOUN, id_))
    return member


def _state(member: Member) -> StaffState:
    return StaffState(
        member.public, member.duty, member.refund_minor, member.currency, member.removed_at
    )


def _note(tx: Tx, verb: str, member: Member) -> None:
    body: dict[str, int | str] = {
        "staff": member.public,
        "shop": public("par", member.shop),
        "person": public("par", member.person),
        "duty": str(member.duty),
        "refund_minor": member.refund_minor,
        "currency": member.currency,
    }
    sides = (member.shop, member.person)
    append(tx, [Entry(member.shop, verb, member.id, sides, "identity", dict(body))])
