"""What a wallet may hold, by its owner's tier: the ledger's own ceiling, set before money comes in.

The bound is dated data and may change at any midnight, so it is brought to the account in the
transaction that credits it; most houses have no such limit, and then nothing is asked twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.parties.model import Purse
from sycee.core.policy.check import ceilings
from sycee.kit.errors import Refusal
from sycee.products.wallet.model import Transfer
from sycee.runtime.db import Tx

WALLET = "wallet"


def hold(
    tx: Tx, purses: Mapping[tuple[UUID, str], Purse | Refusal], commands: Iterable[Transfer]
) -> None:
    """Bring payees' accounts to the ceilings of their tiers."""
    payees = {(command.payee, command.currency) for command in commands}
    hold_purses(tx, [(purses[key], key[1]) for key in payees])


def hold_purses(tx: Tx, holders: Iterable[tuple[Purse | Refusal, str]]) -> None:
    """Bring the accounts of purses in a currency to the ceilings of their tiers."""
    wallets = [
        (purse, currency)
        for purse, currency in holders
        if isinstance(purse, Purse) and purse.code == WALLET
    ]
    if not wallets:
        return
    bounds = ceilings(tx, [(p.jurisdiction, p.tier, currency) for p, currency in wallets])
    if not bounds:
        return
    standing = accounts.read(tx, [purse.account for purse, _ in wallets])
    for purse, currency in sorted(wallets, key=lambda pair: pair[0].account):
        bound = bounds.get((purse.jurisdiction, purse.tier, currency))
        account = standing.get(purse.account)
        if account is not None and bound is not None and account.ceiling != bound:
            accounts.bound(tx, purse.account, floor=account.floor, ceiling=bound)
