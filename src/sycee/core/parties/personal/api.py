"""Routes of one's rights: purposes, consents, details, export, erasure."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.personal import consents, desk, details, erasing, exporting
from sycee.core.parties.personal.consents import (
    ConsentMissing,
    ConsentNoticeDiffers,
    ConsentNotNeeded,
    Give,
    Receipt,
    Withdraw,
)
from sycee.core.parties.personal.desk import ExportFile
from sycee.core.parties.personal.details import DeskPurpose, Detail, Details, Kept
from sycee.core.parties.personal.erasing import Erased, ErasureNotForHouse, ErasureWaits
from sycee.core.parties.personal.exporting import ExportView, PurposeView
from sycee.core.parties.purposes import Purpose
from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS, VaultAbsent
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body

Tag = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", max_length=35)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Email = Annotated[str, msgspec.Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}\Z", max_length=254)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9 ()/.-]{5,30}\Z")]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Case = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")]


class ConsentBody(Body, frozen=True):
    """The purpose one agrees to, the language one was asked in, and the `notice` one read."""

    purpose: Purpose
    language: Tag = "en"
    notice: Annotated[str, msgspec.Meta(max_length=32)] | None = None


class DetailsBody(Body, frozen=True):
    """Details to be sealed; what is left out stays as it is."""

    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    address: Address | None = None
    birth_date: Day | None = None


class LookBody(Body, frozen=True):
    """Which details the operator needs, what for, and the id of the case."""

    fields: Annotated[list[Detail], msgspec.Meta(min_length=1, max_length=5)]
    purpose: DeskPurpose
    case: Case | None = None


@read("/v1/purposes", scope=None, gives=list[PurposeView])
def list_purposes() -> list[PurposeView]:
    """List why anyone may look at what identifies a person. Anyone may."""
    return exporting.purposes()


@write(
    "/v1/me/consents",
    "consent.give",
    consents.give,
    scope="parties:write",
    gives=Receipt,
    refuses=(Invalid, ConsentNotNeeded, ConsentNoticeDiffers, NotFound),
    status=201,
)
def give_consent(body: ConsentBody, *, caller: Caller) -> Give:
    """Agree to a purpose that needs it; the answer is the receipt."""
    method = "session" if caller.session else "api-key"
    notice = msgspec.UNSET if body.notice is None else body.notice
    return Give(caller.party, body.purpose, body.language, method, notice)


@write(
    "/v1/me/consents/{consent:cns}",
    "consent.withdraw",
    consents.withdraw,
    scope="parties:write",
    gives=Receipt,
    refuses=(Invalid, NotFound),
    method="DELETE",
)
def withdraw_consent(*, caller: Caller, consent: UUID) -> Withdraw:
    """Take a consent back: once this is answered, nothing is opened for that purpose any more."""
    return Withdraw(caller.party, consent)


@read("/v1/me/consents", scope="parties:read", gives=Listing[Receipt], refuses=(Invalid,))
def list_consents(tx: Tx, *, caller: Caller, page: Page) -> Listing[Receipt]:
    """List one's receipts, newest first."""
    return consents.listing(tx, caller.party, page)


@read("/v1/me/details", scope="parties:read", gives=Details, refuses=(Forbidden, *OPENING_REFUSALS))
def read_details(database: Database, *, caller: Caller) -> Details:
    """Read what one has told of oneself; it is a reading like any other.

    A device with one duty alone, as a cashier's, does not.
    """
    sessions.check_owner(caller)
    return details.own(database, caller.party)


@direct(
    "/v1/me/details",
    scope="parties:write",
    gives=Kept,
    refuses=(Invalid, *SEALING_REFUSALS),
    method="PATCH",
)
def correct_details(database: Database, body: DetailsBody, *, caller: Caller, key: str) -> object:
    """Tell or correct what identifies one; it is sealed, and the answer holds none of it."""
    given = msgspec.structs.asdict(body)
    texts = {name.replace("_", "-"): text for name, text in given.items() if text is not None}
    return details.correct(database, caller.party, key, texts)


@direct(
    "/v1/parties/{party:par}/details",
    scope="operator",
    gives=Details,
    refuses=(Invalid, NotFound, ConsentMissing, *OPENING_REFUSALS),
)
def look_at_details(database: Database, body: LookBody, *, caller: Caller, party: UUID) -> Details:
    """Open someone's details for a purpose; they see it at once, with your name."""
    return details.look(database, caller.party, party, body.fields, body.purpose, body.case)


@direct(
    "/v1/me/export",
    scope="parties:read",
    gives=ExportView,
    refuses=(Forbidden, *OPENING_REFUSALS, *TOUCH_REFUSALS),
    slow=True,
)
def export_me(database: Database, *, caller: Caller) -> ExportView:
    """Export everything that is kept of one. A session needs a touch of a moment ago.

    It takes every scope by which a part of it is read elsewhere.
    """
    exporting.check_reader(database, caller)
    sessions.check_fresh(database, caller)
    return exporting.export(database, caller.party)


@read(
    "/v1/me/export-file",
    method="POST",
    scope="parties:read",
    gives=ExportFile,
    refuses=(Forbidden, *OPENING_REFUSALS, *TOUCH_REFUSALS),
    slow=True,
)
def export_me_on_paper(database: Database, *, caller: Caller) -> ExportFile:
    """Export everything that is kept of one as PDF. A session needs a touch of a moment ago.

    It takes the scopes that the other export takes.
    """
    exporting.check_reader(database, caller)
    sessions.check_fresh(database, caller)
    return desk.on_paper(database, caller.party)


@direct(
    "/v1/me/erase",
    scope="parties:write",
    gives=Erased,
    refuses=(
        NotFound, ErasureNotForHouse, ErasureWaits, VaultAbsent, *TOUCH_REFUSALS,
    ),
)  # fmt: skip
def erase_me(database: Database, *, caller: Caller, key: str) -> Erased:
    """Be forgotten, for good. A session needs a touch of a moment ago.

    Refused while something is open, naming it. Your key is destroyed: nobody can read again what
    identified you, in no copy. The amounts stay in the books, under an id that is nobody's.
    """
    sessions.check_fresh(database, caller)
    return erasing.erase(database, caller.party, caller.party, key)


routes = [
    list_purposes, give_consent, withdraw_consent, list_consents, read_details, correct_details,
    look_at_details, export_me,
    export_me_on_paper, erase_me,
]  # fmt: skip
