"""Ways in: registering, logging in, adding a device, and coming back by a recovery code.

Each has two steps. The first gives out a challenge with the browser's options; the second uses the
challenge up in a transaction of its own, verifies the answer, and opens a session in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.parties import handles, model, onboarding, parties
from sycee.core.parties import store as partyrows
from sycee.core.parties.identity import challenges, devices, passkeys, recovery, sessions
from sycee.core.parties.identity.challenges import Challenge
from sycee.core.parties.identity.model import (
    ChallengeUnknown,
    Device,
    DeviceKind,
    InvitationUnknown,
    PasskeyCopied,
    Session,
)
from sycee.core.parties.identity.site import here
from sycee.core.parties.identity.staff import store as staffrows
from sycee.core.parties.model import Kind, NewParty, Party, PartyClosed, Status
from sycee.core.parties.scopes import DUTIES, Duty
from sycee.core.policy.model import Initiator
from sycee.kit import ids
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx

REGISTER, LOGIN, ADD, INVITE, RECOVER = "register", "login", "add", "invite", "recover"

SELF_REGISTERED = frozenset({Kind.PERSON, Kind.MERCHANT})
"""Who may register without being asked in."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A challenge and the options for the browser's `navigator.credentials`."""

    challenge: Challenge
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser sends with its answer: the passkey's, its own key, and what it runs on."""

    credential: dict[str, Any]
    key: bytes
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class Entered:
    """Someone is in: on which device, in which session, and the cookie, which is shown once."""

    device: Device
    session: Session
    cookie: str
    recovery_codes: list[str] | None = None


def register(database: Database, new: NewParty) -> Offer:
    """Begin to register a person or a merchant.

    Refuses `Invalid`, `ProductSuspended`, `HandleTaken`.
    """
    if new.kind not in SELF_REGISTERED or new.handle is None:
        raise Invalid(field="kind", rule="must be person or merchant, with a handle")
    new = model.check(new)
    handle = new.handle or ""
    with database.transaction() as tx:
        onboarding.check_open(tx, new, Initiator.CUSTOMER)
        handles.check_new(handle)
        if parties.find(tx, handle) is not None:
            raise model.HandleTaken()
        draft = msgspec.to_builtins(new) | {"party": str(uuid7())}
        given = challenges.give(tx, REGISTER, draft=draft)
    user = UUID(draft["party"])
    return _creation(given, user, handle, new.display_name, [])


def _creation(given: Challenge, user: UUID, handle: str, name: str, known: list[bytes]) -> Offer:
    options = passkeys.creation_options(
        given.challenge, user=user, name=handle, display_name=name, known=known, site=here()
    )
    return Offer(given, options)


def registered(database: Database, id_: UUID, browser: Browser) -> Entered:
    """Finish to register: the party, its first device, ten recovery codes and a session.

    Refuses `ChallengeUnknown`, `ChallengeExpired`, `PasskeyRefused`, `ProductSuspended` (an order
    that came since it began), `PasskeyTaken`, `HandleTaken`.
    """
    given = challenges.take(database, id_, REGISTER)
    passkey = passkeys.made(browser.credential, challenge=given.challenge, site=here())
    promised = UUID(given.draft.pop("party"))
    new = msgspec.convert(given.draft, NewParty)
    with database.transaction() as tx:
        onboarding.check_open(tx, new, Initiator.CUSTOMER)
        party = parties.create(tx, new, actor=promised, id_=promised)
        device = _add(tx, party, browser, passkey, Duty.OWNER)
        codes = recovery.make(tx, party.id, actor=party.id)
        session, cookie = sessions.open_(tx, device, device.bound_key)
    return Entered(device, session, cookie, codes)


def _add(
    tx: Tx,
    party: Party,
    browser: Browser,
    passkey: passkeys.Passkey,
    duty: Duty,
    verb: str = "device.added",
    staff: UUID | None = None,
) -> Device:
    return devices.add(
        tx,
        party.id,
        kind=browser.kind,
        role=str(duty),
        credential=passkey.credential,
        public_key=passkey.public_key,
        bound_key=browser.key,
        sign_count=passkey.sign_count,
        synced=passkey.synced,
        actor=party.id,
        verb=verb,
        staff=staff,
    )


def log_in(database: Database) -> Offer:
    """Begin to log in, with any passkey of this site: nobody says who they are first."""
    with database.transaction() as tx:
        given = challenges.give(tx, LOGIN)
    return Offer(given, passkeys.request_options(given.challenge, allow=[], site=here()))


