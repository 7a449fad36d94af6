"""Routes of codes that a shop shows."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import OPENING_REFUSALS
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.wallet.shops.codes import desk
from sycee.products.wallet.shops.codes.desk import CodeBody, Svg
from sycee.products.wallet.shops.codes.model import CodeAltered, CodeUnreadable
from sycee.products.wallet.shops.offers import actions, model, reading
from sycee.products.wallet.shops.offers.actions import OfferState
from sycee.products.wallet.shops.offers.model import OfferNotOpen, OffersTooMany, State
from sycee.products.wallet.shops.offers.reading import CodeView, Resolved
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body


class ScannedBody(Body, frozen=True):
    """What a camera read, or a token that came with a link."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_296)]


@direct(
    "/v1/codes",
    scope="sales:write",
    gives=CodeView,
    refuses=(Invalid, NotFound, *STANDING_REFUSALS, OffersTooMany),
    status=201,
)
def make(database: Database, body: CodeBody, *, caller: Caller, key: str) -> CodeView:
    """Make a code to be paid by: with an amount for one sale, without one for the wall.

    It is EMVCo's, signed: whoever changes the payee or the amount in it is found out.
    """
    return desk.make(database, caller, key, body)


@read("/v1/codes", scope="transfers:read", gives=Listing[CodeView], refuses=(Invalid,))
def codes(tx: Tx, *, caller: Caller, page: Page, state: State | None = None) -> Listing[CodeView]:
    """List your codes with what was paid by them, newest first."""
    return reading.code_page(tx, caller.party, page, state)


@read("/v1/codes/{code:cod}", scope="transfers:read", gives=CodeView, refuses=(NotFound,))
def code(tx: Tx, *, caller: Caller, code: UUID) -> CodeView:
    """Look up one of your codes."""
    return reading.code(tx, caller.party, code)


@read("/v1/codes/{code:cod}/image.svg", scope="transfers:read", gives=Svg, refuses=(NotFound,))
def image(tx: Tx, *, caller: Caller, code: UUID) -> Svg:
    """Draw one of your codes as SVG, to be shown or printed."""
    return desk.image(tx, caller.party, code)


@write(
    "/v1/codes/{code:cod}",
    "code.close",
    actions.close,
    scope="sales:write",
    gives=OfferState,
    refuses=(NotFound, Forbidden, OfferNotOpen),
    method="DELETE",
)
def close(*, caller: Caller, code: UUID) -> actions.Close:
    """Take a code back: nobody can pay it from now on. A cashier may do so with its own."""
    return actions.Close(caller.party, code, model.CODE, caller.device)


@read(
    "/v1/codes/resolve",
    scope="transfers:read",
    gives=Resolved,
    refuses=(Invalid, NotFound, CodeUnreadable, CodeAltered, *OPENING_REFUSALS),
    method="POST",
)
def resolve(database: Database, body: ScannedBody, *, caller: Caller) -> Resolved:
    """Find out what a scanned code is before paying it: whom, how much, until when.

    The payee's name and badge are this house's, never the code's. Codes of other schemes are read
    (PIX, PromptPay, UPI, EPC and more), and cannot be paid here. A link's token is taken too.
    """
    return reading.resolve(database, caller.party, body.text)


routes = [make, codes, code, image, close, resolve]
