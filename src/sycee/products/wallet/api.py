"""Routes of the wallet."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.policy.model import ApprovalNeeded, LimitReached, ProductSuspended
from sycee.core.tender.model import APPROVAL_REFUSALS
from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet import reading
from sycee.products.wallet.model import (
    InsufficientFunds,
    Made,
    OutRefUsed,
    PayeeCannotReceive,
    PayeeUnknown,
    Transfer,
    TransferToSelf,
)
from sycee.products.wallet.reading import BalanceView, TransferView
from sycee.products.wallet.shops.codes.model import CodeAltered, CodeNotOurs, CodeUnreadable
from sycee.products.wallet.shops.offers import model as offers
from sycee.products.wallet.shops.offers import paying
from sycee.products.wallet.shops.offers.model import OfferDiffers, OfferNotOpen, TipNotTaken
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import hot, read
from sycee.runtime.http.shapes import Amount, AmountOrNone, Body, Currency, Reference, public_id

AccountIds = Annotated[
    list[Annotated[str, public_id("acc")]], msgspec.Meta(min_length=1, max_length=100)
]


PAYING = (
    Invalid,
    TransferToSelf,
    *STANDING_REFUSALS,
    PayeeUnknown,
    PayeeCannotReceive,
    ProductSuspended,
    LimitReached,
    ApprovalNeeded,
    OutRefUsed,
    *APPROVAL_REFUSALS,
    InsufficientFunds,
    AccountClosed,
    AccountFrozen,
)
"""What any payment out of a wallet may be refused for."""


OFFERED = (
    *(CodeUnreadable, CodeNotOurs, CodeAltered),
    *(NotFound, OfferNotOpen, OfferDiffers, TipNotTaken),
)
"""What a payment by a code or a link may be refused for besides."""

Mandate = Annotated[str, public_id("mdt")]
ScannedCode = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
LinkToken = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]


def approval_of(caller: Caller, mandate: str | None) -> tuple[UUID | None, bool]:
    """The approval that a caller brings, and whether it is a session that brings none."""
    found = None if mandate is None else ids.parse("mdt", mandate, "mandate")
    return found, caller.session is not None and found is None


class TransferBody(Body, frozen=True):
    """Who is paid, and how much; `mandate` is the approval of just that.

    `tip_minor` is how much of the amount is a tip. `code` is a merchant's code that was scanned
    (its text or token), `link` the token of a link: the payment must be the one that it asks for.
    """

    payee: Annotated[str, public_id("par")]
    amount_minor: Amount
    currency: Currency
    out_ref: Reference | None = None
    mandate: Mandate | None = None
    tip_minor: AmountOrNone = 0
    code: ScannedCode | None = None
    link: LinkToken | None = None


@hot(
    "/v1/transfers",
    "wallet.transfer",
    paying.pay,
    scope="transfers:write",
    gives=Made,
    refuses=(*PAYING, *OFFERED),
)
def transfer(body: TransferBody, *, caller: Caller) -> Transfer:
    """Pay another party from your own wallet.

    A session pays with the `mandate` of an approval; without one only as much as its owner's daily
    allowance leaves. An API key is its owner's leave to pay.
    """
    mandate, touchless = approval_of(caller, body.mandate)
    return Transfer(
        payer=caller.party,
        payee=ids.parse("par", body.payee, "payee"),
        amount_minor=body.amount_minor,
        currency=body.currency,
        out_ref=body.out_ref,
        mandate=mandate,
        touchless=touchless,
        tip_minor=body.tip_minor,
        offer=offers.named(body.code, body.link),
    )


@read(
    "/v1/transfers/{transfer:tfr}",
    scope="transfers:read",
    gives=TransferView,
    refuses=(Invalid, NotFound),
)
def find(tx: Tx, *, caller: Caller, transfer: UUID) -> TransferView:
    """Look up a transfer that you paid or received."""
    return reading.transfer(tx, caller.party, transfer)


@read(
    "/v1/transfers",
    scope="transfers:read",
    gives=Listing[TransferView],
    refuses=(Invalid,),
)
def history(
    tx: Tx, *, caller: Caller, page: Page, out_ref: str | None = None
) -> Listing[TransferView]:
    """List your transfers, newest first; by `out_ref` those you paid under it."""
    return reading.transfers(tx, caller.party, page, out_ref)


@read(
    "/v1/balances",
    scope="accounts:read",
    gives=list[BalanceView],
    refuses=(Invalid, NotFound),
)
def balances(tx: Tx, *, caller: Caller, account: AccountIds | None = None) -> list[BalanceView]:
    """Read the balances of all your accounts, or of those named, as of one instant.

    The operator may name anyone's. The answer has the order of the question.
    """
    return reading.balances(tx, caller, account)


routes = [transfer, find, history, balances]
