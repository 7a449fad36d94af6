"""The ledger on PostgreSQL against a plain one in Python: any batch, any order, equal outcomes."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.simulation.plain_ledger import Paper, PlainLedger, Told

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import (
    Capture,
    Expire,
    Extend,
    Hold,
    Item,
    NewAccount,
    Outcome,
    Posted,
    Release,
    Reversal,
    Sweep,
    Transfer,
)
from sycee.core.ledger.post import post
from sycee.kit.clock import ManualClock, micros
from sycee.kit.errors import Refusal
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database

EXAMPLES = int(os.environ.get("SYCEE_LEDGER_EXAMPLES", "12"))
"""How many random histories; more in a thorough run."""

_SMALL = st.integers(1, 40)
_PICK = st.integers(0, 30)
_SPEC = st.tuples(
    st.sampled_from(
        ["transfer"] * 4 + "sweep reversal hold hold capture capture release extend expire".split()
    ),
    _PICK,
    _PICK,
    st.one_of(_SMALL, st.none()),
    st.booleans(),
    st.sampled_from([None] * 5 + [1, 2]),
)
_KINDS = [
    ("wallet", "CNY", 0, None),
    ("wallet", "CNY", -30, 60),
    ("merchant", "CNY", None, None),
    ("loans", "CNY", 0, 50),
    ("bank", "CNY", None, None),
    ("wallet", "USD", 0, None),
]


def told(outcomes: list[Outcome]) -> list[Told]:
    """Outcomes as the plain ledger tells them."""
    return [
        ("exists" if x.existed else "ok", x.amount_minor)
        if isinstance(x, Posted)
        else (x.code, None)
        for x in outcomes
    ]


class LedgerMachine(RuleBasedStateMachine):
    """Random batches on both ledgers; after every step the books are equal and whole."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        super().__init__()
        self.database, self.clock = database, clock
        self.plain = PlainLedger()
        self.ids: list[UUID] = []
        self.holds: list[UUID] = []
        self.moves: list[UUID] = []
        self.sent: list[list[Item]] = []

    def _id(self) -> UUID:
        return uuid7(micros(self.clock.now()) // 1000)

    @initialize()
    def open(self) -> None:
        for code, currency, floor, ceiling in _KINDS:
            id = self._id()
            with self.database.transaction(timeout_ms=20_000) as tx:
                new = NewAccount(id, None, code, currency, floor, ceiling)
                assert accounts.open(tx, [new]) == [id]
            credit_normal = code not in ("loans", "bank")
            self.plain.accounts[id] = Paper(currency, credit_normal, floor, ceiling)
            self.ids.append(id)

    def _item(self, spec: tuple[str, int, int, int | None, bool, int | None]) -> Item:
        kind, one, two, amount, flag, group = spec
        a, b = self.ids[one % len(self.ids)], self.ids[two % len(self.ids)]
        hold = self.holds[-1 - one % len(self.holds)] if self.holds else self._id()
        move = self.moves[-1 - one % len(self.moves)] if self.moves else self._id()
        soon = self.clock.now() + timedelta(hours=two + 1)
        rest: dict[str, Any] = {"group": group}
        id, least = self._id(), amount or 1
        match kind:
            case "transfer":
                item = Transfer(id, a, b, least, "test", **rest)
            case "sweep":
                item = Sweep(id, a, b, amount, "test", **rest)
            case "reversal":
                item = Reversal(id, move, amount, **rest)
            case "hold":
                expires = soon if flag else None
                payee = b if two % 3 == 0 else None
                item = Hold(id, a, least, "test", expires_at=expires, credit=payee, **rest)
                self.holds.append(id)
            case "capture":
                item = Capture(id, hold, b, amount, "test", flag, **rest)
            case "release":
                item = Release(id, hold, amount, **rest)
            case "extend":
                item = Extend(id, hold, soon, **rest)
            case _:
                item = Expire(id, hold, **rest)
        if kind in ("transfer", "sweep", "capture", "reversal"):
            self.moves.append(id)
        return item

    def _both(self, items: list[Item]) -> None:
        with self.database.transaction(timeout_ms=20_000) as tx:
            dry = told(post(tx, items, dry_run=True))
            wet = told(post(tx, items))
        assert dry == wet == self.plain.post(items, self.clock.now())

    @rule(specs=st.lists(_SPEC, min_size=1, max_size=12))
    def batch(self, specs: list[Any]) -> None:
        """A batch of anything, in groups or not."""
        items = [self._item(spec) for spec in specs]
        self.sent.append(items)
        self._both(items)

    @rule(specs=st.lists(_SPEC, min_size=34, max_size=40))
    def long_batch(self, specs: list[Any]) -> None:
        """The same by way of COPY."""
        self._both([self._item(spec) for spec in specs])

    @rule(which=_PICK, cut=st.integers(0, 3))
    def again(self, which: int, cut: int) -> None:
        """A former batch, whole or in part: what was accepted is answered as it was."""
        if self.sent:
            items = self.sent[which % len(self.sent)][cut:]
            self._both(items + items[:1])

    @rule(which=_PICK, floor=st.integers(-20, 10), ceiling=st.one_of(st.none(), _SMALL))
    def bound(self, which: int, floor: int, ceiling: int | None) -> None:
        id = self.ids[which % len(self.ids)]
        paper = self.plain.accounts[id]
        if not paper.closed and (ceiling is None or floor <= ceiling):
            with self.database.transaction(timeout_ms=20_000) as tx:
                accounts.bound(tx, id, floor=floor, ceiling=ceiling)
            paper.floor, paper.ceiling = floor, ceiling

    @rule(which=_PICK, verb=st.sampled_from(["freeze", "thaw", "thaw", "close", "reopen"]))
    def turn(self, which: int, verb: str) -> None:
        id = self.ids[which % len(self.ids)]
        paper = self.plain.accounts[id]
        empty = not (paper.balance or paper.going or paper.coming)
        allowed = verb == "reopen" or (not paper.closed and (verb != "close" or empty))
        try:
            with self.database.transaction(timeout_ms=20_000) as tx:
                getattr(accounts, verb)(tx, id)
        except Refusal:
            assert not allowed
            return
        assert allowed
        paper.frozen = {"freeze": True, "thaw": False}.get(verb, paper.frozen)
        paper.closed = {"close": True, "reopen": False}.get(verb, paper.closed)

    @rule(hours=st.integers(1, 5))
    def wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @invariant()
    def books_are_equal_and_whole(self) -> None:
        with self.database.read(timeout_ms=20_000) as tx:
            found = accounts.read(tx, self.ids)
        for id, paper in self.plain.accounts.items():
            balance = found[id]
            assert balance.balance == paper.balance
            assert balance.balance - balance.available == paper.going
            assert balance.expected - balance.balance == paper.coming
        verdict = doctor.examine(self.database)
        assert [finding for finding in verdict.checks if not finding.ok] == []


def test_the_ledger_on_postgresql_equals_the_plain_one(
    manual_database: Database, clock: ManualClock
) -> None:
    run_state_machine_as_test(
        partial(LedgerMachine, manual_database, clock),  # pyright: ignore[reportArgumentType]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
