"""Routes of mandates: a pay code is withdrawn here, and made where identity is known too."""

from __future__ import annotations

from uuid import UUID

from sycee.core.tender import actions
from sycee.core.tender.model import MandateSpent, MandateUnknown
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import write


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


routes = [revoke_pay_code]
