"""What a person tells of themselves: sealed and corrected by them, opened for a purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.core.parties import parties, vault
from sycee.core.parties.purposes import Purpose
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Call, perform_one

FIRST_ZONE = timedelta(hours=14)
"""How far the zone in which a day comes first is ahead of UTC."""


class Detail(StrEnum):
    """A field of a person's own in the vault."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH_DATE = "birth-date"


class DeskPurpose(StrEnum):
    """What the operator may look at someone's details for."""

    SUPPORT = "support"
    IDENTITY_CHECK = "identity-check"
    FRAUD_CASE = "fraud-case"


class Correct(msgspec.Struct, frozen=True):
    """New details by their fingerprints; the texts travel beside it."""

    party: UUID
    fingerprints: dict[str, str]


class Kept(msgspec.Struct, frozen=True):
    """Which details are kept of someone; never what they say."""

    party: str
    fields: list[str]


class Details(msgspec.Struct, frozen=True):
    """Details of a person, opened; a field that was never given is absent."""

    party: str
    fields: dict[str, str]


def correct(database: Database, party: UUID, key: str, texts: Mapping[str, str]) -> object:
    """Seal details in the place of the ones before. Refuses `Invalid`, `SubjectForgotten`."""
    if not texts:
        raise Invalid(field="$", rule="must name at least one detail")
    sealer = vault.keys().sealer([party])
    prints = {name: vault.fingerprint(sealer, party, name, text) for name, text in texts.items()}

    def act(tx: Tx, command: Correct) -> Kept:
        check_birth(texts.get(Detail.BIRTH_DATE), tx.now)
        vault.seal(sealer, tx, command.party, texts, actor=command.party)
        return Kept(public("par", command.party), vault.fields(tx, command.party))

    call = Call(party, key, "details.correct", Correct(party, prints))
    return perform_one(database, call, act).unwrap()


def check_birth(text: str | None, now: datetime) -> None:
    """Refuses `Invalid` for a birth on no day of the calendar, or on one that is yet to come.

    The day is that of the zone in which it comes first.
    """
    try:
        come = text is None or date.fromisoformat(text) <= (now + FIRST_ZONE).date()
    except ValueError:
        come = False
    if not come:
        raise Invalid(field="birth_date", rule="must be a day that has come")


def own(database: Database, party: UUID) -> Details:
    """One's own details; a reading like any other. Refuses as `vault.open`."""
    return _opened(database, party, party, list(Detail), Purpose.SELF, None)


def look(
    database: Database,
    actor: UUID,
    party: UUID,
    fields: Sequence[Detail],
    purpose: DeskPurpose,
    case: str | None,
) -> Details:
    """Someone's details for the operator. Refuses `NotFound`, `ConsentMissing`, as `vault.open`."""
    with database.read() as tx:
        parties.get(tx, party)
    return _opened(database, actor, party, fields, Purpose(purpose), case)


def _opened(
    database: Database,
    actor: UUID,
    party: UUID,
    fields: Sequence[Detail],
    purpose: Purpose,
    case: str | None,
) -> Details:
    names = [str(field) for field in fields]
    opened = vault.open_one(database, vault.keys(), actor, party, names, purpose, case)
    return Details(public("par", party), opened)
