"""Routes of red envelopes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen, CeilingReached
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS, VaultAbsent
from sycee.core.policy.model import ApprovalNeeded, LimitReached, ProductSuspended
from sycee.core.tender.model import APPROVAL_REFUSALS
from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.envelopes import actions, desk, live, reading
from sycee.products.envelopes.actions import Claim, Claimed, Send, Sent
from sycee.products.envelopes.actions.codes import OwnLink, Shown
from sycee.products.envelopes.actions.words import LONGEST, Said
from sycee.products.envelopes.desk import ClaimBody, Password
from sycee.products.envelopes.model.code import CodeGuessesOver, CodeUnknown
from sycee.products.envelopes.model.envelope import (
    LIFE_MOST,
    EnvelopeEmpty,
    EnvelopeExpired,
    EnvelopeForNewcomers,
    EnvelopeNotForYou,
    EnvelopeTooLarge,
    EnvelopeUnknown,
    Greeting,
    PasswordTriesOver,
    PasswordWrong,
    SenderLacksFunds,
)
from sycee.products.envelopes.model.shares import Kind
from sycee.products.envelopes.reading import CoverView, EnvelopeView, ProofView, Side, WordsView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.problems import RateExceeded
from sycee.runtime.http.routes import direct, hot, read, stream, write
from sycee.runtime.http.shapes import Amount, Body, Currency, public_id
from sycee.runtime.http.streams import Strand

Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6,8}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
Party = Annotated[str, public_id("par")]
LIFE_MOST_SECONDS = int(LIFE_MOST.total_seconds())


class SendBody(Body, frozen=True):
    """An envelope to send: for those it names, for a group, or for whoever has the link.

    With `newcomers` only who joins the house after it was sent may open it.
    """

    amount_minor: Amount
    currency: Currency
    shares: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    kind: Kind = Kind.LUCKY
    cover: Annotated[str, msgspec.Meta(max_length=20)] = "fortune"
    password: Password | None = None
    named: Annotated[tuple[Party, ...], msgspec.Meta(max_length=100)] = ()
    expires_in_seconds: Annotated[int, msgspec.Meta(ge=60, le=LIFE_MOST_SECONDS)] = 86_400
    mandate: Annotated[str, public_id("mdt")] | None = None
    group: Annotated[str, public_id("grp")] | None = None
    newcomers: bool = False
    greeting: Greeting = Greeting.WISH


class CodeBody(Body, frozen=True):
    """The digits on the sender's phone."""

    code: Code


class WordsBody(Body, frozen=True):
    """A greeting or a thank-you; kept sealed."""

    text: Text


@write(
    "/v1/envelopes",
    "envelope.send",
    actions.send,
    scope="transfers:write",
    gives=Sent,
    refuses=(
        *(Invalid, EnvelopeTooLarge, NotFound, *STANDING_REFUSALS, ProductSuspended, LimitReached),
        *(ApprovalNeeded, *APPROVAL_REFUSALS, SenderLacksFunds, VaultAbsent),
        *(AccountClosed, AccountFrozen),
    ),
    status=201,
)
def send(body: SendBody, *, caller: Caller) -> Send:
    """Send a red envelope; the shares are fixed now, and the commitment to them published.

    The answer's `token` opens it: share it as a link or a code. A session brings the mandate of an
    approval made out to the operator, who keeps the pot, unless its daily allowance suffices.
    """
    mandate = None if body.mandate is None else ids.parse("mdt", body.mandate, "mandate")
    return Send(
        sender=caller.party,
        kind=body.kind,
        amount_minor=body.amount_minor,
        currency=body.currency,
        count=body.shares,
        cover=body.cover,
        password=desk.spoken(body.password),
        named=tuple(ids.parse("par", each, "named") for each in body.named),
        life_seconds=body.expires_in_seconds,
        mandate=mandate,
        touchless=caller.session is not None and mandate is None,
        crew=None if body.group is None else ids.parse("grp", body.group, "group"),
        newcomers=body.newcomers,
        greeting=body.greeting,
    )


@hot(
    "/v1/envelope-claims",
    "envelope.claim",
    actions.claim,
    scope="transfers:write",
    gives=Claimed,
    refuses=(
        *(EnvelopeUnknown, *STANDING_REFUSALS),
        *(EnvelopeNotForYou, EnvelopeForNewcomers, EnvelopeExpired),
        *(PasswordTriesOver, PasswordWrong, EnvelopeEmpty, ProductSuspended, LimitReached),
        *(CeilingReached, AccountClosed, AccountFrozen),
        *(NotFound, Invalid, RateExceeded, VaultAbsent),
    ),
    pause=desk.pause,
)
def claim(body: ClaimBody, *, caller: Caller) -> Claim:
    """Open an envelope: take a share, or be told again which one you have.

    With the gesture of a hand it is answered at once, without one up to 300 ms later.
    """
    return desk.claim(body, caller)


