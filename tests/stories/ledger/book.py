"""A small book for the ledger's tests: accounts with money in them, and short words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Balance, Item, NewAccount, Outcome, Posted, Transfer
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import LedgerRefusal
from sycee.kit.clock import micros
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database


class Book:
    """A ledger with a bank; every call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.bank = accounts.open_house(tx, "bank", "CNY")

    def id(self) -> UUID:
        """A fresh id at the time of the database's clock."""
        return uuid7(micros(self.database.clock.now()) // 1000)

    def account(
        self,
        funds: int = 0,
        *,
        floor: int | None = 0,
        ceiling: int | None = None,
        code: str = "wallet",
        currency: str = "CNY",
    ) -> UUID:
        """Open an account with some money in it."""
        id = self.id()
        with self.database.transaction() as tx:
            opened = accounts.open(tx, [NewAccount(id, uuid7(), code, currency, floor, ceiling)])
            assert opened == [id]
            bank = accounts.open_house(tx, "bank", currency)
        if funds:
            self.must(self.pay(bank, id, funds, "deposit.demo"))
        return id

    def pay(
        self, debit: UUID, credit: UUID, amount: int, code: str = "test", **rest: Any
    ) -> Transfer:
        """A transfer with a fresh id."""
        return Transfer(rest.pop("id", None) or self.id(), debit, credit, amount, code, **rest)

    def post(self, *items: Item, dry_run: bool = False) -> list[Outcome]:
        with self.database.transaction(timeout_ms=20_000) as tx:
            return post(tx, items, dry_run=dry_run)

    def must(self, *items: Item) -> list[Posted]:
        """Post items that all have to be accepted."""
        outcomes = self.post(*items)
        refused = [outcome for outcome in outcomes if not isinstance(outcome, Posted)]
        assert refused == []
        return [outcome for outcome in outcomes if isinstance(outcome, Posted)]

    def refusal(self, *items: Item) -> LedgerRefusal:
        """Post items of which exactly one is refused."""
        refused = [outcome for outcome in self.post(*items) if not isinstance(outcome, Posted)]
        assert len(refused) == 1
        return refused[0]

    def read(self, id: UUID) -> Balance:
        with self.database.read() as tx:
            return accounts.read(tx, [id])[id]

    def balance(self, id: UUID) -> int:
        return self.read(id).balance

    def available(self, id: UUID) -> int:
        return self.read(id).available

    def balances(self, *ids: UUID) -> list[int]:
        return [self.balance(id) for id in ids]

    def check(self) -> None:
        """The doctor finds nothing."""
        verdict = doctor.examine(self.database)
        assert [finding for finding in verdict.checks if not finding.ok] == []


def codes(outcomes: list[Outcome]) -> list[str]:
    """`ok`, `exists` or the refusal's code of each outcome."""
    return [
        ("exists" if outcome.existed else "ok") if isinstance(outcome, Posted) else outcome.code
        for outcome in outcomes
    ]
