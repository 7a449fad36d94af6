"""Routes of money back."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.model import PartyClosed
from sycee.core.policy.model import ProductSuspended
from sycee.products.escrow import actions, bodies
from sycee.products.escrow.actions import Touch, TradeResult
from sycee.products.escrow.api.refusing import (
    ABOVE,
    QUIET,
    REFUND,
    REPAY,
    WRITE,
)
from sycee.products.escrow.model import refusals as no
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import write


@write(
    "/v1/trades/{trade:trd}/refund",
    "escrow.open-refund",
    actions.open_refund,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*QUIET, no.DeadlinePassed, ABOVE, PartyClosed),
)
def open_refund(body: bodies.RefundBody, *, caller: Caller, trade: UUID) -> actions.OpenRefund:
    """Ask for money back, as the buyer."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/refund/modify",
    "escrow.modify-refund",
    actions.modify_refund,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*REFUND, ABOVE),
)
def modify_refund(
    body: bodies.ModifyRefundBody, *, caller: Caller, trade: UUID
) -> actions.ModifyRefund:
    """Ask for something else."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/refund/cancel",
    "escrow.cancel-refund",
    actions.cancel_refund,
    scope=WRITE,
    gives=TradeResult,
    refuses=REFUND,
)
def cancel_refund(*, caller: Caller, trade: UUID) -> Touch:
    """Withdraw the request for money back."""
    return Touch(trade, caller.party)


@write(
    "/v1/trades/{trade:trd}/refund/agree",
    "escrow.agree-refund",
    actions.agree_refund,
    scope=WRITE,
    gives=TradeResult,
    refuses=(*REPAY, no.RefundRequestDiffers),
)
def agree_refund(
    body: bodies.AgreeRefundBody, *, caller: Caller, trade: UUID
) -> actions.AgreeRefund:
    """Agree to what the buyer asks for, as the refund's seller."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/refund/refuse",
    "escrow.refuse-refund",
    actions.refuse_refund,
    scope=WRITE,
    gives=TradeResult,
    refuses=REFUND,
)
def refuse_refund(*, caller: Caller, trade: UUID) -> Touch:
    """Refuse a refund, or the goods that came back."""
    return Touch(trade, caller.party)


@write(
    "/v1/trades/{trade:trd}/refund/return",
    "escrow.send-back",
    actions.send_back,
    scope=WRITE,
    gives=TradeResult,
    refuses=REFUND,
)
def send_back(body: bodies.SendBackBody, *, caller: Caller, trade: UUID) -> actions.SendBack:
    """Say that the goods are on their way back."""
    return body.command(caller.party, trade)


@write(
    "/v1/trades/{trade:trd}/refund/receive",
    "escrow.receive-goods",
    actions.receive_goods,
    scope=WRITE,
    gives=TradeResult,
    refuses=REPAY,
)
def receive_goods(*, caller: Caller, trade: UUID) -> Touch:
    """Say that the goods are back: so is the money."""
    return Touch(trade, caller.party)


@write(
    "/v1/trades/{trade:trd}/refund-now",
    "escrow.refund-now",
    actions.refund_now,
    scope=WRITE,
    gives=TradeResult,
    refuses=(
        *QUIET,
        ABOVE,
        no.RequestRefReused,
        no.SellerLacksFunds,
        no.PurseFull,
        no.PurseShut,
        ProductSuspended,
    ),
)
def refund_now(body: bodies.RefundNowBody, *, caller: Caller, trade: UUID) -> actions.RefundNow:
    """Give money back at once, as a seller; once for each `request_ref`."""
    return body.command(caller.party, trade)


routes = [
    open_refund,
    modify_refund,
    cancel_refund,
    agree_refund,
    refuse_refund,
    send_back,
    receive_goods,
    refund_now,
]
