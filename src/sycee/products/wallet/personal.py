"""What the wallet keeps of a person: transfers, money to and from the bank, a shop's codes."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from sycee.core.parties.personal.sources import Source, paged, walk
from sycee.kit.ids import public
from sycee.products.wallet import reading
from sycee.products.wallet.bank import desk
from sycee.products.wallet.bank import model as bank_model
from sycee.products.wallet.bank import reading as bank
from sycee.products.wallet.bank.store import payments
from sycee.products.wallet.shops.offers import reading as offers
from sycee.products.wallet.shops.offers import store as offer_rows
from sycee.runtime.db import Database, Tx


def _on_the_way(tx: Tx, party: UUID) -> list[str]:
    return [public(bank_model.PAYMENT, id_) for id_ in payments.open_of(tx, party)]


def _destinations(database: Database, party: UUID, most: int) -> list[Any]:
    """Where money on its way goes, which is kept until the bank has booked it."""

    def ask(tx: Tx, before: UUID | None, limit: int) -> list[bank_model.Payment]:
        return payments.payments_of(tx, party, before, limit)

    found: list[Any] = []
    for rows in walk(database, ask, lambda row: row.id, most):
        kept = [row for row in rows if row.sealed is not None]
        for row, names in zip(kept, desk.own(database, party, kept), strict=True):
            found.append({"withdrawal": public(bank_model.PAYMENT, row.id), "to": names})
    return found


source = Source(
    rows={
        "transfers": paged(partial(reading.transfers, out_ref=None)),
        "top_ups": paged(bank.top_ups),
        "withdrawals": paged(bank.withdrawals),
        "withdrawal_accounts": _destinations,
        "shop_codes": paged(partial(offers.code_page, state=None)),
        "pay_links": paged(partial(offers.link_page, state=None)),
    },
    open={"withdrawal": _on_the_way},
    wipes=(offer_rows.forget,),
)
