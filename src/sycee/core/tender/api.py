"""Routes of pay codes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.tender import actions
from sycee.core.tender.model import MandateSpent, MandateUnknown
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, write
from sycee.runtime.http.shapes import Amount, Body, Currency, public_id

PayeeId = Annotated[str, public_id("par")]


class PayCodeBody(Body, frozen=True):
    """A pay code to be: the most it may take, for whom (left out = anyone), and for how long."""

    ceiling_minor: Amount
    currency: Currency
    payee: PayeeId | None = None
    seconds: Annotated[int, msgspec.Meta(ge=5, le=300)] = 60


@direct(
    "/v1/pay-codes",
    scope="tender:write",
    gives=actions.PayCode,
    refuses=(Invalid, actions.WalletMissing),
    status=201,
)
def issue_pay_code(database: Database, body: PayCodeBody, *, caller: Caller) -> actions.PayCode:
    """Make a pay code for one payment from one's own wallet.

    The answer shows it this once; nothing is reserved, so the payment may still find too little.
    """
    payee = None if body.payee is None else parse("par", body.payee, "payee")
    with database.transaction() as tx:
        return actions.issue(
            tx, caller.party, body.ceiling_minor, body.currency, payee, body.seconds
        )


@write(
    "/v1/pay-codes/{mandate:mdt}",
    "mandate.revoke",
    actions.revoke,
    scope="tender:write",
    gives=actions.Revoked,
    refuses=(MandateUnknown, MandateSpent),
    method="DELETE",
)
def revoke_pay_code(*, caller: Caller, mandate: UUID) -> actions.Revoke:
    """Withdraw a pay code before it is used."""
    return actions.Revoke(party=caller.party, mandate=mandate)


routes = [issue_pay_code, revoke_pay_code]
