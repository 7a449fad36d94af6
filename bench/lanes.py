"""Lanes under load: alone, crowded, with a greedy caller, full; against a transaction each.

Wallet payments of the action path, without HTTP: a wiring like a server's, whose lanes' process
does the work, against the same calls one transaction each from a pool of threads. The two take
turns on one database. At the end the ledger is asked whether exactly the accepted payments were
posted.
"""

from __future__ import annotations

import asyncio
import itertools
import resource
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NoReturn
from uuid import UUID

import uvloop
from bench.api import people

from sycee.core.ledger import accounts
from sycee.kit import ids
from sycee.products.wallet import actions
from sycee.products.wallet.model import Transfer
from sycee.runtime.db import Database
from sycee.runtime.http.wiring import Bounds, Wiring
from sycee.runtime.lanes import Lane, LaneFull
from sycee.runtime.perform import Answer, Call, perform
from sycee.runtime.scratch import scratch

VERB = "wallet.transfer"
CLIENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
CONNECTIONS = 16
GREEDY_CALLS = 4_000
OFFERED = 50_000

Submit = Callable[[Call[Transfer]], Awaitable[Answer]]


def run(url: str, quick: bool = False) -> dict[str, float]:
    """The figures of lanes, from one run on a new database on the server of `url`.

    `lane_per_s_N` and `one_tx_per_s_N` are payments a second from N clients, `lane_vs_one_tx` the
    best of one over the best of the other, `idle_vs_one_tx` the median latency of a lone call over
    that of one without a lane, `fair_wait_vs_drain` what a newcomer waits behind a caller's 4,000
    calls over what those take, `full_per_s` how fast a full lane refuses, and `full_grown_mb` how
    much memory 50,000 calls to it took.
    """
    with (
        scratch(url, "bench") as own,
        closing(Database(own, size=CONNECTIONS)) as database,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_measure(database, 0.6 if quick else 3.0))


class _Crowd:
    """Callers with money, and the payments that they were told were made."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.payers = people(database, "standard")
        self.parties = [ids.parse("par", payer.id, "payer") for payer in self.payers]
        self.paid = 0
        self._turn = itertools.count()

    def call(self, payer: UUID | None = None) -> Call[Transfer]:
        """The next payment of one unit."""
        turn, parties = next(self._turn), self.parties
        payer = payer or parties[turn % len(parties)]
        payee = parties[(turn + 1 + turn // len(parties)) % len(parties)]
        if payee == payer:
            payee = parties[(turn + 2 + turn // len(parties)) % len(parties)]
        return Call(payer, secrets.token_hex(12), VERB, Transfer(payer, payee, 1, "CNY"))

    async def pay(self, submit: Submit, payer: UUID | None = None) -> None:
        """Make a payment and see that it was made."""
        answer = await submit(self.call(payer))
        assert answer.refusal is None, answer.refusal
        self.paid += 1

    async def rate(self, submit: Submit, clients: int, seconds: float) -> float:
        """Payments a second from clients that each send the next one when the last is made."""
        before, until = self.paid, time.perf_counter() + seconds
        started = time.perf_counter()

        async def client() -> None:
            while time.perf_counter() < until:
                await self.pay(submit)

        await asyncio.gather(*(client() for _ in range(clients)))
        return (self.paid - before) / (time.perf_counter() - started)

    def verify(self) -> None:
        """Exactly the payments that were answered moved money, and only among the payers."""
        with self.database.read() as tx:
            balances = accounts.read(tx, [payer.account for payer in self.payers]).values()
        moved = sum(balance.debits_posted for balance in balances)
        assert moved == self.paid, f"{self.paid} answered, {moved} moved"


async def _measure(database: Database, seconds: float) -> dict[str, float]:
    crowd = _Crowd(database)
    threads = ThreadPoolExecutor(CONNECTIONS)
    loop = asyncio.get_running_loop()

    async def alone(call: Call[Transfer]) -> Answer:
        found = await loop.run_in_executor(threads, perform, database, [call], actions.transfer)
        return found[0]

    wiring = Wiring(database, _nobody, Bounds(lane_process=True))
    wiring.open([actions.transfer])
    try:
        lane: Lane[Transfer] = wiring.lane(VERB, actions.transfer)
        await crowd.rate(lane.submit, 64, 1.0)  # warms up
        figures = await _idle(crowd, lane.submit, alone, seconds)
        figures |= await _crowded(crowd, lane.submit, alone, seconds)
        figures |= await _greedy(crowd, lane)
        figures |= _full(crowd, lane)
    finally:
        wiring.close()
        threads.shutdown()
    crowd.verify()
    return figures


def _nobody(presented: object) -> NoReturn:
    raise AssertionError("nobody calls over HTTP")


async def _idle(crowd: _Crowd, lane: Submit, alone: Submit, seconds: float) -> dict[str, float]:
    """A lone call's latency by lane and without, in turns."""
    taken: dict[str, list[float]] = {"lane": [], "alone": []}
    until = time.perf_counter() + 2 * seconds
    while time.perf_counter() < until:
        for name, submit in (("lane", lane), ("alone", alone)):
            started = time.perf_counter()
            await crowd.pay(submit)
            taken[name].append(time.perf_counter() - started)
    lane_ms, alone_ms = (statistics.median(times) * 1e3 for times in taken.values())
    return {"idle_ms": lane_ms, "idle_vs_one_tx": lane_ms / alone_ms}


