"""What the wallet keeps of a person: transfers, money to and from the bank, a shop's codes."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from sycee.core.parties.personal.sources import Source, paged
from sycee.kit.ids import public
from sycee.products.wallet import reading
from sycee.products.wallet.bank import model as bank_model
from sycee.products.wallet.bank import reading as bank
from sycee.products.wallet.bank.store import payments
from sycee.products.wallet.shops.offers import reading as offers
from sycee.runtime.db import Tx


def _on_the_way(tx: Tx, party: UUID) -> list[str]:
    return [public(bank_model.PAYMENT, id_) for id_ in payments.open_of(tx, party)]


source = Source(
    rows={
        "transfers": paged(partial(reading.transfers, out_ref=None)),
        "top_ups": paged(bank.top_ups),
        "withdrawals": paged(bank.withdrawals),
        "shop_codes": paged(partial(offers.code_page, state=None)),
        "pay_links": paged(partial(offers.link_page, state=None)),
    },
    open={"withdrawal": _on_the_way},
)
