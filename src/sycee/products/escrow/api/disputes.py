"""Routes of quarrels and of what comes after: disputes, evidence, rulings, ratings, terms."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS
from sycee.core.policy.model import ProductSuspended
from sycee.kit.errors import Invalid, NotFound
from sycee.products.escrow import actions, bodies, desk, listing, reading
from sycee.products.escrow.actions import CategoryResult, TradeResult
from sycee.products.escrow.api.refusing import (
    READ,
    STEP,
    WRITE,
)
from sycee.products.escrow.model import refusals as no
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write


@write(
    "/v1/trades/{trade:trd}/dispute",
    "escrow.open-dispute",
    actions.open_dispute,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*STEP, no.DisputeOpen),
)
def open_dispute(body: bodies.DisputeBody, *, caller: Caller, trade: UUID) -> actions.OpenDispute:
    """Call the mediator while money is held."""
    return body.command(caller.party, trade)


@direct(
    "/v1/trades/{trade:trd}/dispute/evidence",
    scope=WRITE,
    gives=TradeResult,
    refuses=(
        *(*STEP, no.DisputeMissing, no.DeadlinePassed, no.EvidenceFull),
        *SEALING_REFUSALS,
    ),
)
def add_evidence(
    database: Database, body: bodies.EvidenceBody, *, caller: Caller, key: str, trade: UUID
) -> object:
    """Put in a text or a file for the mediator."""
    return desk.add_evidence(database, caller, key, trade, body)


@read(
    "/v1/trades/{trade:trd}/evidence/{piece:evd}",
    scope=READ,
    gives=desk.EvidenceContent,
    refuses=(Invalid, NotFound, *OPENING_REFUSALS),
)
def evidence(
    database: Database, *, caller: Caller, trade: UUID, piece: UUID
) -> desk.EvidenceContent:
    """Read a piece of evidence: both sides of the dispute may, and the mediator.

    Every look leaves a row in the journal with its purpose, and stands in its writer's list.
    """
    return desk.open_evidence(database, caller, trade, piece)


@write(
    "/v1/trades/{trade:trd}/dispute/ruling",
    "escrow.rule",
    actions.rule,
    scope="disputes:rule",
    gives=TradeResult,
    refuses=(
        *(Invalid, NotFound, no.MediatorIsParty, no.TradeStateDiffers, no.DisputeMissing),
        *(no.RulingUnbalanced, no.RulingAboveShare, no.PurseFull, no.PurseShut, ProductSuspended),
    ),
)
def rule(body: bodies.RulingBody, *, caller: Caller, trade: UUID) -> actions.Rule:
    """Rule on a dispute, as the mediator: the trade ends."""
    return body.command(caller.party, trade)


@read(
    "/v1/disputes",
    scope="disputes:rule",
    gives=Listing[reading.TradeView],
    refuses=(Invalid,),
)
def disputes(tx: Tx, *, caller: Caller, page: Page) -> Listing[reading.TradeView]:
    """List the trades that wait for a ruling, newest first."""
    return listing.disputed(tx, page)


@direct(
    "/v1/trades/{trade:trd}/ratings",
    scope=WRITE,
    gives=TradeResult,
    refuses=(
        *(*STEP, no.DeadlinePassed, no.TradeAlreadyRated),
        *SEALING_REFUSALS,
    ),
)
def rate(
    database: Database, body: bodies.RatingBody, *, caller: Caller, key: str, trade: UUID
) -> object:
    """Rate the other side after the end, once."""
    return desk.rate(database, caller, key, trade, body)


@read(
    "/v1/trades/{trade:trd}/ratings/{by:par}/{of:par}",
    scope=READ,
    gives=desk.CommentContent,
    refuses=(Invalid, NotFound, *OPENING_REFUSALS),
)
def comment(
    database: Database, *, caller: Caller, trade: UUID, by: UUID, of: UUID
) -> desk.CommentContent:
    """Read what was written with a rating: the sides of the trade may.

    Every look leaves a row in the journal with its purpose, and stands in its writer's list.
    """
    return desk.open_comment(database, caller, trade, by, of)


@write(
    "/v1/categories",
    "escrow.configure",
    actions.configure,
    scope="operator",
    gives=CategoryResult,
    refuses=(Invalid,),
)
def configure(body: bodies.CategoryBody, *, caller: Caller) -> actions.Configure:
    """Set a category's terms and the platform's fee, for trades made from now on."""
    return body.command()


routes = [open_dispute, add_evidence, evidence, rule, disputes, rate, comment, configure]