async def _crowded(crowd: _Crowd, lane: Submit, alone: Submit, seconds: float) -> dict[str, float]:
    figures: dict[str, float] = {}
    for clients in CLIENTS:
        figures[f"lane_per_s_{clients}"] = await crowd.rate(lane, clients, seconds)
        figures[f"one_tx_per_s_{clients}"] = await crowd.rate(alone, clients, seconds)
    best = {
        way: max(rate for name, rate in figures.items() if name.startswith(way))
        for way in ("lane", "one_tx")
    }
    return {**figures, "lane_vs_one_tx": best["lane"] / best["one_tx"]}


async def _greedy(crowd: _Crowd, lane: Lane[Transfer]) -> dict[str, float]:
    """One caller fills the queue; then another comes with a single call."""
    greedy, modest = crowd.parties[:2]
    started = time.perf_counter()
    flood = [asyncio.ensure_future(crowd.pay(lane.submit, greedy)) for _ in range(GREEDY_CALLS)]
    await asyncio.sleep(0)
    arrived = time.perf_counter()
    await crowd.pay(lane.submit, modest)
    waited = time.perf_counter() - arrived
    ends = await asyncio.gather(*flood, return_exceptions=True)
    away = [end for end in ends if end is not None]
    assert len(away) <= 1, "one place was needed"
    assert all(isinstance(end, LaneFull) for end in away), away
    return {"fair_wait_vs_drain": waited / (time.perf_counter() - started)}


def _full(crowd: _Crowd, lane: Lane[Transfer]) -> dict[str, float]:
    """Far more calls than the queue takes: most get `LaneFull`; those in it then leave.

    Within one turn of the event loop, so that none of them is taken out of the queue.
    """
    calls = [crowd.call(crowd.parties[0]) for _ in range(OFFERED)]
    before, refused, kept = _memory_mb(), 0, []
    started = time.perf_counter()
    for call in calls:
        waiting = lane.submit(call)
        try:
            waiting.send(None)
        except LaneFull:
            refused += 1
        else:
            kept.append(waiting)
    taken = time.perf_counter() - started
    grown = _memory_mb() - before
    assert refused + lane.depth == OFFERED
    assert lane.depth == len(kept) <= GREEDY_CALLS
    for waiting in kept:
        waiting.close()
    assert lane.depth == 0, "a caller who left is still in the queue"
    return {"full_per_s": OFFERED / taken, "full_grown_mb": grown}


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
