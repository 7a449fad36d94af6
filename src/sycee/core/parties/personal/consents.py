"""Consents: given for one purpose, taken back as easily; the vault asks before it opens.

A receipt has the fields of ISO/IEC TS 27560:2023 (consent records) that apply here. Giving and
withdrawing take the same lock as a reading, so from the commit of a withdrawal on nothing more is
opened for that purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties, readings
from sycee.core.parties.notices import NOTICE, NOTICES, question
from sycee.core.parties.personal import consentrows
from sycee.core.parties.personal.consentrows import Consent
from sycee.core.parties.purposes import CONSENTED, GROUNDS, Purpose
from sycee.kit.errors import Invalid, Kind, NotFound, Refusal
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page

NOUN = "cns"
RECORD_SCHEMA = "ISO/IEC TS 27560:2023"
CATEGORIES = ("name", "email", "phone", "address", "birth-date", "written-texts")


@dataclass(unsafe_hash=True)
class ConsentMissing(Refusal):
    """The person has not agreed to that.

    This purpose rests on consent, and there is none, or it was taken back. Ask the person; there is
    no other way.
    """

    code = "consent-missing"
    kind = Kind.FORBIDDEN
    subject: str
    purpose: str


@dataclass(unsafe_hash=True)
class ConsentNotNeeded(Refusal):
    """That purpose does not rest on consent.

    `basis` says what it rests on: what a contract or the law requires is done whether one agrees or
    not, so no consent is taken for it.
    """

    code = "consent-not-needed"
    kind = Kind.INVALID
    purpose: str
    basis: str


@dataclass(unsafe_hash=True)
class ConsentNoticeDiffers(Refusal):
    """The house asks in other words by now.

    `notice` is the version of the question now. Read it in `GET /v1/purposes`, and agree to that.
    """

    code = "consent-notice-differs"
    kind = Kind.CONFLICT
    notice: str


class Give(msgspec.Struct, frozen=True):
    """Agree to a purpose. `method` says how: `session` (a touched passkey's) or `api-key`.

    `language` is that of the question, `notice` its version where the caller says it; unset, it is
    no part of the key's digest.
    """

    party: UUID
    purpose: Purpose
    language: str
    method: str
    notice: str | msgspec.UnsetType = msgspec.UNSET


class Withdraw(msgspec.Struct, frozen=True):
    """Take a consent back."""

    party: UUID
    consent: UUID


class Receipt(msgspec.Struct, frozen=True):
    """A consent record: who agreed to what, on which notice, and whether it still stands."""

    id: str
    record_schema: str
    pii_principal: str
    pii_controller: str | None
    purpose: Purpose
    purpose_text: str
    lawful_basis: str
    pii_categories: list[str]
    recipients: list[str]
    notice: str
    language: str
    jurisdiction: str
    collection_method: str
    retention: str
    withdrawal: str
    state: str
    given_at: datetime
    withdrawn_at: datetime | None


def give(tx: Tx, command: Give) -> Receipt:
    """Agree to a purpose; the consent that stands already is given again.

    Refuses `ConsentNotNeeded`, `ConsentNoticeDiffers`, and `Invalid` for a language in which nobody
    is asked.
    """
    ground = GROUNDS[command.purpose]
    if command.purpose not in CONSENTED:
        raise ConsentNotNeeded(purpose=str(command.purpose), basis=str(ground.basis))
    if command.notice is not msgspec.UNSET and command.notice != NOTICE:
        raise ConsentNoticeDiffers(notice=NOTICE)
    if question(command.purpose, command.language) is None:
        spoken = ", ".join(sorted(NOTICES[NOTICE][command.purpose]))
        raise Invalid(field="language", rule=f"must be one that the question is in: {spoken}")
    readings.lock(tx, [command.party])
    found = consentrows.standing(tx, command.party, command.purpose)
    if found:
        return _receipt(tx, found[0])
    consent = Consent(
        party=command.party,
        id=uuid7(),
        purpose=str(command.purpose),
        language=command.language,
        jurisdiction=parties.get(tx, command.party).jurisdiction,
        method=command.method,
        notice=NOTICE,
        given_at=tx.now,
        withdrawn_at=None,
    )
    consentrows.insert(tx, consent)
    _note(tx, "consent.given", consent)
    return _receipt(tx, consent)


def withdraw(tx: Tx, command: Withdraw) -> Receipt:
    """Take a consent back; twice changes nothing. Refuses `NotFound`."""
    readings.lock(tx, [command.party])
    before = consentrows.read(tx, command.party, command.consent)
    if not before:
        raise NotFound(noun="consent", id=public(NOUN, command.consent))
    if before[0].withdrawn_at is None:
        consentrows.withdraw(tx, command.party, command.consent)
        _note(tx, "consent.withdrawn", before[0])
    return _receipt(tx, consentrows.read(tx, command.party, command.consent)[0])


def listing(tx: Tx, party: UUID, page: Page) -> Listing[Receipt]:
    """A person's receipts, newest first."""
    before = page.after_id(NOUN)
    rows = consentrows.page(tx, party, before, page.fetch)
    return page.of([_receipt(tx, row) for row in rows], key=lambda receipt: receipt.id)


def missing(tx: Tx, subjects: Iterable[UUID], purpose: Purpose) -> dict[UUID, Refusal]:
    """Who does not agree to a purpose that needs it; under `readings.lock`."""
    if purpose not in CONSENTED:
        return {}
    wanted: Sequence[UUID] = list(subjects)
    agreed = consentrows.agreed(tx, wanted, str(purpose))
    return {
        id_: ConsentMissing(subject=public("par", id_), purpose=str(purpose))
        for id_ in wanted
        if id_ not in agreed
    }


def _receipt(tx: Tx, consent: Consent) -> Receipt:
    purpose = Purpose(consent.purpose)
    ground = GROUNDS[purpose]
    operator = parties.operator(tx)
    return Receipt(
        id=public(NOUN, consent.id),
        record_schema=RECORD_SCHEMA,
        pii_principal=public("par", consent.party),
        pii_controller=None if operator is None else public("par", operator),
        purpose=purpose,
        purpose_text=question(purpose, consent.language, consent.notice) or ground.text,
        lawful_basis=str(ground.basis),
        pii_categories=list(CATEGORIES),
        recipients=[],
        notice=consent.notice,
        language=consent.language,
        jurisdiction=consent.jurisdiction,
        collection_method=consent.method,
        retention="until withdrawn",
        withdrawal="DELETE /v1/me/consents/{id}",
        state="given" if consent.withdrawn_at is None else "withdrawn",
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
    )


def _note(tx: Tx, verb: str, consent: Consent) -> None:
    body = {
        "id": public(NOUN, consent.id),
        "purpose": consent.purpose,
        "notice": consent.notice,
        "method": consent.method,
    }
    entry = Entry(consent.party, verb, consent.id, (consent.party,), "consent", body)
    append(tx, [entry])
