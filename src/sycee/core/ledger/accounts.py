"""Accounts: open, read, bound, freeze, thaw, close, reopen; and the house's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sycee.core.ledger.chart import CHART, POTS
from sycee.core.ledger.model import SUM_MAX, Balance, NewAccount
from sycee.core.ledger.refusals import AccountClosed, AccountNotFound, LedgerRefusal
from sycee.core.ledger.store import accounts as store
from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.kit.ids import uuid8
from sycee.kit.money import EXPONENT
from sycee.runtime.db import Tx


@dataclass(unsafe_hash=True)
class AccountExists(LedgerRefusal):
    """An account with this id was opened before, with other content.

    `field` names the first field that differs.
    """

    code = "account-exists-with-different"
    kind = Kind.CONFLICT
    account: str
    field: str


@dataclass(unsafe_hash=True)
class AccountNotEmpty(LedgerRefusal):
    """The account has a balance or something pending, so it cannot be closed."""

    code = "account-not-empty"
    kind = Kind.CONFLICT
    account: str
    balance_minor: int
    pending_minor: int


def open(tx: Tx, accounts: Sequence[NewAccount]) -> list[UUID | Refusal]:
    """Open accounts; the id of each in order, or why not.

    An id that stands already with the same content is answered with the id again. Pots (escrow,
    envelope, gift, campaign) always have floor 0.
    """
    outcomes: list[UUID | Refusal] = []
    fit: list[NewAccount] = []
    for account in accounts:
        refusal = _unfit(account)
        if refusal is None:
            fit.append(_as_pot(account))
        outcomes.append(account.id if refusal is None else refusal)
    if not fit:
        return outcomes
    first: dict[UUID, NewAccount] = {}
    for account in fit:
        first.setdefault(account.id, account)
    new = store.insert(tx, list(first.values()), tx.clock.now())
    old = [id for id in first if id not in new]
    standing = store.read(tx, old) if old else {}
    for k, account in enumerate(accounts):
        if not isinstance(outcomes[k], UUID):
            continue
        differs = _difference(_as_pot(account), standing.get(account.id, first[account.id]))
        if differs is not None:
            outcomes[k] = AccountExists(str(account.id), differs)
    return outcomes


def _as_pot(account: NewAccount) -> NewAccount:
    if account.code not in POTS:
        return account
    return NewAccount(account.id, account.owner, account.code, account.currency, 0, account.ceiling)


def _unfit(account: NewAccount) -> Refusal | None:
    if account.code not in CHART:
        return Invalid(field="code", rule="must be a name of the chart of accounts")
    if account.currency not in EXPONENT:
        return Invalid(field="currency", rule="must be an ISO 4217 currency code")
    return _unfit_bounds(account.floor, account.ceiling)


def _unfit_bounds(floor: int | None, ceiling: int | None) -> Refusal | None:
    for field, value in (("floor", floor), ("ceiling", ceiling)):
        if value is not None and (type(value) is not int or abs(value) > SUM_MAX):
            return Invalid(field=field, rule="must be a whole number within 2^62")
    if floor is not None and ceiling is not None and floor > ceiling:
        return Invalid(field="floor", rule="must not be above the ceiling")
    return None


def _difference(account: NewAccount, standing: Balance | NewAccount) -> str | None:
    """Bounds may have been changed since; owner, code and currency never are."""
    for field in ("owner", "code", "currency"):
        if getattr(account, field) != getattr(standing, field):
            return field
    return None


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Balance]:
    """Accounts by id; unknown ids are left out."""
    return store.read(tx, ids)


def owned(tx: Tx, owners: Sequence[UUID]) -> list[Balance]:
    """Every account of some owners, oldest first."""
    return store.owned(tx, owners)


def lock(tx: Tx, ids: Iterable[UUID]) -> None:
    """Lock accounts until the end, in the order in which posting does.

    For whoever changes one account before it posts to several: all of them, so that nobody who
    posts to the same ones is met crosswise. Unknown ids are passed over.
    """
    store.lock(tx, list(set(ids)))


def bound(tx: Tx, id: UUID, *, floor: int | None, ceiling: int | None) -> None:
    """Set both bounds (None = none). They guard later movements only; what stands may break them.

    Raises `Invalid`, `AccountNotFound`, `AccountClosed`.
    """
    refusal = _unfit_bounds(floor, ceiling)
    if refusal is not None:
        raise refusal
    if not store.bound(tx, id, floor, ceiling):
        raise _absent(tx, id)


def freeze(tx: Tx, id: UUID) -> None:
    """Let nothing post but reversals, releases and expiries. Raises as `bound`."""
    if not store.freeze(tx, id, True):
        raise _absent(tx, id)


def thaw(tx: Tx, id: UUID) -> None:
    """Undo `freeze`. Raises as `bound`."""
    if not store.freeze(tx, id, False):
        raise _absent(tx, id)


def close(tx: Tx, id: UUID) -> None:
    """Let nothing post any more. Raises `AccountNotEmpty` unless balance and pending are zero."""
    if store.close(tx, id):
        return
    balance = store.read(tx, [id]).get(id)
    if balance is None or balance.closed:
        raise _absent(tx, id)
    pending = balance.debits_pending + balance.credits_pending
    raise AccountNotEmpty(str(id), balance.balance, pending)


def reopen(tx: Tx, id: UUID) -> None:
    """Undo `close`. Raises `AccountNotFound`."""
    if not store.reopen(tx, id):
        raise AccountNotFound(str(id))


def _absent(tx: Tx, id: UUID) -> Refusal:
    return AccountClosed(str(id)) if store.read(tx, [id]) else AccountNotFound(str(id))


def house(code: str, currency: str, stripe: int = 0) -> UUID:
    """The id of a house account: the same in every process.

    UUID version 8 (RFC 9562 §5.8) of SHA-256 over its name, currency and stripe.
    """
    return uuid8(hashlib.sha256(f"sycee house {code} {currency} {stripe}".encode()).digest())


def open_house(tx: Tx, code: str, currency: str) -> UUID:
    """The id of a house account, opened without bounds if it does not stand yet."""
    id = house(code, currency)
    outcome = open(tx, [NewAccount(id, None, code, currency)])[0]
    if isinstance(outcome, Refusal):
        raise outcome
    return id
