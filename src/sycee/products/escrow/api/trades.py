"""Routes of the main line: make, read, pay, ship, confirm, release, milestones, split."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.policy.model import ApprovalNeeded, LimitReached, ProductSuspended
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.escrow import actions, bodies, listing, reading
from sycee.products.escrow.actions import Touch, TradeResult
from sycee.products.escrow.api.refusing import (
    MANDATES,
    MONEY,
    QUIET,
    READ,
    STEP,
    TURN,
    WRITE,
)
from sycee.products.escrow.model import refusals as no
from sycee.products.escrow.model.trade import Side, State
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import hot, read, write


@write(
    "/v1/trades",
    "escrow.create",
    actions.create,
    scope=WRITE,
    gives=TradeResult,
    refuses=(Invalid, Forbidden, NotFound, *STANDING_REFUSALS, ProductSuspended, no.OutRefTaken),
    status=201,
)
def create(body: bodies.TradeBody, *, caller: Caller) -> actions.Create:
    """Make a trade as its buyer or a seller."""
    return body.command(caller.party)


@read("/v1/trades/{trade:trd}", scope=READ, gives=reading.TradeView, refuses=(Invalid, NotFound))
def find(tx: Tx, *, caller: Caller, trade: UUID) -> reading.TradeView:
    """Look up a trade."""
    return reading.find(tx, trade, caller.party, caller.scopes)


@read("/v1/trades", scope=READ, gives=Listing[reading.TradeView], refuses=(Invalid, Forbidden))
def history(
    tx: Tx,
    *,
    caller: Caller,
    page: Page,
    side: Side | None = None,
    state: State | None = None,
    out_ref: str | None = None,
    everyone: bool = False,
) -> Listing[reading.TradeView]:
    """List your trades, newest first; `out_ref` finds the one you sold under it.

    With `everyone` the operator sees all trades of the house, by `state` alone.
    """
    return listing.of_party(
        tx,
        caller.party,
        page,
        side=side,
        state=state,
        out_ref=out_ref,
        everyone=everyone,
        scopes=caller.scopes,
    )


@read("/v1/trade-categories", scope=READ, gives=list[listing.CategoryView])
def categories(tx: Tx, *, caller: Caller) -> list[listing.CategoryView]:
    """Read the categories of goods: how long each side may take, and the platform's fee."""
    return listing.categories(tx)


@read(
    "/v1/trades/{trade:trd}/timeline",
    scope=READ,
    gives=list[reading.EventView],
    refuses=(Invalid, NotFound),
)
def timeline(tx: Tx, *, caller: Caller, trade: UUID) -> list[reading.EventView]:
    """Read what happened to a trade, oldest first."""
    return reading.timeline(tx, trade, caller.party, caller.scopes)


@read(
    "/v1/trades/{trade:trd}/records",
    scope=READ,
    gives=reading.Dossier,
    refuses=(Invalid, NotFound),
)
def records(tx: Tx, *, caller: Caller, trade: UUID) -> reading.Dossier:
    """Read the refunds, shipments, disputes, evidence and ratings of a trade."""
    return reading.dossier(tx, trade, caller.party, caller.scopes)


@write(
    "/v1/trades/{trade:trd}/change-price",
    "escrow.change-price",
    actions.change_price,
    scope=WRITE,
    gives=TradeResult,
    refuses=STEP,
)
def change_price(
    body: bodies.ChangePriceBody, *, caller: Caller, trade: UUID
) -> actions.ChangePrice:
    """Change the price before it is paid, as a seller."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/cancel",
    "escrow.cancel",
    actions.cancel,
    scope=WRITE,
    gives=TradeResult,
    refuses=STEP,
)
def cancel(*, caller: Caller, trade: UUID) -> Touch:
    """Give a trade up before it is paid."""
    return Touch(trade, caller.party)


@hot(
    "/v1/trades/{trade:trd}/pay",
    "escrow.pay",
    actions.pay,
    scope=WRITE,
    gives=TradeResult,
    refuses=(
        *(Invalid, NotFound, *STANDING_REFUSALS, no.TradeSideDiffers, no.BuyerDiffers),
        *(no.TradeNotPayable, no.DeadlinePassed, no.TradeTotalDiffers),
        *(ProductSuspended, LimitReached, ApprovalNeeded),
        *(*MANDATES, no.BuyerLacksFunds, no.PurseFull, no.PurseShut),
    ),
)
def pay(body: bodies.PayBody, *, caller: Caller, trade: UUID) -> actions.Pay:
    """Pay a trade from your own purse, or take a buyer's pay code as its seller.

    A session pays with the mandate of an approval of the trade's first seller and its total.
    Whoever shows a person the price says it as `amount_minor`, lest another be paid.
    """
    return body.command(caller, trade)


@write(
    "/v1/trades/{trade:trd}/ship",
    "escrow.ship",
    actions.ship,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*QUIET, no.LineNotLeft),
)
def ship(body: bodies.ShipBody, *, caller: Caller, trade: UUID) -> actions.Ship:
    """Say that goods are on their way."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/confirm",
    "escrow.confirm",
    actions.confirm,
    scope=WRITE,
    gives=TradeResult,
    refuses=MONEY,
)
def confirm(*, caller: Caller, trade: UUID) -> Touch:
    """Accept the goods: the sellers are paid."""
    return Touch(trade, caller.party)


@write(
    "/v1/trades/{trade:trd}/extend",
    "escrow.extend",
    actions.extend,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*STEP, no.DisputeOpen, no.TradeAlreadyExtended),
)
def extend(*, caller: Caller, trade: UUID) -> Touch:
    """Take more time to confirm, once."""
    return Touch(trade, caller.party)


@write(
    "/v1/trades/{trade:trd}/release",
    "escrow.release",
    actions.release,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*MONEY, no.LineNotLeft),
)
def release(body: bodies.ReleaseBody, *, caller: Caller, trade: UUID) -> actions.Release:
    """Pay a part early, or settle a trade without delivery as its seller."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/milestones/submit",
    "escrow.submit",
    actions.submit,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*QUIET, TURN),
)
def submit(body: bodies.ReviewBody, *, caller: Caller, trade: UUID) -> actions.Review:
    """Say that a milestone is done."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/milestones/approve",
    "escrow.approve",
    actions.approve,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*MONEY, TURN),
)
def approve(body: bodies.ReviewBody, *, caller: Caller, trade: UUID) -> actions.Review:
    """Accept a milestone: its amount is paid."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/milestones/reject",
    "escrow.reject",
    actions.reject,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*QUIET, TURN),
)
def reject(body: bodies.ReviewBody, *, caller: Caller, trade: UUID) -> actions.Review:
    """Send a milestone back to the seller."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/split",
    "escrow.split",
    actions.split,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*MONEY, *STANDING_REFUSALS, no.RequestRefReused, no.SellerLacksFunds),
)
def split(body: bodies.SplitBody, *, caller: Caller, trade: UUID) -> actions.Split:
    """Pass parts of your share on to others, as a seller."""
    return body.command(caller.party, trade)


routes = [
    create,
    find,
    history,
    categories,
    timeline,
    records,
    change_price,
    cancel,
    pay,
    ship,
    confirm,
    extend,
    release,
    submit,
    approve,
    reject,
    split,
]
