"""What the doctor asks of payments: what went back of each is its refunds, and no more than it."""

from __future__ import annotations

from sycee.core.ledger.doctor import Difference, Finding
from sycee.kit.ids import public
from sycee.products.wallet import model
from sycee.products.wallet.refunds import store
from sycee.runtime.db import Tx


def refunds(tx: Tx) -> Finding:
    """What a payment says went back is what its refunds add up to."""
    differences = [
        Difference(public(model.NOUN, id_), str(expected), str(found))
        for id_, expected, found in store.broken(tx)
    ]
    return Finding("what went back of each payment is its refunds, never more than it", differences)


checks = (refunds,)
