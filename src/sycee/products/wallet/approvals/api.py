"""Routes of approvals, of the daily allowance without one, and of the limits that stand."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.parties.identity.model import (
    TOUCH_REFUSALS,
    ChallengeExpired,
    ChallengeUnknown,
    DeviceRevoked,
    PasskeyCopied,
    PasskeyRefused,
    PasskeyUnknown,
)
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse
from sycee.products.wallet.approvals import actions, reading
from sycee.products.wallet.approvals.actions import Allowance, Asked, Given
from sycee.products.wallet.approvals.model import ApprovalNotYours, PaymentShownDiffers
from sycee.products.wallet.approvals.reading import LimitsView
from sycee.products.wallet.model import PayeeUnknown, TransferToSelf
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, read
from sycee.runtime.http.shapes import Amount, Body, Currency, public_id

AllowanceAmount = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class PaymentBody(Body, frozen=True):
    """Who is to be paid, and how much."""

    payee: Annotated[str, public_id("par")]
    amount_minor: Amount
    currency: Currency


class TouchBody(Body, frozen=True):
    """The browser's `PublicKeyCredential`, by its `toJSON()`; null on a demo device alone."""

    credential: dict[str, Any] | None = None


class AllowanceBody(Body, frozen=True):
    """What may go in a day without a touch; 0 = nothing."""

    currency: Currency
    amount_minor: AllowanceAmount


@direct(
    "/v1/approvals",
    scope="transfers:write",
    gives=Asked,
    refuses=(Invalid, ApprovalNotYours, TransferToSelf, PayeeUnknown, NotFound),
    status=201,
)
def ask(database: Database, body: PaymentBody, *, caller: Caller) -> Asked:
    """Ask for the approval of a payment: what to sign, and how to ask the passkey.

    The challenge in `options` is SHA-256 over `text`; a browser should show what stands in it.
    """
    payee = parse("par", body.payee, "payee")
    return actions.ask(database, caller, payee, body.amount_minor, body.currency)


@direct(
    "/v1/approvals/{approval:chg}",
    scope="transfers:write",
    gives=Given,
    refuses=(
        *(Invalid, ApprovalNotYours, ChallengeUnknown, ChallengeExpired, PasskeyRefused),
        *(PasskeyUnknown, PasskeyCopied, DeviceRevoked, PaymentShownDiffers),
        *STANDING_REFUSALS,
        *(PayeeUnknown, NotFound),
    ),
    status=201,
)
def give(database: Database, body: TouchBody, *, caller: Caller, approval: UUID) -> Given:
    """Give an approval: the touched passkey becomes a mandate for exactly this payment, once.

    Answers of `navigator.credentials.get()` and of Secure Payment Confirmation are both taken.
    """
    return actions.give(database, caller, approval, body.credential)


@direct(
    "/v1/allowances",
    scope="devices:write",
    gives=Allowance,
    refuses=(Invalid, *TOUCH_REFUSALS),
    method="PUT",
)
def allow(database: Database, body: AllowanceBody, *, caller: Caller) -> Allowance:
    """Set what may go in a day without a touch, after a touch of the passkey."""
    return actions.allow(database, caller, body.currency, body.amount_minor)


@read("/v1/limits", scope="accounts:read", gives=LimitsView, refuses=(Invalid,))
def limits(tx: Tx, *, caller: Caller, currency: Currency) -> LimitsView:
    """Read every limit that bounds you in a currency, and what is left of each now."""
    return reading.limits(tx, caller.party, currency)


routes = [ask, give, allow, limits]
