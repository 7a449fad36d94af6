"""The packet for the authority: the order, who signed it, and that nothing was posted after it."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.ledger import liabilities
from sycee.kit.ids import public
from sycee.oversight.regulator.orders import reading, store
from sycee.oversight.regulator.orders.document import NOUN
from sycee.oversight.regulator.orders.reading import OrderView
from sycee.runtime.db import Tx


class Signer(msgspec.Struct, frozen=True):
    """A public key that signed, in base64, and whose it is."""

    party: str
    public: str


class Owed(msgspec.Struct, frozen=True):
    """What the house owes its customers in a currency, at the time of the packet."""

    currency: str
    amount_minor: int


class Packet(msgspec.Struct, frozen=True):
    """Everything about one order; `document` in base64 is the text that was signed."""

    made_at: datetime
    order: OrderView
    document: str
    signers: list[Signer]
    snapshot: str | None
    owed: list[Owed]
    superseded: list[str]


def make(tx: Tx, id_: UUID) -> Packet:
    """Gather an order's packet. Raises `NotFound`."""
    view = reading.order(tx, id_)
    (row,) = store.orders(tx, [id_])
    return Packet(
        made_at=tx.now,
        order=view,
        document=base64.b64encode(row.document).decode(),
        signers=[
            Signer(public("par", key.party), base64.b64encode(key.public).decode())
            for key in store.keys(tx, store.signers(tx, id_))
        ],
        snapshot=row.cut,
        owed=[Owed(currency, amount) for currency, amount in liabilities.totals(tx)],
        superseded=[public(NOUN, one) for one in store.superseded(tx, id_)],
    )
