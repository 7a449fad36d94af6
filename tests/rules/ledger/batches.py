"""Three wallets under lock, and what a batch of items makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sycee.core.ledger.decide import Decision
from sycee.core.ledger.model import Account, HoldState, Item, Outcome, Posted, Row
from sycee.core.ledger.ruling import World
from sycee.core.ledger.survey import spans, unfit_ids
from sycee.kit.ids import uuid7

NOW_US = 1_772_366_400_000_000
A, B, C = (UUID(int=n) for n in (1, 2, 3))


@dataclass(frozen=True)
class Run:
    """What a decision said and left behind."""

    outcomes: list[Outcome]
    accounts: dict[int, Account]
    decision: Decision

    @property
    def said(self) -> list[str]:
        """`ok`, `exists` or the refusal's code of each outcome."""
        return [
            ("exists" if outcome.existed else "ok") if isinstance(outcome, Posted) else outcome.code
            for outcome in self.outcomes
        ]

    @property
    def moved(self) -> list[int]:
        """The amounts of what was posted."""
        return [outcome.amount_minor for outcome in self.outcomes if isinstance(outcome, Posted)]

    @property
    def rows(self) -> list[Row]:
        """What goes into the log."""
        return [Row._make(row) for row in self.decision.rows]  # pyright: ignore[reportArgumentType]

    def sums(self, id: UUID) -> tuple[int, int, int, int]:
        """An account's debits and credits posted, debits and credits pending."""
        return self.accounts[id.int].sums


def fresh() -> UUID:
    """An id of the moment the rules run at."""
    return uuid7(NOW_US // 1000)


def decide(
    items: Sequence[Item],
    *,
    b: Mapping[str, Any] | None = None,
    c: Mapping[str, Any] | None = None,
    holds: Iterable[HoldState] = (),
    rows: Iterable[Row] = (),
    **a: Any,
) -> Run:
    """Decide a batch over three wallets: A with 100, B with 50, C empty and unbounded.

    `a`, `b` and `c` say what is different of them; `holds` and `rows` are there already.
    """
    accounts = {
        1: Account(1, "CNY", 200, credits=100, floor=0),
        2: Account(2, "CNY", 200, credits=50, floor=0, ceiling=120),
        3: Account(3, "CNY", 200),
    }
    for account, changes in zip(accounts.values(), (a, b or {}, c or {}), strict=True):
        for name, value in changes.items():
            setattr(account, name, value)
    ids = [item.id.int for item in items]
    world = World(
        NOW_US,
        NOW_US,
        accounts,
        {hold.id: hold for hold in holds},
        {row.id: row for row in rows},
    )
    decision = Decision(items, ids, unfit_ids(ids, NOW_US), world, track=True)
    decision.run(spans([item.group for item in items]))
    return Run(decision.outcomes, accounts, decision)
