"""How long the daily reconciliation takes: every customer's balance, every line of the bank."""

from __future__ import annotations

import time
from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount, Posted, Transfer
from sycee.core.ledger.post import post
from sycee.kit.ids import uuid7
from sycee.oversight.regulator.safeguarding import actions
from sycee.runtime.db import Database
from sycee.runtime.scratch import scratch

TIMEOUT_MS = 60_000
CHUNK = 10_000


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`safeguarding_s` over so many accounts, each funded by a line of the bank's own."""
    with scratch(url, "bench") as own:
        return _measure(own, 50_000 if quick else 1_000_000)


def _measure(url: str, count: int) -> dict[str, float]:
    database = Database(url, size=2)
    lines: list[tuple[UUID, int]] = []
    for _ in range(count // CHUNK):
        with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            bank = accounts.open_house(tx, "bank", "CNY")
            fresh = [NewAccount(uuid7(), uuid7(), "wallet", "CNY") for _ in range(CHUNK)]
            accounts.open(tx, fresh)
            funds = [
                Transfer(uuid7(), bank, one.id, 1_000 + place, "bank.in", subject=uuid7())
                for place, one in enumerate(fresh)
            ]
            assert all(isinstance(outcome, Posted) for outcome in post(tx, funds))
        lines += [(one.subject, one.amount_minor) for one in funds if one.subject is not None]
    missing = lines.pop()
    began = time.perf_counter()
    (made,) = actions.reconcile(database, lambda tx, currency: lines)
    took = time.perf_counter() - began
    assert (made.accounts, made.breaks, made.shortfall_minor) == (count, 1, missing[1])
    database.close()
    return {
        "safeguarding_s": took,
        "accounts": count,
        "accounts_per_s": count / took,
    }
