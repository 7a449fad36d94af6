"""The log behind the payments: does sealing keep up, how far behind is it, and what does it cost?

One scratch database. Two processes pay in batches of 64, as a lane does, each payment with its key,
its policy and its journal row; a third seals. The cost to the payers is taken in turns: with the
sealer, without it, with it … so that the machine's own noise falls on both. Then a total over many
balances is published.
"""

from __future__ import annotations

import multiprocessing
import random
import secrets
import statistics
import sys
import threading
import time
from multiprocessing.connection import Connection
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts, doctor
from sycee.core.ledger import liabilities as ledger
from sycee.core.ledger.model import NewAccount, Posted, Transfer
from sycee.core.ledger.post import post
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty, Purse
from sycee.kit.ids import uuid7
from sycee.oversight.transparency import checks, store
from sycee.oversight.transparency.actions.seal import Signer
from sycee.oversight.transparency.jobs import SEAL_SECONDS, seal_all
from sycee.oversight.transparency.liabilities import actions as liabilities
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import Transfer as Payment
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, perform
from sycee.runtime.scratch import scratch

WRITERS = 2
BATCH = 64
TIMEOUT_MS = 60_000


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`seal_rows_per_s, seal_lag_s, seal_cost, payments_beside_per_s, liabilities_s …`.

    Raises AssertionError when the log does not hold exactly what the journal does.
    """
    with scratch(url, "bench") as own:
        return _measure(own, quick)


def _measure(url: str, quick: bool) -> dict[str, float]:
    database = Database(url, size=4)
    signer = Signer("bench.example/log", Ed25519PrivateKey.generate())
    figures: dict[str, float] = {}
    try:
        figures |= _backlog(database, signer, 40_000 if quick else 400_000)
        figures |= _beside(url, database, signer, *((4, 2.0) if quick else (8, 4.0)))
        verdict = doctor.examine(database, checks.checks)
        assert verdict.ok, f"the log is wrong: {verdict}"
        figures |= _owed(database, 50_000 if quick else 1_000_000)
    finally:
        database.close()
    return figures


def _write(database: Database, rows: int) -> None:
    party, body = uuid7(), {"transfer": "tfr_01", "amount_minor": 7, "currency": "CNY"}
    entries = [Entry(party, "transfer.made", uuid7(), (party,), "payment", body)] * rows
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        append(tx, entries)


def _backlog(database: Database, signer: Signer, rows: int) -> dict[str, float]:
    """How fast a backlog is sealed, on its own."""
    for _ in range(rows // 1_000):
        _write(database, 1_000)
    began = time.perf_counter()
    sealed = 0
    while sealed < rows:
        sealed += seal_all(database, signer)
    return {"seal_rows_per_s": rows / (time.perf_counter() - began)}


def _people(database: Database) -> list[UUID]:
    """Parties with money in their wallets."""
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        people = [parties.create(tx, NewParty(Kind.PERSON, f"Bench {n}")).id for n in range(200)]
        purses = parties.purse(tx, people, "CNY").values()
        bank = accounts.open_house(tx, "bank", "CNY")
        found = [purse.account for purse in purses if isinstance(purse, Purse)]
        funds = [Transfer(uuid7(), bank, id, 10**12, "deposit.demo") for id in found]
        assert all(isinstance(outcome, Posted) for outcome in post(tx, funds))
    return people


def _work(url: str, people: list[UUID], pipe: Connection) -> None:
    """A payer: for each number of seconds it is sent, pays that long and answers how often."""
    database = Database(url, size=1)
    while (seconds := pipe.recv()) is not None:
        until, paid = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            calls = []
            for _ in range(BATCH):
                payer, payee = random.sample(people, 2)
                command = Payment(payer, payee, 1, "CNY")
                calls.append(Call(payer, secrets.token_hex(12), "wallet.transfer", command))
            answers = perform(database, calls, wallet.transfer)
            assert all(answer.refusal is None for answer in answers)
            paid += BATCH
        pipe.send(paid)
    database.close()


def _beside(
    url: str, database: Database, signer: Signer, turns: int, seconds: float
) -> dict[str, float]:
    """Writers with and without a sealer beside them, by turns; the lag while it runs."""
    people = _people(database)
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(WRITERS)]
    crew = [context.Process(target=_work, args=(url, people, far), daemon=True) for _, far in pairs]
    for process in crew:
        process.start()
    pipes = [near for near, _ in pairs]

    def load() -> float:
        for pipe in pipes:
            pipe.send(seconds)
        return sum(pipe.recv() for pipe in pipes) / seconds

    load()
    ratios: list[float] = []
    lags: list[float] = []
    rates: list[float] = []
    for _ in range(turns):
        before = load()
        while seal_all(database, signer):
            pass
        stop = threading.Event()
        sealer = threading.Thread(target=_seal, args=(database, signer, stop, lags))
        sealer.start()
        beside = load()
        stop.set()
        sealer.join()
        after = load()
        rates.append(beside)
        ratios.append(beside / statistics.mean((before, after)))
    for pipe in pipes:
        pipe.send(None)
    for process in crew:
        process.join()
    while seal_all(database, signer):
        pass
    return {
        "payments_beside_per_s": statistics.median(rates),
        "seal_lag_s": max(lags),
        "seal_cost": 1 - statistics.median(ratios),
    }


def _seal(database: Database, signer: Signer, stop: threading.Event, lags: list[float]) -> None:
    """Seal as the worker does, and note how old the oldest unsealed row was each time."""
    while not stop.wait(SEAL_SECONDS):
        with database.read() as tx:
            head = store.read_head(tx)
            row = tx.conn.execute(
                """
                SELECT extract(epoch FROM %s - at)::double precision FROM journal.entry
                WHERE (xid, ordinal) > (%s::text::xid8, %s)
                ORDER BY entry.xid, entry.ordinal LIMIT 1
                """,
                (tx.now, str(head.xid), head.ordinal),
            ).fetchone()
        began = time.perf_counter()
        seal_all(database, signer)
        if row is not None and row[0] is not None:
            lags.append(row[0] + time.perf_counter() - began)


def _owed(database: Database, count: int) -> dict[str, float]:
    """The day's total over so many accounts, from the snapshot to the row of the journal."""
    owner = uuid7()
    for _ in range(count // 10_000):
        with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            bank = accounts.open_house(tx, "bank", "CNY")
            ids = [uuid7() for _ in range(10_000)]
            accounts.open(tx, [NewAccount(id, owner, "wallet", "CNY", 0) for id in ids])
            outcomes = post(tx, [Transfer(uuid7(), bank, id, 1_234, "test") for id in ids])
            assert all(isinstance(outcome, Posted) for outcome in outcomes)
    began = time.perf_counter()
    [total] = liabilities.publish(database, secrets.token_bytes(32))
    taken = time.perf_counter() - began
    with database.read() as tx:
        [(_, owed)] = ledger.totals(tx)
    assert total.accounts >= count
    assert total.sum_minor == owed, "the total is not what the books say"
    return {"liabilities_accounts": total.accounts, "liabilities_s": taken}


if __name__ == "__main__":
    for figure, value in run(sys.argv[1], "--quick" in sys.argv).items():
        print(f"{figure:24}{value:14,.3f}")
