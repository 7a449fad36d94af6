"""Routes of links that a shop sends."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import SEALING_REFUSALS
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.wallet.shops.links import desk
from sycee.products.wallet.shops.links.desk import LinkBody
from sycee.products.wallet.shops.offers import actions, model, reading
from sycee.products.wallet.shops.offers.actions import OfferState
from sycee.products.wallet.shops.offers.model import OfferNotOpen, OffersTooMany, State
from sycee.products.wallet.shops.offers.reading import LinkView, OfferView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write


@direct(
    "/v1/links",
    scope="transfers:write",
    gives=LinkView,
    refuses=(
        *(Invalid, NotFound, *STANDING_REFUSALS, OffersTooMany),
        *SEALING_REFUSALS,
    ),
    status=201,
)
def make(database: Database, body: LinkBody, *, caller: Caller, key: str) -> LinkView:
    """Make a link to be paid by: whoever has its token may look at it and pay it."""
    return desk.make(database, caller, key, body)


@read("/v1/links", scope="transfers:read", gives=Listing[LinkView], refuses=(Invalid,))
def links(tx: Tx, *, caller: Caller, page: Page, state: State | None = None) -> Listing[LinkView]:
    """List your links with what was paid by them, newest first."""
    return reading.link_page(tx, caller.party, page, state)


@read("/v1/links/{link}", scope=None, gives=OfferView, refuses=(NotFound,))
def show(tx: Tx, *, link: str) -> OfferView:
    """Look at a link by its token, without logging in: what the page to pay it needs, no more."""
    return reading.shown(tx, link)


@write(
    "/v1/links/{link:lnk}",
    "link.close",
    actions.close,
    scope="transfers:write",
    gives=OfferState,
    refuses=(NotFound, Forbidden, OfferNotOpen),
    method="DELETE",
)
def close(*, caller: Caller, link: UUID) -> actions.Close:
    """Take one of your links back: nobody can pay it from now on."""
    return actions.Close(caller.party, link, model.LINK, caller.device)


routes = [make, links, show, close]
