"""Routes of red envelopes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import CeilingReached
from sycee.core.parties.model import PartyClosed, PartyHasNoPurse, PartyRestricted
from sycee.core.policy.model import ApprovalNeeded, LimitReached, ProductSuspended
from sycee.core.tender.model import APPROVAL_REFUSALS
from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.envelopes import actions, reading, soldout
from sycee.products.envelopes.actions import Claim, Claimed, Send, Sent
from sycee.products.envelopes.model.envelope import (
    EnvelopeEmpty,
    EnvelopeExpired,
    EnvelopeNotForYou,
    EnvelopeTooLarge,
    EnvelopeUnknown,
    PasswordTriesOver,
    PasswordWrong,
    SenderLacksFunds,
)
from sycee.products.envelopes.model.shares import Kind
from sycee.products.envelopes.reading import EnvelopeView, ProofView, Side
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import hot, read, write
from sycee.runtime.http.shapes import Amount, Body, Currency, public_id

Token = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{22}$")]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Party = Annotated[str, public_id("par")]
_STANDING = (PartyRestricted, PartyClosed, PartyHasNoPurse)


class SendBody(Body, frozen=True):
    """An envelope to send. Without `named` it is for whoever has the link."""

    amount_minor: Amount
    currency: Currency
    shares: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    kind: Kind = Kind.LUCKY
    cover: Annotated[str, msgspec.Meta(max_length=20)] = "fortune"
    password: Password | None = None
    named: Annotated[tuple[Party, ...], msgspec.Meta(max_length=100)] = ()
    expires_in_seconds: Annotated[int, msgspec.Meta(ge=60, le=259_200)] = 86_400
    mandate: Annotated[str, public_id("mdt")] | None = None


class ClaimBody(Body, frozen=True):
    """The link's token, and the password where there is one."""

    token: Token
    password: Password | None = None


@write(
    "/v1/envelopes",
    "envelope.send",
    actions.send,
    scope="transfers:write",
    gives=Sent,
    refuses=(
        *(Invalid, EnvelopeTooLarge, NotFound, *_STANDING, ProductSuspended, LimitReached),
        *(ApprovalNeeded, *APPROVAL_REFUSALS, SenderLacksFunds),
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
        password=body.password,
        named=tuple(ids.parse("par", each, "named") for each in body.named),
        life_seconds=body.expires_in_seconds,
        mandate=mandate,
        touchless=caller.session is not None and mandate is None,
    )


@hot(
    "/v1/envelope-claims",
    "envelope.claim",
    actions.claim,
    scope="transfers:write",
    gives=Claimed,
    refuses=(
        *(EnvelopeUnknown, *_STANDING, EnvelopeNotForYou, EnvelopeExpired, PasswordTriesOver),
        *(PasswordWrong, EnvelopeEmpty, ProductSuspended, LimitReached, CeilingReached),
        *(NotFound, Invalid),
    ),
)
def claim(body: ClaimBody, *, caller: Caller) -> Claim:
    """Open an envelope: take a share, or be told again which one you have."""
    soldout.check(body.token, caller.party)
    return Claim(caller.party, body.token, body.password)


@read(
    "/v1/envelope-links/{token}",
    scope="transfers:read",
    gives=EnvelopeView,
    refuses=(EnvelopeUnknown,),
)
def link(tx: Tx, *, caller: Caller, token: str) -> EnvelopeView:
    """Look at an envelope by its link, before or after opening it."""
    return reading.by_link(tx, caller.party, token)


@read(
    "/v1/envelopes/{envelope:env}",
    scope="transfers:read",
    gives=EnvelopeView,
    refuses=(Invalid, NotFound),
)
def find(tx: Tx, *, caller: Caller, envelope: UUID) -> EnvelopeView:
    """Look at an envelope that you sent or took from: who got what, and the best luck."""
    return reading.one(tx, caller.party, envelope)


@read(
    "/v1/envelopes",
    scope="transfers:read",
    gives=Listing[EnvelopeView],
    refuses=(Invalid,),
)
def history(tx: Tx, *, caller: Caller, page: Page, side: Side = Side.SENT) -> Listing[EnvelopeView]:
    """List the envelopes you sent, or took from, newest first."""
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


routes = [send, claim, link, find, history, proof]
