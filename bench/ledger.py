"""How fast the ledger posts, against a raw COPY of the same rows into the same indexes.

One process posts the batches of 8,000 and 1,000, as two would take turns from their `UPDATE` to
their `COMMIT`; four post those of 100. The comparison with COPY is one process against one.

Everything runs on one scratch database of the server that `url` names; the books are examined at
the end. Rates are transfers per second, committed (fsync as the server has it).
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg

from sycee.core.ledger import accounts, doctor, post
from sycee.core.ledger.model import NewAccount, Outcome, Posted, Transfer
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database
from sycee.runtime.pipeline import Unpipelined
from sycee.runtime.scratch import scratch

ACCOUNTS = 100_000
FUNDS = 1_000_000
TIMEOUT_MS = 60_000
LANE = 256
"""The largest batch of a lane."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one process posts: `batches` of `size` transfers between accounts chosen at random.

    `hot` = one account takes part in every transfer; `refused` = this share asks for too much;
    `window` = a batch keeps to so many neighbouring accounts, the next batch to the next ones.
    """

    size: int
    batches: int
    hot: bool = False
    refused: float = 0.0
    window: int = 0


def account_id(place: int) -> UUID:
    """The id of the account at a place, which every process can compute.

    A version 7 UUID of its own millisecond: accounts are made one after the other, as in life.
    """
    rng = random.Random(place)
    return UUID(
        int=(0x018F0000_0000 + place) << 80
        | 0x7 << 76
        | rng.getrandbits(12) << 64
        | 0x2 << 62
        | rng.getrandbits(62)
    )


def _transfers(load: Load, ids: Sequence[UUID], seed: int) -> list[list[Transfer]]:
    rng = random.Random(seed)
    hot = ids[0]
    batches = []
    everyone = ids
    for n in range(load.batches):
        if load.window:
            start = (seed + n) * load.window % len(everyone)
            ids = everyone[start : start + load.window]
        batch = []
        for _ in range(load.size):
            debit, credit = rng.choice(ids), rng.choice(ids)
            if load.hot:
                debit, credit = (hot, credit) if rng.random() < 0.5 else (debit, hot)
            while credit == debit:
                credit = rng.choice(ids)
            amount = 2**50 if rng.random() < load.refused else rng.randint(1, 20)
            batch.append(Transfer(uuid7(), debit, credit, amount, "test"))
        batches.append(batch)
    return batches


def _copy_streams(conn: psycopg.Connection[Any], streams: Sequence[bytes]) -> None:
    for stream in streams:
        with conn.cursor().copy("COPY raw.transfers FROM STDIN (FORMAT binary)") as copy:
            copy.write(stream)


def _posted(database: Database, batch: Sequence[Transfer]) -> list[Outcome]:
    """Post as `perform` does: what fits a lane's batch travels as a pipeline, and in a transaction
    if that failed."""
    if len(batch) <= LANE:
        with suppress(psycopg.Error, Unpipelined), database.pipeline(timeout_ms=TIMEOUT_MS) as tx:
            return post.post(tx, batch)
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        return post.post(tx, batch)


def _work(url: str, number: int, pipe: Connection) -> None:
    """One process: takes a load or a list of COPY streams, makes ready, waits, runs, answers.

    The answer is (began, ended, rows accepted).
    """
    ids = [account_id(place) for place in range(ACCOUNTS)]
    database = Database(url, size=1)
    while (job := pipe.recv()) is not None:
        batches = _transfers(job, ids, number) if isinstance(job, Load) else []
        number += 1_000
        pipe.send("ready")
        pipe.recv()
        began, accepted = time.perf_counter(), 0
        for batch in batches:
            outcomes = _posted(database, batch)
            accepted += sum(type(outcome) is Posted for outcome in outcomes)
        if not isinstance(job, Load):
            with database.connection() as conn:
                _copy_streams(conn, job)
        pipe.send((began, time.perf_counter(), accepted))
    database.close()


class Crew:
    """Processes that post together, kept for the whole run."""

    def __init__(self, url: str, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes: list[Any] = []
        self.workers = []
        for number in range(size):
            ours, theirs = context.Pipe()
            worker = context.Process(target=_work, args=(url, number, theirs), daemon=True)
            worker.start()
            self.pipes.append(ours)
            self.workers.append(worker)

    def run(self, jobs: Sequence[Load | list[bytes]]) -> tuple[float, int]:
        """A job for each of the first processes: seconds from first start to last end, rows."""
        pipes = self.pipes[: len(jobs)]
        for pipe, job in zip(pipes, jobs, strict=True):
            pipe.send(job)
        for pipe in pipes:
            pipe.recv()
        for pipe in pipes:
            pipe.send("go")
        spans = [pipe.recv() for pipe in pipes]
        began, ended = min(span[0] for span in spans), max(span[1] for span in spans)
        return ended - began, sum(span[2] for span in spans)

    def rate(self, processes: int, load: Load) -> float:
        """Transfers a second, refused ones counted: they cost as much."""
        seconds, _ = self.run([load] * processes)
        return processes * load.batches * load.size / seconds

    def best(self, processes: int, load: Load) -> float:
        """The better of two runs, so that a neighbour on the machine spoils one at most."""
        return max(self.rate(processes, load) for _ in range(2))

    def dismiss(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for worker in self.workers:
            worker.join()


def _open_accounts(database: Database) -> None:
    owner = uuid7()
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        house = accounts.open_house(tx, "bank", "CNY")
        for start in range(0, ACCOUNTS, 10_000):
            ids = [account_id(place) for place in range(start, start + 10_000)]
            accounts.open(tx, [NewAccount(id, owner, "wallet", "CNY", 0) for id in ids])
            # Funding is the warm-up: it writes every page that the runs will write again.
            funds = [Transfer(uuid7(), house, id, FUNDS, "deposit.demo") for id in ids]
            if not all(isinstance(outcome, Posted) for outcome in post.post(tx, funds)):
                raise AssertionError("funding was refused")
    with database.connection() as conn:
        conn.execute("VACUUM (ANALYZE) ledger.accounts")


_RAW: LiteralString = """
    CREATE SCHEMA raw;
    CREATE TABLE raw.transfers (LIKE ledger.transfers INCLUDING DEFAULTS)
        PARTITION BY RANGE (id);
    ALTER TABLE raw.transfers ADD PRIMARY KEY (id);
    CREATE INDEX ON raw.transfers (debit, posted_at);
    CREATE INDEX ON raw.transfers (credit, posted_at);
    CREATE INDEX ON raw.transfers (reverses) WHERE reverses IS NOT NULL;
    CREATE INDEX ON raw.transfers (hold) WHERE hold IS NOT NULL;
    CREATE TABLE raw.transfers_rest PARTITION OF raw.transfers DEFAULT;
    INSERT INTO raw.transfers SELECT * FROM ledger.transfers;
