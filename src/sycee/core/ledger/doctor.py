"""The doctor: derives every balance again from the log and names what differs.

It reads one snapshot (REPEATABLE READ), so a live system goes on posting beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts
from sycee.core.ledger.chart import BY_NUMBER, CHART, CODE_NAMES, CODES
from sycee.core.ledger.store import checks as store
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx

TIMEOUT_MS = 600_000
"""How long the whole examination of a large book may take."""

_MOST = 100
_PAGE = 2_000


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


def pots(
    tx: Tx,
    kind: str,
    noun: str,
    told: Callable[[Tx, UUID | None, int], Sequence[tuple[UUID, str, int]]],
    known: Callable[[Tx, list[UUID]], set[UUID]],
) -> list[Difference]:
    """Pots of a kind that hold something else than their product says, or that it does not know.

    `told` reads ids behind one, by id and at most so many, each with the currency and minor units
    that should lie there; `known` says which of some ids the product holds money for; `noun` is
    what its ids begin with. From a pot that nobody knows of nobody would be paid.
    """
    differences: list[Difference] = []
    after: UUID | None = None
    while len(differences) < _MOST and (page := told(tx, after, _PAGE)):
        balances = accounts.read(tx, [id_ for id_, _, _ in page])
        for id_, currency, minor in page:
            pot = balances.get(id_)
            if pot is None or (pot.balance, pot.currency) != (minor, currency):
                found = "no pot" if pot is None else f"{pot.balance} {pot.currency}"
                differences.append(Difference(public(noun, id_), f"{minor} {currency}", found))
        after = page[-1][0]
    return [*differences, *_strays(tx, kind, noun, known)][:_MOST]


def _strays(
    tx: Tx, kind: str, noun: str, known: Callable[[Tx, list[UUID]], set[UUID]]
) -> list[Difference]:
    differences: list[Difference] = []
    filled = store.filled(tx, CHART[kind].number)
    while len(differences) < _MOST and (page := list(islice(filled, _PAGE))):
        ours = known(tx, [id_ for id_, _, _ in page])
        differences += [
            Difference(public(noun, id_), "an empty pot", f"{minor} {currency}")
            for id_, currency, minor in page
            if id_ not in ours
        ]
    return differences[:_MOST]


class Kept(msgspec.Struct, frozen=True):
    """Of an account what its owner is held by: `code` is the name of its line of the chart."""

    id: UUID
    owner: UUID | None
    code: str
    currency: str
    floor_minor: int | None


def kept(tx: Tx) -> Iterator[Kept]:
    """Every account; for checks of those who open accounts."""
    for id_, owner, number, currency, floor in store.kept(tx):
        yield Kept(id_, owner, BY_NUMBER[number].name, currency, floor)


Sums = dict[str, int]
"""Minor units by the code of the transfers that moved them."""


def unlike(
    tx: Tx, noun: str, codes: Sequence[str], told: Iterable[tuple[UUID, Sums]]
) -> list[Difference]:
    """Subjects of which the log's sums by code are not what their product says of them.

    `told` says it of each, in order of id. So an amount, a code or a subject that was changed on
    either side shows, and a row that is on one side alone.
    """
    rows = store.by_subject(tx, [CODES[code] for code in codes])
    logged = (
        (subject, {CODE_NAMES[code]: minor for _, code, minor in found})
        for subject, found in groupby(rows, key=lambda row: row[0])
    )
    differences: list[Difference] = []
    for subject, expected, found in _beside(iter(told), logged):
        expected = {code: minor for code, minor in expected.items() if minor}
        if expected != found:
            name = "no subject" if subject is None else public(noun, subject)
            differences.append(Difference(name, _said(expected), _said(found)))
            if len(differences) == _MOST:
                break
    return differences


def _beside(
    told: Iterator[tuple[UUID, Sums]], logged: Iterator[tuple[UUID | None, Sums]]
) -> Iterator[tuple[UUID | None, Sums, Sums]]:
    """Two lists in order of id as one; what stands in one alone has no sums in the other."""
    one, other = next(told, None), next(logged, None)
    while one is not None or other is not None:
        if other is None or (one is not None and (other[0] is None or one[0] < other[0])):
            assert one is not None
            yield one[0], one[1], {}
            one = next(told, None)
        elif one is None or one[0] != other[0]:
            yield other[0], {}, other[1]
            other = next(logged, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(told, None), next(logged, None)


def _said(sums: Sums) -> str:
    return ", ".join(f"{code} {minor}" for code, minor in sorted(sums.items())) or "nothing"


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