def logged_in(
    database: Database, id_: UUID, browser: Browser, unlocks: UUID | None = None
) -> Entered:
    """Finish to log in: a new session, or the one that `unlocks` names under a new cookie.

    A passkey whose counter went back is refused, and its device marked. Refuses
    `ChallengeUnknown`, `ChallengeExpired`, `PasskeyRefused`, `PasskeyUnknown`, `PasskeyCopied`,
    `DeviceRevoked`, `SessionUnknown`, `PartyClosed`.
    """
    given = challenges.take(database, id_, LOGIN)
    try:
        with database.transaction() as tx:
            proven = passkeys.verify_assertion(
                tx, None, browser.credential, challenge=given.challenge
            )
            devices.rekey(tx, proven.device, browser.key)
            if unlocks is None:
                session, cookie = sessions.open_(tx, proven.device, browser.key)
            else:
                session, cookie = sessions.unlock(tx, proven.device, browser.key, unlocks)
    except PasskeyCopied as refusal:
        with database.transaction() as tx:
            devices.suspect(tx, ids.parse("dev", refusal.device, "device"))
        raise
    return Entered(proven.device, session, cookie)


def invite(
    tx: Tx, party: UUID, duty: Duty, staff: UUID | None = None, *, by: UUID | None = None
) -> Challenge:
    """Ask a device in, from one that is logged in; its id is a secret for five minutes.

    `staff` is the member of the staff whose it will be; `by` the device that asks, and while it
    stands the invitation does.

    Refuses `Forbidden` for a duty that devices of such a party do not have.
    """
    owner = parties.get(tx, party)
    if duty not in DUTIES[owner.kind]:
        raise Forbidden(needs=str(duty))
    named = {"staff": staff, "by": by}
    draft = {name: str(id_) for name, id_ in named.items() if id_ is not None}
    draft["duty"] = str(duty)
    return challenges.give(tx, INVITE, party=party, draft=draft)


def accept(database: Database, invitation: UUID, secret: bytes) -> Offer:
    """Begin to add a device that was asked in. Refuses `InvitationUnknown`, `ChallengeExpired`."""
    try:
        asked = challenges.take(database, invitation, INVITE)
    except ChallengeUnknown:
        raise InvitationUnknown() from None
    if asked.party is None or not challenges.same(asked.challenge, secret):
        raise InvitationUnknown()
    with database.transaction() as tx:
        _check_host(tx, asked)
        party = parties.get(tx, asked.party)
        known = [each.credential for each in devices.live(tx, party.id)]
        given = challenges.give(tx, ADD, party=party.id, draft=asked.draft)
    return _creation(given, party.id, party.handle or "", party.display_name, known)


def added(database: Database, id_: UUID, browser: Browser) -> Entered:
    """Finish to add a device: it is logged in at once.

    Refuses as `registered` does, and `InvitationUnknown` for someone who left the staff meanwhile,
    or when the device that asked was revoked.
    """
    given = challenges.take(database, id_, ADD)
    passkey = passkeys.made(browser.credential, challenge=given.challenge, site=here())
    with database.transaction() as tx:
        party = _standing(tx, given.party)
        _check_host(tx, given)
        device = _add(
            tx, party, browser, passkey, Duty(given.draft["duty"]), staff=_member(tx, given)
        )
        session, cookie = sessions.open_(tx, device, device.bound_key)
    return Entered(device, session, cookie)


def _check_host(tx: Tx, given: Challenge) -> None:
    """Refuse `InvitationUnknown` once the device that asked in was revoked.

    Or who has a stolen phone could let in another before its owner revokes it.
    """
    by = given.draft.get("by")
    if by is not None and not devices.standing(tx, [UUID(by)]):
        raise InvitationUnknown()


def _member(tx: Tx, given: Challenge) -> UUID | None:
    """The member of the staff that a device was asked in for; the party is locked."""
    name = given.draft.get("staff")
    if name is None or given.party is None:
        return None
    if staffrows.find(tx, given.party, UUID(name)) is None:
        raise InvitationUnknown()
    return UUID(name)


def recover(database: Database, handle: str, code: str, address: str) -> Offer:
    """Begin to come back by a recovery code, which is used up only when the new passkey is made.

    Refuses as `recovery.check` does.
    """
    party = recovery.check(database, handle, code, address)
    with database.transaction() as tx:
        draft = {"code": recovery.digest(code).hex()}
        given = challenges.give(tx, RECOVER, party=party.id, draft=draft)
    return _creation(given, party.id, party.handle or "", party.display_name, [])


def recovered(database: Database, id_: UUID, browser: Browser) -> Entered:
    """Finish to come back: the code is used up, the new device added and logged in.

    Nothing is revoked by it, and every device of the party hears of it. Refuses as `registered`
    does, and `RecoveryRefused` for a code that was used meanwhile.
    """
    given = challenges.take(database, id_, RECOVER)
    passkey = passkeys.made(browser.credential, challenge=given.challenge, site=here())
    with database.transaction() as tx:
        party = _standing(tx, given.party)
        recovery.use(tx, party.id, bytes.fromhex(given.draft["code"]))
        device = _add(tx, party, browser, passkey, Duty.OWNER, "device.recovered")
        session, cookie = sessions.open_(tx, device, device.bound_key)
    return Entered(device, session, cookie)


def _standing(tx: Tx, id_: UUID | None) -> Party:
    party = partyrows.lock(tx, id_) if id_ else None
    if party is None:
        raise NotFound(noun="party", id="")
    if party.status is Status.CLOSED:
        raise PartyClosed(party=party.public_id)
    return party
