"""Routes of a till."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sycee.core.paycodes.model import PayCodeOffTime, WrongCodesLimited
from sycee.core.tender import model as tender
from sycee.core.tender.actions import WalletMissing
from sycee.products.wallet.api import PAYING
from sycee.products.wallet.model import Made
from sycee.products.wallet.tills import actions
from sycee.products.wallet.tills.actions import Charge
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import hot
from sycee.runtime.http.shapes import Amount, AmountOrNone, Body, Currency

Digits = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^2[89][0-9]{16}\Z",
        description="The 18 digits that the payer shows: as text, bar code or QR code.",
    ),
]


class ChargeBody(Body, frozen=True):
    """The payer's code, and what to take; `tip_minor` is how much of it is a tip."""

    code: Digits
    amount_minor: Amount
    currency: Currency
    tip_minor: AmountOrNone = 0

    def __repr__(self) -> str:
        return f"ChargeBody({self.amount_minor} {self.currency})"  # the code stays out of logs


@hot(
    "/v1/charges",
    "wallet.charge",
    actions.charge,
    scope="sales:write",
    gives=Made,
    refuses=(
        WrongCodesLimited,
        PayCodeOffTime,
        WalletMissing,
        tender.MandateUnknown,
        tender.MandateSpent,
        tender.MandateRevoked,
        tender.MandateExpired,
        tender.MandatePayeeDiffers,
        tender.MandateCurrencyDiffers,
        tender.MandateCeilingExceeded,
        *PAYING,
    ),
)
def charge(body: ChargeBody, *, caller: Caller) -> Charge:
    """Charge a payer who shows a pay code, issued by the server or computed offline.

    The money is the shop's when the answer comes. Each code is good for one payment.
    """
    return Charge(
        caller.party,
        body.code,
        body.amount_minor,
        body.currency,
        body.tip_minor,
        caller.device,
    )


routes = [charge]