"""


def _against_copy(crew: Crew, database: Database, load: Load) -> dict[str, float]:
    """One process posts twice; then the same rows, encoded, go by COPY into a twin of the log.

    The twin has what the log had before, and the better of two runs counts on either side.
    """
    with database.connection() as conn:
        conn.execute(_RAW)
    posted, copied = crew.best(1, load), 0.0
    for run in (2, 1):
        streams = _streams(database, load, run * load.batches * load.size)
        seconds, _ = crew.run([streams])
        copied = max(copied, load.batches * load.size / seconds)
    return {"copy_8000_per_s": copied, "post_8000_vs_copy": posted / copied}


def _streams(database: Database, load: Load, back: int) -> list[bytes]:
    """A run's rows as COPY reads them, by batches; `back` = so many rows from the log's end."""
    streams = []
    with database.connection() as conn:
        for place in range(load.batches):
            query = (
                "COPY (SELECT * FROM (SELECT * FROM ledger.transfers ORDER BY posted_at DESC, id"
                f" OFFSET {int(back - (place + 1) * load.size)} LIMIT {int(load.size)}) AS batch"
                " ORDER BY id) TO STDOUT (FORMAT binary)"
            )
            with conn.cursor().copy(cast(LiteralString, query)) as copy:
                streams.append(b"".join(bytes(part) for part in copy))
    return streams


def run(url: str, quick: bool = False) -> dict[str, float]:
    """The figures of this machine; raises AssertionError when the books are wrong at the end."""
    with scratch(url, "bench") as own:
        return _measure(own, quick)


def _measure(url: str, quick: bool) -> dict[str, float]:
    crew = Crew(url, 4)
    database = Database(url, size=2)
    _open_accounts(database)
    n = 1 if quick else 4
    figures: dict[str, float] = {}
    big = Load(8_000, 6 * n)
    early = crew.best(1, big)
    figures["post_8000_per_s"] = early
    figures |= _against_copy(crew, database, big)
    figures["post_1000_per_s"] = crew.rate(1, Load(1_000, 80 * n))
    uniform = crew.rate(4, Load(100, 100 * n))
    figures["post_100_per_s"] = uniform
    figures["hot_vs_uniform"] = crew.rate(4, Load(100, 100 * n, hot=True)) / uniform
    refusing = Load(8_000, 4 * n, refused=0.1)
    clean = crew.best(1, Load(8_000, 4 * n))
    figures["refused_vs_clean"] = crew.best(1, refusing) / clean
    figures |= _growth(crew, database, early, big, quick)
    crew.dismiss()
    verdict = doctor.examine(database)
    database.close()
    if not verdict.ok:
        raise AssertionError(f"the books are wrong: {verdict}")
    return figures


def _growth(
    crew: Crew, database: Database, early: float, load: Load, quick: bool
) -> dict[str, float]:
    """The same load once a million transfers stand; in a full run, ten million.

    Filled by posting too: each batch among neighbouring accounts, so that two processes need not
    wait for each other, and all accounts get their share.
    """
    name, target = ("1e6", 1_000_000) if quick else ("1e7", 10_000_000)
    with database.connection() as conn:
        row = conn.execute("SELECT count(*) FROM ledger.transfers").fetchone()
    missing = target - (row[0] if row else 0)
    while missing > 0:
        part = min(missing, 1_000_000)  # what two processes hold in memory before they begin
        crew.rate(2, Load(10_000, part // 20_000 + 1, window=2_000))
        missing -= part
    return {f"growth_{name}_vs_1e5": crew.best(1, load) / early}


if __name__ == "__main__":
    for figure, value in run(sys.argv[1], "--quick" in sys.argv).items():
        print(f"{figure:24}{value:14,.2f}")
