"""Routes of refunds."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger.refusals import AccountClosed, AccountFrozen
from sycee.core.policy.model import LimitReached, ProductSuspended
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.wallet.model import InsufficientFunds, PayeeCannotReceive
from sycee.products.wallet.refunds import actions, reading
from sycee.products.wallet.refunds.actions import Refunded
from sycee.products.wallet.refunds.model import CashierLimitReached, Reason, RefundExceedsPayment
from sycee.products.wallet.refunds.reading import RefundView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Amount, Body


class RefundBody(Body, frozen=True):
    """How much goes back, and why."""

    amount_minor: Amount
    reason: Reason


@write(
    "/v1/transfers/{transfer:tfr}/refunds",
    "transfer.refund",
    actions.give,
    scope="sales:write",
    gives=Refunded,
    refuses=(
        *(Invalid, NotFound, Forbidden, ProductSuspended, LimitReached),
        *(RefundExceedsPayment, CashierLimitReached, InsufficientFunds),
        *(AccountClosed, AccountFrozen, PayeeCannotReceive),
    ),
    status=201,
)
def refund(body: RefundBody, *, caller: Caller, transfer: UUID) -> actions.Give:
    """Give a payment back that you received, in full or in parts, to whoever made it.

    Never more than was paid. A cashier may give back what the shop's owner allows in a day. The
    price goes back before a tip does.
    """
    return actions.Give(caller.party, transfer, body.amount_minor, body.reason, caller.device)


@read(
    "/v1/transfers/{transfer:tfr}/refunds",
    scope="transfers:read",
    gives=Listing[RefundView],
    refuses=(NotFound,),
)
def refunds(tx: Tx, *, caller: Caller, transfer: UUID) -> Listing[RefundView]:
    """List the refunds of a payment that you made or received, oldest first."""
    return reading.refunds(tx, caller.party, transfer)


routes = [refund, refunds]
