"""Routes of demands: for the operator's people alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.regulator.demands import actions, desk, model, reading
from sycee.oversight.regulator.demands.actions import Approve, Decline, Demanded, Receive
from sycee.oversight.regulator.demands.desk import Answer
from sycee.oversight.regulator.demands.model import (
    SUBJECTS_MAX,
    DemandGrantDiffers,
    DemandGrantWider,
    DemandIncomplete,
    DemandNeedsAnother,
    DemandNotStanding,
    Extent,
    Field,
)
from sycee.oversight.regulator.demands.reading import DemandView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read
from sycee.runtime.http.shapes import Body
from sycee.runtime.perform import Call, perform_one

Line = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Base64 = Annotated[str, msgspec.Meta(min_length=44, max_length=44)]


class ExtentBody(Body, frozen=True):
    """Whom (ids), what, and of which time: statements need both ends."""

    subjects: Annotated[tuple[str, ...], msgspec.Meta(max_length=SUBJECTS_MAX)] = ()
    fields: Annotated[tuple[Field, ...], msgspec.Meta(max_length=len(Field))] = ()
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    @property
    def extent(self) -> Extent:
        return Extent(self.subjects, self.fields, self.since, self.until)


class DemandBody(Body, frozen=True):
    """A demand as it came: `text` is the request word for word; what is lacking is refused."""

    text: Annotated[str, msgspec.Meta(max_length=20_000)]
    asked: ExtentBody
    authority: Line = ""
    legal_basis: Line = ""
    offence: Line = ""
    gag_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    gag_basis: Line | None = None


class GrantBody(Body, frozen=True):
    """What one grants: all that was asked, or less."""

    granted: ExtentBody


class RecipientBody(Body, frozen=True):
    """The authority's X25519 public key, 32 bytes in base64."""

    recipient: Base64


class RequestText(msgspec.Struct, frozen=True):
    """A request, word for word."""

    text: str


@direct(
    "/v1/demands",
    scope="operator",
    gives=Demanded,
    refuses=(Invalid, DemandIncomplete, NotFound, *SEALING_REFUSALS),
    status=201,
)
def receive(database: Database, body: DemandBody, *, caller: Caller, key: str) -> Any:
    """Take a demand of an authority, word for word; one that is not complete is refused.

    It is a row of the log from this moment on, opened to everyone at once or when its gag ends.
    """
    command = Receive(
        by=caller.party,
        authority=body.authority,
        legal_basis=body.legal_basis,
        offence=body.offence,
        sha256=model.digest_of(body.text.encode()).hex(),
        asked=body.asked.extent,
        gag_until=body.gag_until,
        gag_basis=body.gag_basis,
    )
    return desk.receive(database, command, body.text, key)


@read("/v1/demands", scope="operator", gives=Listing[DemandView], refuses=(Invalid,))
def demands(tx: Tx, *, page: Page) -> Listing[DemandView]:
    """List demands, newest first."""
    return reading.demands(tx, page)


@read("/v1/demands/{demand:dmd}", scope="operator", gives=DemandView, refuses=(Invalid, NotFound))
def demand(tx: Tx, *, demand: UUID) -> DemandView:
    """Read a demand: what was asked, and what is granted of it."""
    return reading.demand(tx, demand)


@direct(
    "/v1/demands/{demand:dmd}/text",
    scope="operator",
    gives=RequestText,
    refuses=(Invalid, NotFound, *OPENING_REFUSALS),
)
def open_text(database: Database, *, caller: Caller, demand: UUID) -> RequestText:
    """Open the request, word for word; it leaves a trace."""
    return RequestText(desk.text(database, caller.party, demand))


@direct(
    "/v1/demands/{demand:dmd}/approve",
    scope="operator",
    gives=Demanded,
    refuses=(
        Invalid, NotFound, DemandNotStanding, DemandNeedsAnother, DemandGrantWider,
        DemandGrantDiffers, *TOUCH_REFUSALS,
    ),
)  # fmt: skip
def approve(database: Database, body: GrantBody, *, caller: Caller, demand: UUID, key: str) -> Any:
    """Approve a demand as the first or the second person, and say what of it is granted.

    A session needs a touch of a moment ago. The second grants exactly what the first did.
    """
    sessions.check_fresh(database, caller)
    command = Approve(caller.party, caller.eyes, demand, body.granted.extent)
    call = Call(caller.party, key, "demand.approve", command)
    return perform_one(database, call, actions.approve).unwrap()


@direct(
    "/v1/demands/{demand:dmd}/decline",
    scope="operator",
    gives=Demanded,
    refuses=(Invalid, NotFound, DemandNotStanding, DemandNeedsAnother, *TOUCH_REFUSALS),
)
def decline(database: Database, *, caller: Caller, demand: UUID, key: str) -> Any:
    """Decline a demand; one person is enough."""
    sessions.check_fresh(database, caller)
    command = Decline(caller.party, caller.eyes, demand)
    call = Call(caller.party, key, "demand.decline", command)
    return perform_one(database, call, actions.decline).unwrap()


@direct(
    "/v1/demands/{demand:dmd}/answer",
    scope="operator",
    gives=Answer,
    refuses=(Invalid, NotFound, DemandNotStanding, *TOUCH_REFUSALS, *OPENING_REFUSALS),
)
def answer(database: Database, body: RecipientBody, *, caller: Caller, demand: UUID) -> Answer:
    """Open what two people granted, and nothing else, sealed to the authority's key (HPKE)."""
    sessions.check_fresh(database, caller)
    return desk.answer(database, caller.party, demand, body.recipient)


@read(
    "/v1/demands/{demand:dmd}/answer",
    scope="operator",
    gives=Answer,
    refuses=(Invalid, NotFound, DemandNotStanding),
)
def read_answer(tx: Tx, *, demand: UUID) -> Answer:
    """Read the sealed answer again."""
    return reading.answer(tx, demand)


routes = [receive, demands, demand, open_text, approve, decline, answer, read_answer]
