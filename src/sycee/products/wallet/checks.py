"""What the doctor asks of payments: that refunds sum, and that gifts lie in their pots."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from sycee.core.ledger import doctor as ledger
from sycee.core.ledger.doctor import Difference, Finding, Sums, unlike
from sycee.core.parties import parties
from sycee.core.parties.checks import astray
from sycee.core.parties.model import PURSE
from sycee.kit.ids import public
from sycee.products.wallet import model
from sycee.products.wallet import store as transfers
from sycee.products.wallet.actions import CODES
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
    return Finding(
        "gifts that wait lie in their pots", ledger.pots(tx, "gift", NOUN, _waiting, gifts.known)
    )


def _waiting(tx: Tx, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
    found = gifts.waiting(tx, after, limit)
    return [(gift.id, gift.currency, gift.amount_minor) for gift in found]


def payments(tx: Tx) -> Finding:
    """The price, the tip and what went back of each payment are what the ledger says of it."""
    codes = (*CODES.values(), "wallet.tip", "wallet.refund")
    return Finding(
        "the ledger tells of each payment what the wallet tells",
        unlike(tx, model.NOUN, codes, _paid(tx)),
    )


def _paid(tx: Tx) -> Iterator[tuple[UUID, Sums]]:
    rows = transfers.moved(tx)
    while page := list(islice(rows, _PAGE)):
        payees = parties.read(tx, {payee for _, payee, *_ in page})
        for id_, payee, price, tip, back in page:
            code = CODES[PURSE[payees[payee].kind]]
            yield id_, {code: price, "wallet.tip": tip, "wallet.refund": back}


def gifts_moved(tx: Tx) -> Finding:
    """What was put into each gift, and whether it was opened or went back, is in the ledger."""
    codes = ("gift.send", "gift.open", "gift.return")
    told = (
        (id_, {"gift.send": minor, end: minor} if end else {"gift.send": minor})
        for id_, minor, end in gifts.moved(tx)
    )
    return Finding(
        "the ledger tells of each gift what the gift tells", unlike(tx, NOUN, codes, told)
    )


def gifts_home(tx: Tx) -> Finding:
    """A gift that nobody opens would go back to its sender."""
    return Finding(
        "what gifts hold would go back to whom it came from", astray(NOUN, gifts.homes(tx))
    )


checks = (waiting_gifts, gifts_moved, gifts_home, payments, refunds)
