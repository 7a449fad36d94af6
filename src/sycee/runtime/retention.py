"""Retention: how long each table keeps what has had its time, as data that an operator can change.

A slice says what it keeps, why, and how to delete what is older. The days are its own until
`runtime.retention` holds others. What is kept for good says so too, so that one list answers
"what do you still have of me, and since when".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.runtime.db import Database, Tx

PURGE_BATCH = 1_000
"""How many rows one transaction deletes, so that it stays within its half second."""

PURGE_BATCHES = 50
"""How many of them one pass does for a table; the rest waits for the next pass."""

DAYS_MAX = 36_500

Purge = Callable[[Tx, datetime, int], int]
"""`purge(tx, before, limit)`: delete up to `limit` rows that ended before a moment; how many."""


@dataclass(unsafe_hash=True)
class TableKeptForGood(Refusal):
    """This table is kept for good, or is not known here.

    The books, the journal and the idempotency keys guard money, so nothing of them is ever deleted;
    a person's name is forgotten by destroying its key. The list of tables shows which have days.
    """

    code = "table-kept-for-good"
    kind = Kind.INVALID
    table: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What one table keeps. `days` is None for good; `least_days` is as low as it may be set."""

    table: str
    keeps: str
    days: int | None = None
    least_days: int = 1
    purge: Purge | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule as it stands: `days` in force, and whether an operator has set them."""

    rule: Rule
    days: int | None
    changed: bool


class Retention:
    """The rules of every slice, by table."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}

    def keep(self, rule: Rule) -> None:
        """Add a table's rule."""
        if rule.table in self.rules:
            raise ValueError(f"retention of {rule.table} is registered twice")
        if (rule.days is None) is not (rule.purge is None):
            raise ValueError(f"{rule.table}: days and a way to purge go together")
        self.rules[rule.table] = rule

    def read(self, tx: Tx) -> list[Kept]:
        """Every rule as it stands, by name of the table."""
        rows = tx.conn.execute("SELECT relation, keep_days FROM runtime.retention").fetchall()
        chosen: dict[str, int] = dict(rows)
        return [
            Kept(rule, chosen.get(table, rule.days), table in chosen)
            for table, rule in sorted(self.rules.items())
        ]

    def change(self, tx: Tx, table: str, days: int) -> None:
        """Keep a table's rows for so many days from now on.

        Raises `TableKeptForGood`, and `Invalid` for days below what the table needs.
        """
        rule = self.rules.get(table)
        if rule is None or rule.days is None:
            raise TableKeptForGood(table=table)
        if not rule.least_days <= days <= DAYS_MAX:
            raise Invalid("days", f"must be from {rule.least_days} to {DAYS_MAX}")
        tx.conn.execute(
            """
            INSERT INTO runtime.retention (relation, keep_days, changed_at) VALUES (%s, %s, %s)
            ON CONFLICT (relation) DO UPDATE
                SET keep_days = excluded.keep_days, changed_at = excluded.changed_at
            """,
            (table, days, tx.now),
        )

    def purge(self, database: Database, table: str) -> int:
        """Delete what a table has kept long enough; how many rows went."""
        rule = self.rules[table]
        if rule.purge is None:
            raise TableKeptForGood(table=table)
        with database.read() as tx:
            days = next(kept.days for kept in self.read(tx) if kept.rule is rule)
        assert days is not None
        return _purge(database, rule.purge, timedelta(days=days))


def _purge(database: Database, purge: Purge, keep: timedelta) -> int:
    gone = 0
    for _ in range(PURGE_BATCHES):
        with database.transaction() as tx:
            count = purge(tx, tx.now - keep, PURGE_BATCH)
        gone += count
        if count < PURGE_BATCH:
            break
    return gone
