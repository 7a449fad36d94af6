"""What the doctor asks of escrow: that every pot holds what its trade says, and no more."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.ledger.doctor import Difference, Finding, strays, unlike
from sycee.core.parties.checks import home
from sycee.kit.ids import public
from sycee.products.escrow.store import checks as store
from sycee.runtime.db import Tx

_PAGE = 2_000
_DIFFERENCES_MAX = 100


def pots(tx: Tx) -> Finding:
    """Every pot's balance equals the open sum of its trade, and no other pot holds anything."""
    differences: list[Difference] = []
    after: UUID | None = None
    while page := store.pots(tx, after, _PAGE):
        balances = accounts.read(tx, [id for id, _, _ in page])
        for id, currency, held in page:
            pot = balances.get(id)
            found = None if pot is None else (pot.balance, pot.currency)
            if found != (held, currency):
                differences.append(
                    Difference(public("trd", id), f"{held} {currency}", _money(found))
                )
        if len(differences) >= _DIFFERENCES_MAX:
            break
        after = page[-1][0]
    differences += strays(tx, "escrow", "trd", store.known)
    return Finding("what is held for trades equals their open sums", differences)


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
    return home("trd", store.homes(tx))


def _money(found: tuple[int, str] | None) -> str:
    return "no pot" if found is None else f"{found[0]} {found[1]}"


checks = [pots, moves, refunds]
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
