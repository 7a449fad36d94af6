"""What wallets may hold: dated data, brought to an account before money comes in to it.

The ledger decides with the bound that stands on the account. Tiers change and rules begin and end
at midnights, so whoever credits a wallet first calls `hold`, in the same transaction: it sets the
bound that holds now, higher or lower, and takes away one that no longer holds. A house that has no
such rules in a currency asks nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeGuard, runtime_checkable
from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Balance
from sycee.core.policy import store
from sycee.core.policy.model import ANY, Limit
from sycee.runtime.db import Tx

WALLET = "wallet"
"""The account that such rules bound; a shop's takings have no ceiling."""


@runtime_checkable
class Holder(Protocol):
    """A party's purse, as far as its ceiling goes."""

    @property
    def account(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def jurisdiction(self) -> str: ...
    @property
    def tier(self) -> str: ...


def hold(
    tx: Tx,
    currency: str,
    holders: Callable[[], Iterable[object]],
    rules: Iterable[Limit] | None = None,
    *,
    beside: Iterable[UUID],
) -> None:
    """Bring wallets to what their owners' tiers may hold now; anything but a purse is passed over.

    `holders` is asked only where there are rules at all. `rules` were read in this transaction, if
    they were: those of this currency count. `beside` are the other accounts that the money moves
    on: where a wallet is changed they are locked with it, in the order of posting.
    """
    if rules is None:
        rules = store.to_limits(store.balance_limits(tx, currency))
    rules = [rule for rule in rules if rule.currency == currency]
    if not rules:
        return
    standing = [rule for rule in rules if _stands(rule, tx)]
    wallets = {each.account: each for each in holders() if _is_wallet(each)}
    if not wallets:
        return
    wanted = {id_: lowest(standing, wallet) for id_, wallet in wallets.items()}
    found = accounts.read(tx, list(wallets))
    _bring(tx, [each for id_, each in found.items() if each.ceiling != wanted[id_]], wanted, beside)


def let_back(
    tx: Tx,
    currency: str,
    holders: Callable[[], Iterable[object]],
    *,
    beside: Iterable[UUID],
) -> None:
    """Take the bound off wallets that their own money is about to come back to.

    A refund, a rejected withdrawal or what nobody took of an envelope was theirs when they held it:
    it comes through, however full the wallet is by now. The next money that comes in brings the
    bound again. Locks the accounts, so that nobody else's money slips in under the open bound, and
    with them those `beside`, as `hold` does.
    """
    rules = store.to_limits(store.balance_limits(tx, currency))
    standing = [rule for rule in rules if _stands(rule, tx)]
    wallets = {each.account: each for each in holders() if _is_wallet(each)} if standing else {}
    if not wallets:
        return
    bounded = [id_ for id_, wallet in wallets.items() if lowest(standing, wallet) is not None]
    found = accounts.read(tx, bounded)
    _bring(tx, list(found.values()), dict.fromkeys(bounded), beside)


def _bring(
    tx: Tx,
    wallets: Iterable[Balance],
    wanted: Mapping[UUID, int | None],
    beside: Iterable[UUID],
) -> None:
    """Set the bounds of wallets that are not closed, with all that the money moves on locked."""
    open_ = [each for each in wallets if not each.closed]
    if open_:
        accounts.lock(tx, [*(each.id for each in open_), *beside])
    for each in open_:
        accounts.bound(tx, each.id, floor=each.floor, ceiling=wanted[each.id])


def lowest(rules: Iterable[Limit], holder: Holder) -> int | None:
    """The lowest bound of some rules that apply to a purse; None without one."""
    amounts = [
        rule.amount_minor
        for rule in rules
        if rule.jurisdiction in (ANY, holder.jurisdiction)
        and rule.tier in (ANY, holder.tier)
        and rule.amount_minor is not None
    ]
    return min(amounts, default=None)


def _stands(rule: Limit, tx: Tx) -> bool:
    return rule.from_at <= tx.now and (rule.until_at is None or tx.now < rule.until_at)


def _is_wallet(holder: object) -> TypeGuard[Holder]:
    return isinstance(holder, Holder) and holder.code == WALLET
