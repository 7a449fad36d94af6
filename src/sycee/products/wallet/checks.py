"""What the doctor asks of payments: that refunds sum, and that gifts lie in their pots."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.ledger.doctor import Difference, Finding, strays
from sycee.kit.ids import public
from sycee.products.wallet import model
from sycee.products.wallet.people.gifts import store as gifts
from sycee.products.wallet.people.gifts.model import NOUN
from sycee.products.wallet.refunds import store
from sycee.runtime.db import Tx

_PAGE = 2_000


def refunds(tx: Tx) -> Finding:
    """What a payment says went back is what its refunds add up to."""
    differences = [
        Difference(public(model.NOUN, id_), str(expected), str(found))
        for id_, expected, found in store.broken(tx)
    ]
    return Finding("what went back of each payment is its refunds, never more than it", differences)


def waiting_gifts(tx: Tx) -> Finding:
    """A gift that waits lies whole in its pot, and no other pot of a gift holds anything."""
    differences: list[Difference] = []
    after: UUID | None = None
    while page := gifts.waiting(tx, after, _PAGE):
        balances = accounts.read(tx, [gift.id for gift in page])
        for gift in page:
            pot = balances.get(gift.id)
            found = None if pot is None else (pot.balance, pot.currency)
            if found != (gift.amount_minor, gift.currency):
                wanted = f"{gift.amount_minor} {gift.currency}"
                differences.append(Difference(gift.public, wanted, str(found)))
        after = page[-1].id
    differences += strays(tx, "gift", NOUN, gifts.known)
    return Finding("gifts that wait lie in their pots", differences)


checks = (waiting_gifts, refunds)
