"""How long the daily reconciliation takes: every customer's balance, every line of the bank."""

from __future__ import annotations

import secrets
import time
from typing import LiteralString, cast
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount, Posted, Transfer
from sycee.core.ledger.post import post
from sycee.kit.ids import uuid7
from sycee.oversight.regulator.safeguarding import actions
from sycee.runtime.db import Database
from sycee.runtime.migrate import migrate

TIMEOUT_MS = 60_000
CHUNK = 10_000


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`safeguarding_s` over so many accounts, each funded by a line of the bank's own."""
    name = f"sycee_bench_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(cast(LiteralString, f"CREATE DATABASE {name}"))
        scratch = make_conninfo(url, dbname=name)
        try:
            migrate(scratch)
            return _measure(scratch, 50_000 if quick else 1_000_000)
        finally:
            admin.execute(cast(LiteralString, f"DROP DATABASE {name} WITH (FORCE)"))


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
