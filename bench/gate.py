"""Does anything post after an order, how soon does an order bite, and what does the gate cost?

One scratch database, four processes that pay in batches as a lane does. Orders come and are lifted
while they pay. Whether a payment came after is not asked of a clock: each journal row has its
transaction's number, each order the snapshot taken under every gate's lock. The cost is taken in
turns on the same load: with the gate's question, without it, with it.
"""

from __future__ import annotations

import base64
import math
import multiprocessing
import random
import secrets
import statistics
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Posted, Transfer
from sycee.core.ledger.post import post
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty, Purse
from sycee.core.policy.check import Rules
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.orders import desk, issuing
from sycee.oversight.regulator.orders.document import (
    Document,
    Effect,
    Scope,
    canonical,
    signed_text,
)
from sycee.oversight.regulator.orders.issuing import Decide, Propose, Register
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import Transfer as Payment
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, perform
from sycee.runtime.scratch import scratch

WRITERS = 4
BATCH = 64
TIMEOUT_MS = 60_000


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`postings_after_order, order_to_effect_p99_ms, gate_cost` and what they were taken from."""
    with scratch(url, "bench") as own:
        return measure(own, orders=100, turns=5 if quick else 15)


def measure(url: str, *, orders: int, turns: int, gated: bool = True) -> dict[str, float]:
    """The figures on an empty migrated database; `gated` false shows that the count can fail."""
    database = Database(url, size=4)
    people = _people(database)
    with _Crew(url, people) as crew:
        figures = _under_orders(database, crew, orders, gated)
        if turns:
            figures |= _cost(crew, turns)
    assert doctor.examine(database, ()).ok, "the books are whole"
    database.close()
    return figures


def _people(database: Database) -> list[UUID]:
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        parties.create(tx, NewParty(Kind.OPERATOR, "Bench house"))
        people = [parties.create(tx, NewParty(Kind.PERSON, f"Bench {n}")).id for n in range(400)]
        purses = parties.purse(tx, people, "CNY").values()
        bank = accounts.open_house(tx, "bank", "CNY")
        found = [purse.account for purse in purses if isinstance(purse, Purse)]
        funds = [Transfer(uuid7(), bank, id_, 10**12, "deposit.demo") for id_ in found]
        assert all(isinstance(outcome, Posted) for outcome in post(tx, funds))
    return people


class _Unasked:
    """In the place of the question for rules, where none is asked."""

    def answer(self) -> Rules:
        return Rules([], [], [])


def _work(url: str, people: list[UUID], pipe: Connection) -> None:
    """A payer: pays for so many seconds, with the gate or without, in batches of a size."""
    database, ask, check = Database(url, size=1), wallet.ask, wallet.check
    while (task := pipe.recv()) is not None:
        seconds, gated, batch = task
        wallet.ask = ask if gated else lambda *_: _Unasked()
        wallet.check = check if gated else lambda tx, requests, rules: [None] * len(requests)
        until, paid, refused = time.perf_counter() + seconds, 0, 0
        while time.perf_counter() < until and not pipe.poll():
            calls = []
            for _ in range(batch):
                payer, payee = random.sample(people, 2)
                command = Payment(payer, payee, 1, "CNY")
                calls.append(Call(payer, secrets.token_hex(12), "wallet.transfer", command))
            try:
                answers = perform(database, calls, wallet.transfer)
            except psycopg.Error:
                continue  # an order ended what kept it waiting: nothing was acknowledged
            stopped = sum(answer.refusal is not None for answer in answers)
            refused, paid = refused + stopped, paid + batch - stopped
        pipe.send((paid, refused))
    database.close()


class _Crew:
    """The processes that pay."""

    def __init__(self, url: str, people: list[UUID]) -> None:
        context = multiprocessing.get_context("spawn")
        pairs = [context.Pipe() for _ in range(WRITERS)]
        self.pipes = [near for near, _ in pairs]
        self.processes = [
            context.Process(target=_work, args=(url, people, far), daemon=True) for _, far in pairs
        ]

    def __enter__(self) -> _Crew:
        for process in self.processes:
            process.start()
        self.load(0.05)
        return self

    def __exit__(self, *problem: object) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(10)

    def begin(self, seconds: float, *, gated: bool = True, batch: int = BATCH) -> None:
        for pipe in self.pipes:
            pipe.send((seconds, gated, batch))

    def end(self) -> tuple[int, int]:
        """What was paid and refused, when all have finished."""
        done = [pipe.recv() for pipe in self.pipes]
        return sum(paid for paid, _ in done), sum(refused for _, refused in done)

    def load(self, seconds: float, *, gated: bool = True) -> float:
        began = time.perf_counter()
        self.begin(seconds, gated=gated)
        paid, _ = self.end()
        return paid / (time.perf_counter() - began)


@dataclass
class _Signer:
    party: UUID
    credential: UUID
    key: UUID
    private: Ed25519PrivateKey

    def sign(self, document: Document, purpose: str) -> str:
        text = signed_text(canonical(document), purpose)
        return base64.b64encode(self.private.sign(text)).decode()


def _signers(database: Database) -> list[_Signer]:
    made: list[_Signer] = []
    with database.transaction() as tx:
        party = parties.create(tx, NewParty(Kind.REGULATOR, "Bench authority")).id
        for _ in range(2):
            private, credential = Ed25519PrivateKey.generate(), uuid7()
            raw = base64.b64encode(private.public_key().public_bytes_raw()).decode()
            taken = issuing.register(tx, Register(party, credential, raw))
            made.append(_Signer(party, credential, parse(issuing.KEY, taken.id), private))
    return made


def _order(effect: Effect, **said: Any) -> Document:
    return Document(
        public("ord", uuid7()), "Bench authority", "The question of this bench", effect, **said
    )


def _under_orders(database: Database, crew: _Crew, orders: int, gated: bool) -> dict[str, float]:
    """So many orders and lifts while the crew pays; what was posted where it must not be."""
    ann, bob = _signers(database)
    took: list[float] = []
    pairs: list[tuple[UUID, UUID]] = []
    crew.begin(600.0, gated=gated, batch=8)
    for _ in range(orders):
        time.sleep(random.uniform(0.01, 0.05))
        stop = _order(Effect.DENY, scope=Scope(products=("wallet",), operations=("transfer",)))
        command = Propose(ann.party, ann.credential, ann.key, ann.sign(stop, "order"), stop)
        began = time.perf_counter()
        desk.propose(database, command).unwrap()
        took.append((time.perf_counter() - began) * 1_000)
        time.sleep(random.uniform(0.005, 0.02))
        lift = _order(Effect.ALLOW, supersedes=(stop.id,))
        command = Propose(ann.party, ann.credential, ann.key, ann.sign(lift, "order"), lift)
        desk.propose(database, command).unwrap()
        word = Decide(bob.party, bob.credential, lift.uuid, bob.key, bob.sign(lift, "approval"))
        desk.approve(database, word).unwrap()
        pairs.append((stop.uuid, lift.uuid))
    for pipe in crew.pipes:
        pipe.send((0.0, True, BATCH))  # end this round, and an empty one after it
    paid, refused = crew.end()
    crew.end()
    took.sort()
    return {
        "postings_after_order": _after(database, pairs),
        "order_to_effect_p99_ms": took[math.ceil(len(took) * 0.99) - 1],
        "orders": orders,
        "payments_beside": paid,
        "payments_refused": refused,
    }


def _after(database: Database, pairs: list[tuple[UUID, UUID]]) -> int:
    """Payments that an order's snapshot does not show and its lift's does."""
    with database.read(timeout_ms=TIMEOUT_MS) as tx:
        row = tx.conn.execute(
            """
            SELECT count(*)
            FROM unnest(%s::uuid[], %s::uuid[]) AS pair (stop, lift)
            JOIN regulator.step AS s ON s.directive = pair.stop AND s.kind = 'issued'
            JOIN regulator.step AS l ON l.directive = pair.lift AND l.kind = 'issued'
            JOIN journal.entry AS e ON e.verb = 'transfer.made'
             AND e.xid >= pg_snapshot_xmin(s.cut) AND e.xid < pg_snapshot_xmax(l.cut)
            WHERE NOT pg_visible_in_snapshot(e.xid, s.cut)
              AND pg_visible_in_snapshot(e.xid, l.cut)
            """,
            ([stop for stop, _ in pairs], [lift for _, lift in pairs]),
        ).fetchone()
    assert row is not None
    return row[0]


def _cost(crew: _Crew, turns: int) -> dict[str, float]:
    """Throughput with the gate against the mean of what stands before and after it without."""
    seconds = 1.0
    ratios: list[float] = []
    rates: list[float] = []
    crew.load(seconds)
    before = crew.load(seconds, gated=False)
    for _ in range(turns):
        with_gate = crew.load(seconds)
        after = crew.load(seconds, gated=False)
        ratios.append(with_gate / statistics.mean((before, after)))
        rates.append(with_gate)
        before = after
    return {
        "payments_per_s": statistics.median(rates),
        "gate_cost": 1 - statistics.median(ratios),
    }
