"""Routes of gifts."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen, CeilingReached
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import SEALING_REFUSALS
from sycee.core.policy.model import LimitReached, ProductSuspended
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.api import PAYING, LinkToken
from sycee.products.wallet.model import PayeeCannotReceive
from sycee.products.wallet.people.gifts import actions, desk, reading
from sycee.products.wallet.people.gifts.actions import GiftState, Open, Turn
from sycee.products.wallet.people.gifts.desk import GiftBody
from sycee.products.wallet.people.gifts.model import GiftIsOwn, GiftNotWaiting, GiftsTooMany
from sycee.products.wallet.people.gifts.reading import GiftLinkView, GiftView, Side
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body

_OPENING = (
    *(NotFound, GiftIsOwn, GiftNotWaiting, *STANDING_REFUSALS),
    *(PayeeCannotReceive, ProductSuspended, LimitReached),
    *(CeilingReached, AccountClosed, AccountFrozen),
)
_RETURNING = (NotFound, GiftNotWaiting, ProductSuspended, LimitReached)


class TokenBody(Body, frozen=True):
    """The token of a gift's link."""

    token: LinkToken


@direct(
    "/v1/gifts",
    scope="transfers:write",
    gives=GiftState,
    refuses=(*PAYING, NotFound, GiftsTooMany, *SEALING_REFUSALS),
    status=201,
)
def send(database: Database, body: GiftBody, *, caller: Caller, key: str) -> object:
    """Give money with a card and a message; it waits in a pot of its own until it is opened.

    Without `recipient` the answer's `token` makes a link, for somebody who has no wallet yet: they
    register, and open it. What nobody opens goes back when it expires (14 days, or `expires_at`).
    The approval of a gift to somebody is made out to them, that of a link to the operator (`house`
    of `/v1/me`), who keeps the pot.
    """
    return desk.send(database, caller, key, body)


@read("/v1/gifts", scope="transfers:read", gives=Listing[GiftView], refuses=(Invalid,))
def gifts(tx: Tx, *, caller: Caller, page: Page, side: Side = Side.RECEIVED) -> Listing[GiftView]:
    """List the gifts you were given, or sent, newest first."""
    return reading.gifts(tx, caller.party, page, side)


@read("/v1/gifts/{gift:gft}", scope="transfers:read", gives=GiftView, refuses=(Invalid, NotFound))
def gift(tx: Tx, *, caller: Caller, gift: UUID) -> GiftView:
    """Look at a gift that you sent or were given."""
    return reading.gift(tx, caller.party, gift)


@write(
    "/v1/gifts/{gift:gft}/open",
    "gift.open",
    actions.open_,
    scope="transfers:write",
    gives=GiftState,
    refuses=(Invalid, *_OPENING),
)
def open_(*, caller: Caller, gift: UUID) -> Open:
    """Open a gift that was sent to you: its money is yours."""
    return Open(caller.party, gift)


@write(
    "/v1/gifts/{gift:gft}/decline",
    "gift.decline",
    actions.decline,
    scope="transfers:write",
    gives=GiftState,
    refuses=(Invalid, *_RETURNING),
)
def decline(*, caller: Caller, gift: UUID) -> Turn:
    """Say no to a gift that was sent to you: it goes back."""
    return Turn(caller.party, gift)


@write(
    "/v1/gifts/{gift:gft}/take-back",
    "gift.take-back",
    actions.take_back,
    scope="transfers:write",
    gives=GiftState,
    refuses=(Invalid, *_RETURNING),
)
def take_back(*, caller: Caller, gift: UUID) -> Turn:
    """Take back a gift of your own that nobody has opened yet."""
    return Turn(caller.party, gift)


@read("/v1/gift-links/{token}", scope=None, gives=GiftLinkView, refuses=(NotFound,))
def link(tx: Tx, *, token: str) -> GiftLinkView:
    """Look at a gift by its link. Needs no wallet: who gives, how much, and until when.

    The message is not shown here: whoever opens the gift can read it.
    """
    return reading.link(tx, token)


@write(
    "/v1/gift-openings",
    "gift.open",
    actions.open_,
    scope="transfers:write",
    gives=GiftState,
    refuses=(Invalid, *_OPENING),
)
def open_link(body: TokenBody, *, caller: Caller) -> Open:
    """Open a gift by its link: the first who does has the money.

    A person who has just registered opens it in the session that this began.
    """
    return Open(caller.party, token=body.token)


routes = [send, gifts, gift, open_, decline, take_back, link, open_link]
