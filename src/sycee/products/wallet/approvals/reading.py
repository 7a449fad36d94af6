"""What bounds a person, and what is left of it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.parties.model import Party
from sycee.core.policy import check as policy
from sycee.core.policy.check import Left
from sycee.core.policy.model import Operation, Request
from sycee.products.wallet.model import PRODUCT
from sycee.runtime.db import Tx


class LimitsView(msgspec.Struct, frozen=True):
    """A person's tier, the limits that stand for it, and the daily allowance without a touch.

    A limit of window `balance` bounds what the wallet holds; the others what is paid.
    """

    tier: str
    currency: str
    touchless: Left
    limits: list[Left]


def limits(tx: Tx, party: UUID, currency: str) -> LimitsView:
    """Every limit that bounds a party in a currency, the narrowest window first."""
    who = parties.get(tx, party)
    asked = Request(
        product=PRODUCT,
        operation=Operation.TRANSFER,
        party=party,
        jurisdiction=who.jurisdiction,
        amount_minor=0,
        currency=currency,
        tier=who.tier,
        zone=who.zone,
    )
    return LimitsView(
        who.tier,
        currency,
        policy.allowance_of(tx, party, currency, who.zone),
        policy.standing(tx, asked, _held(tx, who, currency)),
    )


def _held(tx: Tx, who: Party, currency: str) -> int:
    """What a party's wallet holds, with what is on its way in: as its ceiling sees it."""
    found = accounts.read(tx, who.purse_ids(currency))
    return sum(max(0, account.expected) for account in found.values())
