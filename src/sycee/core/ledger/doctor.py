"""The doctor: derives every balance again from the log and names what differs.

It reads one snapshot (REPEATABLE READ), so a live system goes on posting beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from uuid import UUID

import msgspec

from sycee.core.ledger.chart import CHART
from sycee.core.ledger.store import checks as store
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx

TIMEOUT_MS = 600_000
"""How long the whole examination of a large book may take."""

_MOST = 100
_PAGE = 10_000


class Difference(msgspec.Struct, frozen=True):
    """Something that does not add up: what, what it should be, what it is."""

    subject: str
    expected: str
    found: str


class Finding(msgspec.Struct, frozen=True):
    """One check, in words, and what breaks it (at most 100 differences)."""

    check: str
    differences: list[Difference]

    @property
    def ok(self) -> bool:
        """Whether nothing breaks it."""
        return not self.differences


class Verdict(msgspec.Struct, frozen=True):
    """All checks of one snapshot."""

    checks: list[Finding]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(finding.ok for finding in self.checks)


Check = Callable[[Tx], Finding]
"""A check that a product adds: it reads the same snapshot."""


def strays(
    tx: Tx, kind: str, noun: str, known: Callable[[Tx, list[UUID]], set[UUID]]
) -> list[Difference]:
    """Pots of a kind with money in them that their product does not know: nobody would pay it out.

    `known` says which of some ids the product holds money for; `noun` is what its ids begin with.
    """
    differences: list[Difference] = []
    pots = store.filled(tx, CHART[kind].number)
    while len(differences) < _MOST and (page := list(islice(pots, _PAGE))):
        ours = known(tx, [id_ for id_, _, _ in page])
        differences += [
            Difference(public(noun, id_), "an empty pot", f"{minor} {currency}")
            for id_, currency, minor in page
            if id_ not in ours
        ]
    return differences[:_MOST]


def examine(database: Database, extra: Sequence[Check] = ()) -> Verdict:
    """Run every check of the ledger, then `extra`, on one snapshot."""
    with database.read(timeout_ms=TIMEOUT_MS) as tx:
        store.spread(tx)
        findings = [
            Finding(name, [Difference(*map(str, row)) for row in store.broken(tx, query)])
            for name, query in store.CHECKS.items()
        ]
        findings.extend(check(tx) for check in extra)
    return Verdict(findings)
