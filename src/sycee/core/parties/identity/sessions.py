"""Sessions: open, unlock, list, end, and from a cookie to its caller.

The cookie holds 256 random bits, of which only the SHA-256 is stored. Alone it is worth nothing:
each request is signed by the key of the browser that logged in, which cannot leave that browser.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties, scopes
from sycee.core.parties.identity import sessionrows
from sycee.core.parties.identity.model import (
    CONSOLE_LIFE,
    TOUCH_LIFE,
    WALLET_LIFE,
    Device,
    DeviceRevoked,
    Session,
    SessionEnded,
    SessionKind,
    SessionLocked,
    SessionUnknown,
    TouchNeeded,
)
from sycee.core.parties.model import Kind, PartyClosed, Status
from sycee.core.parties.scopes import Duty
from sycee.kit.errors import Forbidden, NotFound
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller, Holder

INVALID = (SessionUnknown, SessionEnded, SessionLocked, DeviceRevoked, PartyClosed)
"""What `admit` refuses."""

OWNERS_SCOPE = "devices:write"
"""What every session of an owner may do, and no other."""

BOOKS_SCOPE = "accounts:read"
"""What every session may that is not for sales alone."""

_WALLETS = {Kind.PERSON, Kind.DRIVER}


def open_(tx: Tx, device: Device, bound_key: bytes) -> tuple[Session, str]:
    """Open a session on a device: its row, and the cookie's value, which is shown once.

    One browser has one session: what it had before ends.
    Refuses `PartyClosed`.
    """
    party = parties.get(tx, device.party)
    if party.status is Status.CLOSED:
        raise PartyClosed(party=party.public_id)
    kind = SessionKind.WALLET if party.kind in _WALLETS else SessionKind.CONSOLE
    life = WALLET_LIFE if kind is SessionKind.WALLET else CONSOLE_LIFE
    session = Session(
        id=uuid7(),
        party=device.party,
        device=device.id,
        kind=kind,
        opened_at=tx.now,
        unlocked_at=tx.now,
        seen_at=tx.now,
        expires_at=tx.now + life,
        ended_at=None,
    )
    cookie = secrets.token_urlsafe(32)
    sessionrows.end_of_browser(tx, device.party, device.id, bound_key)
    sessionrows.insert(tx, _digest(cookie), session, bound_key)
    note(tx, "session.opened", session)
    return session, cookie


def unlock(tx: Tx, device: Device, bound_key: bytes, id_: UUID) -> tuple[Session, str]:
    """Unlock a wallet's session that rested, under a new cookie.

    Only the device and the browser that opened it can. Refuses `SessionUnknown`.
    """
    cookie = secrets.token_urlsafe(32)
    session = sessionrows.unlock(tx, device.party, device.id, id_, _digest(cookie), bound_key)
    if session is None:
        raise SessionUnknown()
    note(tx, "session.unlocked", session)
    return session, cookie


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()


def check_touched(tx: Tx, caller: Caller) -> None:
    """Refuse `TouchNeeded` unless the caller's passkey was touched a short while ago."""
    session = sessionrows.read(tx, caller.party, caller.key_id)
    if session is None:
        raise SessionUnknown()
    if tx.now >= session.unlocked_at + TOUCH_LIFE:
        raise TouchNeeded(session=session.public_id)


def device_of(caller: Caller) -> UUID:
    """The device of a session's caller; raises `SessionUnknown` for an API key's."""
    if caller.device is None:
        raise SessionUnknown()
    return caller.device


def check_fresh(database: Database, caller: Caller) -> None:
    """`check_touched` for a session; an API key, which is its owner's leave, passes.

    For what takes money out without naming a payee that a passkey could sign for.
    """
    if caller.session is not None:
        with database.read() as tx:
            check_touched(tx, caller)


def check_owner(caller: Caller) -> None:
    """Refuse `Forbidden` for a session on a device with one duty alone, as a cashier's.

    What identifies a party is for its owner; an API key is its owner's leave.
    """
    if caller.session is not None and OWNERS_SCOPE not in caller.scopes:
        raise Forbidden(needs=OWNERS_SCOPE)


def check_books(caller: Caller) -> None:
    """Refuse `Forbidden` for a session that may not see the party's accounts, as a cashier's.

    What the owner moves to and from the bank is no sale. An API key is its owner's leave.
    """
    if caller.session is not None and BOOKS_SCOPE not in caller.scopes:
        raise Forbidden(needs=BOOKS_SCOPE)


def of_party(tx: Tx, party: UUID) -> list[Session]:
    """A party's open sessions, in order of opening."""
    return [each for each in sessionrows.of_party(tx, party) if each.ends_at() > tx.now]


def end(tx: Tx, id_: UUID, *, owner: UUID) -> Session:
    """End a session now; ending twice changes nothing. Refuses `NotFound` unless `owner`'s."""
    session = sessionrows.end(tx, owner, id_)
    if session is None:
        raise NotFound(noun="session", id=public("ses", id_))
    if session.ended_at == tx.now:
        note(tx, "session.ended", session)
    return session


def admit(database: Database, cookie: str) -> Holder:
    """Whose cookie it is, and the key that its requests are signed with.

    Notes the use at most once a minute. Refuses what `INVALID` names.
    """
    digest = _digest(cookie)
    with database.read() as tx:
        holder, session = _resolve(tx, digest)
        minute = tx.now.replace(second=0, microsecond=0)
    if session.seen_at < minute:
        with database.transaction() as tx:
            sessionrows.seen(tx, digest)
    return holder


def _resolve(tx: Tx, digest: bytes) -> tuple[Holder, Session]:
    row = sessionrows.resolve(tx, digest)
    if row is None:
        raise SessionUnknown()
    session = Session(row[0], row[1], row[2], SessionKind(row[3]), *row[4:9])
    bound_key, duty, revoked_at, kind, roles, status = row[9:]
    if revoked_at is not None:
        raise DeviceRevoked(device=public("dev", session.device))
    if session.ended_at is not None or tx.now >= session.ends_at():
        raise SessionEnded(session=session.public_id)
    if session.locked(tx.now):
        raise SessionLocked(session=session.public_id)
    if status == Status.CLOSED:
        raise PartyClosed(party=public("par", session.party))
    allowed = scopes.of_session(Kind(kind), roles, Duty(duty))
    device = session.device
    caller = Caller(session.party, session.id, allowed, device, session.id, seat=device)
    return Holder(caller, session.public_id, bytes(bound_key)), session


def note(tx: Tx, verb: str, session: Session) -> None:
    """Journal what happened to a session, for whom it concerns."""
    body: dict[str, int | str] = {
        "device": public("dev", session.device),
        "kind": str(session.kind),
    }
    append(tx, [Entry(session.party, verb, session.id, (session.party,), "identity", dict(body))])
