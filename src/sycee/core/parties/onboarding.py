"""Whether somebody new may come in: an operation of the wallet that an order may stop."""

from __future__ import annotations

from sycee.core.parties.model import PURSE, NewParty
from sycee.core.policy.check import check_one
from sycee.core.policy.model import Initiator, Operation, Request
from sycee.runtime.db import Tx

PRODUCT = "wallet"


def check_open(tx: Tx, new: NewParty, initiator: Initiator) -> None:
    """Refuse `ProductSuspended` while an order stops new customers of this place and class.

    Those who are no customers, such as an authority, come in under any order.
    """
    if new.kind not in PURSE:
        return
    check_one(
        tx,
        Request(
            product=PRODUCT,
            operation=Operation.ONBOARD,
            party=None,
            jurisdiction=new.jurisdiction,
            amount_minor=0,
            currency="",
            tier=new.tier,
            zone=new.zone,
            initiator=initiator,
        ),
    )
