"""Recovery codes: ten of them, 128 random bits each, each good once for letting a new device in.

A code is 26 characters of Crockford's base 32 in groups, so a fast hash is right: nobody can guess
one. Wrong ones are counted all the same, by handle and by address, in the database, so that every
server process counts alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties.identity import recoveryrows
from sycee.core.parties.identity.model import (
    RECOVERED_FOR,
    RECOVERY_CODES,
    RecoveryLimited,
    RecoveryRefused,
)
from sycee.core.parties.model import Party, PartyClosed, Status
from sycee.kit.errors import Invalid
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.rates import neighbourhood

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 26, 5
_READ_AS = str.maketrans("OIL", "011", " -")

BY_HANDLE = (timedelta(minutes=1), 10)
BY_ADDRESS = (timedelta(seconds=10), 30)
"""Wrong codes that are told so: one in this time in the long run, so many at once."""


def draft() -> str:
    """A fresh code in groups, as it is shown and printed."""
    number = secrets.randbits(128)
    chars = [_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH))]
    text = "".join(chars)
    return "-".join(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def digest(code: str) -> bytes:
    """The SHA-256 of a code as it may have been typed; raises `Invalid` for what is none."""
    plain = code.upper().translate(_READ_AS)
    if len(plain) != _LENGTH or any(char not in _ALPHABET for char in plain):
        raise Invalid(field="code", rule="must be a recovery code of 26 letters and digits")
    return sha256(plain.encode()).digest()


def make(tx: Tx, party: UUID, *, actor: UUID) -> list[str]:
    """Ten new codes, shown once; those that were left before are void."""
    codes = [draft() for _ in range(RECOVERY_CODES)]
    recoveryrows.replace(tx, party, [digest(code) for code in codes])
    entry = Entry(actor, "recovery.made", party, (party,), "identity", {"codes": len(codes)})
    append(tx, [entry])
    return codes


def left(tx: Tx, party: UUID) -> int:
    """How many codes a party has left."""
    return recoveryrows.count_left(tx, party)


def check(database: Database, handle: str, code: str, address: str) -> Party:
    """The party of a handle when the code is one of its own that is left; uses nothing up.

    A wrong pair counts against the handle and the address. A right one is taken however many were
    wrong: anybody knows a handle, and could keep its owner out. Refuses `Invalid`,
    `RecoveryLimited`, `RecoveryRefused`, which does not tell whether the handle exists.
    """
    wanted = digest(code)
    names = {f"handle|{handle.lower()}": BY_HANDLE, f"address|{neighbourhood(address)}": BY_ADDRESS}
    with database.transaction() as tx:
        id_ = parties.find(tx, handle)
        if id_ is not None and recoveryrows.has(tx, id_, wanted):
            party = parties.get(tx, id_)
            if party.status is Status.CLOSED:
                raise PartyClosed(party=party.public_id)
            return party
        for name, (step, burst) in names.items():
            _wait(tx, name, step, burst)
        for name, (step, burst) in names.items():
            recoveryrows.attempt(tx, _named(name), step, step * burst)
    raise RecoveryRefused()


def _named(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _wait(tx: Tx, name: str, step: timedelta, burst: int) -> None:
    """Refuse a wrong code when too many came before it."""
    due = recoveryrows.due(tx, _named(name))
    if due is not None and due + step > tx.now + step * burst:
        ahead = due + step - tx.now - step * burst
        raise RecoveryLimited(retry_after_seconds=int(ahead.total_seconds()) + 1)


def use(tx: Tx, party: UUID, code_digest: bytes) -> None:
    """Use a code up and remember that its party came back; refuses `RecoveryRefused`."""
    if not recoveryrows.use(tx, party, code_digest):
        raise RecoveryRefused()
    recoveryrows.note_recovery(tx, party)
    body = {"left": recoveryrows.count_left(tx, party)}
    append(tx, [Entry(party, "recovery.used", party, (party,), "identity", dict(body))])


def recovered(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Which of these parties came back within the last 24 hours, and when: limits may be lower."""
    return recoveryrows.recovered(tx, ids, tx.now - RECOVERED_FOR)
