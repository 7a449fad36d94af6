"""Random walks through trades: money in = released + refunded + fees + held, after every step."""

from __future__ import annotations

import secrets
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from sycee.core.ledger import doctor
from sycee.products.escrow.checks import checks
from sycee.products.escrow.model.trade import State
from sycee.products.escrow.walks import pure, stored
from sycee.products.escrow.walks.chance import VERBS
from sycee.runtime.db import Database

PURE_WALKS = 100_000
STORED_WALKS = 2_000
WORKERS = 2


def test_a_hundred_thousand_walks_on_the_model_lose_no_unit() -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    share = PURE_WALKS // WORKERS
    with ProcessPoolExecutor(WORKERS) as pool:
        runs = pool.map(pure.run, [share] * WORKERS, [seed + i for i in range(WORKERS)])
        tally = sum(runs, Counter())
    _assert_wide(tally, PURE_WALKS)


def test_a_walk_is_the_same_for_the_same_seed() -> None:
    assert pure.run(50, 7) == pure.run(50, 7)


def test_two_thousand_walks_on_postgresql_lose_no_unit(
    database: Database, database_url: str
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    share = STORED_WALKS // WORKERS
    with ProcessPoolExecutor(WORKERS) as pool:
        runs = pool.map(stored.run, [database_url] * WORKERS, [share] * WORKERS, [seed, seed + 1])
        tally = sum(runs, Counter())
    _assert_wide(tally, STORED_WALKS)
    verdict = doctor.examine(database, checks)
    assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]


def _assert_wide(tally: Counter[str], walks: int) -> None:
    """Every verb has worked, and walks ended both ways."""
    assert sum(tally[state] for state in State) == walks
    assert {verb for verb in VERBS if not tally[verb]} == set()
    assert tally[State.FINISHED] > walks // 10
    assert tally[State.CLOSED] > walks // 10
