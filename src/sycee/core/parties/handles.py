"""Handles: a name chosen once among names that do not look alike, looked up exactly and not often.

A handle is a way to be paid, so nobody may take one that reads like another's (`paul`, `pau1`),
nor soon one that someone else gave up. Source of the look-alikes: Unicode TR 39, in a-z and 0-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sycee.core.parties import handlerows
from sycee.core.parties.model import HandleTaken, check_handle
from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.runtime.db import Tx

RESERVED = frozenset(
    "about admin administrator anonymous api app bank billing cashier claim everyone gift help"
    " house me moderator nobody null official operator p pay payment payments refund regulator"
    " root security service settings shop staff support sycee system team undefined verified"
    " wallet webhook www you".split()
)
"""Words that a payer could take for the house, or that are ways on its site."""

KEPT = timedelta(days=365)
"""How long a handle that was given up stays its former owner's."""

HANDLES_A_YEAR = 3
"""How many handles a party may take in a year, the first among them."""

LOOK_UPS = 30
"""How many handles one party may look up at once; then one every `LOOK_UP_SECONDS`."""

LOOK_UP_SECONDS = 10

_LIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", ".": None, "_": None, "-": None})


@dataclass(unsafe_hash=True)
class HandleChangesSpent(Refusal):
    """The party has changed its handle too often.

    A party takes at most `most` handles in a year. Payers know it by its handle; keep the present
    one.
    """

    code = "party-handle-changes-spent"
    kind = Kind.LIMIT
    most: int


def shape(handle: str) -> str:
    """How a handle looks: what is easily misread is made equal."""
    return handle.translate(_LIKE).replace("rn", "m").replace("vv", "w")


def check_new(text: str, *, house: bool = False, field: str = "handle") -> str:
    """`check_handle` for a handle to be; the house alone may have a reserved word."""
    handle = check_handle(text, field)
    if not house and shape(handle) in _SHAPES:
        raise Invalid(field=field, rule="is a reserved word")
    return handle


_SHAPES = frozenset(map(shape, RESERVED))


def take(tx: Tx, handle: str, party: UUID) -> None:
    """Make a handle the party's. Refuses `HandleTaken`, `HandleChangesSpent`."""
    if handlerows.taken_since(tx, party, tx.now - KEPT) >= HANDLES_A_YEAR:
        raise HandleChangesSpent(most=HANDLES_A_YEAR)
    claimed = handlerows.claim(tx, shape(handle), handle, party, tx.now - KEPT)
    if not claimed or not handlerows.insert(tx, handle, party):
        raise HandleTaken()


def change(tx: Tx, old: str, handle: str, party: UUID) -> None:
    """Take another handle and give up the old one, which nobody else gets for a year."""
    handlerows.release(tx, shape(old))
    handlerows.delete(tx, old)
    take(tx, handle, party)


def count_look_up(tx: Tx, party: UUID) -> bool:
    """Count one look-up by the party; False when it has looked up too many."""
    step = timedelta(seconds=LOOK_UP_SECONDS)
    return handlerows.count(tx, party, step, step * LOOK_UPS)