@read(
    "/v1/envelope-links/{token}",
    scope="transfers:read",
    gives=EnvelopeView,
    refuses=(EnvelopeUnknown,),
)
def link(tx: Tx, *, caller: Caller, token: str) -> EnvelopeView:
    """Look at an envelope by its link, before or after opening it."""
    return desk.by_link(tx, caller.party, token)


@read("/v1/envelope-covers/{token}", scope=None, gives=CoverView, refuses=(EnvelopeUnknown,))
def cover(tx: Tx, *, token: str) -> CoverView:
    """Look at the cover of a link before joining: it names nobody and no amount."""
    return reading.cover(tx, token)


@read(
    "/v1/envelopes/{envelope:env}",
    scope="transfers:read",
    gives=EnvelopeView,
    refuses=(Invalid, NotFound),
)
def find(tx: Tx, *, caller: Caller, envelope: UUID) -> EnvelopeView:
    """Look at an envelope that you sent, took from or may take from: who got what, best luck.

    Who got what is told once you are in it.
    """
    return desk.one(tx, caller.party, envelope)


@read(
    "/v1/envelopes",
    scope="transfers:read",
    gives=Listing[EnvelopeView],
    refuses=(Invalid,),
)
def history(tx: Tx, *, caller: Caller, page: Page, side: Side = Side.SENT) -> Listing[EnvelopeView]:
    """List the envelopes you sent, took from, or that wait for you, newest first."""
    return reading.listing(tx, caller.party, page, side)


@read(
    "/v1/envelopes/{envelope:env}/proof",
    scope=None,
    gives=ProofView,
    refuses=(Invalid, NotFound),
)
def proof(tx: Tx, *, envelope: UUID) -> ProofView:
    """Read what shows that the shares were fixed before the first was taken.

    Anyone may; it names nobody. `./sycee envelope verify` checks it without this house.
    """
    return reading.proof(tx, envelope)


@stream(
    "/v1/envelopes/{envelope:env}/events",
    scope="transfers:read",
    gives=live.TakenEvent,
    refuses=(NotFound, Invalid),
)
def events(tx: Tx, *, caller: Caller, envelope: UUID, after: str | None) -> Strand:
    """Watch shares being taken: an event `taken` for each, from the first, and one `ended`."""
    return live.strand(tx, caller.party, envelope, after)


@direct(
    "/v1/envelopes/{envelope:env}/code",
    scope="transfers:write",
    gives=Shown,
    refuses=(NotFound, EnvelopeExpired, VaultAbsent),
)
def show_code(database: Database, *, caller: Caller, envelope: UUID) -> Shown:
    """Make a code of six digits for people beside you: it opens your envelope for five minutes.

    The last code opens nothing then. It is shown this once.
    """
    return desk.show_code(database, caller.party, envelope)


@direct(
    "/v1/envelope-codes",
    scope="transfers:write",
    gives=OwnLink,
    refuses=(CodeUnknown, CodeGuessesOver, VaultAbsent),
)
def resolve_code(database: Database, body: CodeBody, *, caller: Caller) -> OwnLink:
    """Turn a code into a link that opens the envelope for you alone.

    Ten wrong codes in ten minutes are heard from one person.
    """
    return desk.resolve_code(database, caller.party, body.code)


@direct(
    "/v1/envelopes/{envelope:env}/words",
    scope="transfers:write",
    gives=Said,
    refuses=(NotFound, Invalid, *SEALING_REFUSALS),
)
def say(database: Database, body: WordsBody, *, caller: Caller, key: str, envelope: UUID) -> object:
    """Write a greeting on your envelope, or thanks on one you took from; again replaces it."""
    return desk.say(database, caller, key, envelope, body.text)


@read(
    "/v1/envelopes/{envelope:env}/words",
    scope="transfers:read",
    gives=list[WordsView],
    refuses=(NotFound, *OPENING_REFUSALS),
)
def words(database: Database, *, caller: Caller, envelope: UUID) -> list[WordsView]:
    """Read the greeting and the thanks on an envelope; it leaves a row in the journal."""
    return desk.read_words(database, caller.party, envelope)


routes = [
    *(send, claim, link, cover, find, history, proof, events, show_code, resolve_code, say),
    words,
]
