"""What the doctor asks of escrow: that every pot holds what its trade says, and no more."""

from __future__ import annotations

from sycee.core.ledger import doctor as ledger
from sycee.core.ledger.doctor import Finding, unlike
from sycee.core.parties.checks import astray
from sycee.products.escrow.store import checks as store
from sycee.runtime.db import Tx


def pots(tx: Tx) -> Finding:
    """Every pot's balance equals the open sum of its trade, and no other pot holds anything."""
    return Finding(
        "what is held for trades equals their open sums",
        ledger.pots(tx, "escrow", "trd", store.pots, store.known),
    )


def moves(tx: Tx) -> Finding:
    """What was paid, refunded, taken back and charged for a trade is what the ledger says of it.

    Releases are left out: after its end a seller may share out what the trade no longer counts.
    """
    told = ((id_, dict(zip(_CODES, amounts, strict=True))) for id_, *amounts in store.moved(tx))
    return Finding(
        "the ledger tells of each trade what the trade tells", unlike(tx, "trd", _CODES, told)
    )


_CODES: tuple[str, ...] = ("escrow.hold", "escrow.refund", "escrow.reclaim", "escrow.fee")


def refunds(tx: Tx) -> Finding:
    """What is held for a trade would go back to its buyer."""
    return Finding(
        "what trades hold would go back to whom it came from", astray("trd", store.homes(tx))
    )


checks = [pots, moves, refunds]
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
