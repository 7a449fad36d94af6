"""What a party may see of its own money: transfers it paid or received, and its balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Balance
from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, public
from sycee.products.wallet import model, store
from sycee.products.wallet.model import Row, State
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page


class TransferView(msgspec.Struct, frozen=True):
    """A transfer as one of its two parties sees it; `out_ref` is shown to the payer alone.

    `tip_minor` is part of the amount; `refunded_minor` is how much has gone back.
    """

    id: str
    payer: str
    payee: str
    amount_minor: int
    currency: str
    state: State
    out_ref: str | None
    posted_at: datetime
    tip_minor: int
    refunded_minor: int


class BalanceView(msgspec.Struct, frozen=True):
    """An account and what it holds; `available_minor` is the balance less reservations."""

    account: str
    code: str
    currency: str
    balance_minor: int
    available_minor: int


def transfer(tx: Tx, party: UUID, id_: UUID) -> TransferView:
    """One transfer; raises `NotFound` for one that is not the party's."""
    row = store.find(tx, party, id_)
    if row is None:
        raise NotFound(noun="transfer", id=public(model.NOUN, id_))
    return _view(row, party)


def transfers(tx: Tx, party: UUID, page: Page, out_ref: str | None) -> Listing[TransferView]:
    """A page of a party's transfers, newest first."""
    before = page.after_id(model.NOUN)
    if out_ref is None:
        rows = store.of(tx, party, before=before, limit=page.fetch)
    else:
        rows = store.referred(tx, party, out_ref, before)
    return page.of([_view(row, party) for row in rows], key=lambda view: view.id)


def balances(tx: Tx, caller: Caller, wanted: Sequence[str] | None) -> list[BalanceView]:
    """Balances in one snapshot: of all the caller's accounts, or of those wanted, in that order.

    Raises `NotFound` naming the first that does not exist or is not the caller's; the operator may
    read any.
    """
    if wanted is None:
        ids = [row.account for row in parties.accounts_of(tx, caller.party)]
    else:
        ids = [parse("acc", each, "account") for each in wanted]
    found = accounts.read(tx, ids)
    for id_ in ids:
        if id_ not in found or not _may_see(caller, found[id_]):
            raise NotFound(noun="account", id=public("acc", id_))
    return [_balance(found[id_]) for id_ in ids]


def _may_see(caller: Caller, balance: Balance) -> bool:
    return balance.owner == caller.party or "operator" in caller.scopes


def _balance(balance: Balance) -> BalanceView:
    return BalanceView(
        account=public("acc", balance.id),
        code=balance.code,
        currency=balance.currency,
        balance_minor=balance.balance,
        available_minor=balance.available,
    )


def _view(row: Row, party: UUID) -> TransferView:
    return TransferView(
        id=public(model.NOUN, row.id),
        payer=public("par", row.payer),
        payee=public("par", row.payee),
        amount_minor=row.amount_minor,
        currency=row.currency,
        state=State.POSTED,
        out_ref=row.out_ref if row.payer == party else None,
        posted_at=row.posted_at,
        tip_minor=row.tip_minor,
        refunded_minor=row.refunded_minor,
    )
