"""What the doctor asks of envelopes: that each pot holds what nobody has taken, and shares sum."""

from __future__ import annotations

from sycee.core.ledger import doctor as ledger
from sycee.core.ledger.doctor import Difference, Finding, unlike
from sycee.core.parties.checks import astray
from sycee.kit.ids import public
from sycee.products.envelopes.model.envelope import NOUN
from sycee.products.envelopes.store import checks as store
from sycee.runtime.db import Tx

_DIFFERENCES_MAX = 100


def pots(tx: Tx) -> Finding:
    """Every pot's balance is what its envelope says is left; no other pot holds anything."""
    return Finding(
        "what nobody has taken from envelopes lies in their pots",
        ledger.pots(tx, "envelope", NOUN, store.pots, store.known),
    )


def sums(tx: Tx) -> Finding:
    """Shares sum to the envelope, claims to what it says was claimed."""
    return Finding(
        "shares and claims of envelopes sum exactly",
        [
            Difference(public(NOUN, id_), str(expected), str(found))
            for id_, expected, found in store.uneven(tx, _DIFFERENCES_MAX)
        ],
    )


def moves(tx: Tx) -> Finding:
    """What was put in, claimed and sent back is what the ledger says of each envelope."""
    told = ((id_, dict(zip(_CODES, amounts, strict=True))) for id_, *amounts in store.moved(tx))
    return Finding(
        "the ledger tells of each envelope what the envelope tells",
        unlike(tx, NOUN, _CODES, told),
    )


_CODES: tuple[str, ...] = ("envelope.fund", "envelope.claim", "envelope.refund")


def refunds(tx: Tx) -> Finding:
    """What is left of an envelope would go back to its sender."""
    return Finding(
        "what envelopes hold would go back to whom it came from", astray(NOUN, store.homes(tx))
    )


checks = [pots, sums, moves, refunds]
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
