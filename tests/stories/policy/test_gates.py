"""Gates on a real PostgreSQL: nothing posts after an order has committed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest

from sycee.core.policy import gates
from sycee.core.policy.check import check, check_one
from sycee.core.policy.gates import Stop
from sycee.core.policy.jobs import register
from sycee.core.policy.model import Operation, ProductSuspended, Request
from sycee.kit.clock import ManualClock
from sycee.kit.errors import NotFound
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps

PARTY = uuid7()
PAY = Request("wallet", Operation.TRANSFER, PARTY, "CN", 100, "CNY")
REFUND = Request("wallet", Operation.REFUND, PARTY, "CN", 100, "CNY")
ELSEWHERE = Request("wallet", Operation.TRANSFER, PARTY, "IN", 100, "CNY")
EXEMPT = Request("wallet", Operation.TRANSFER, PARTY, "CN", 100, "CNY", code="wallet.interest")


def shut(database: Database, *stops: Stop) -> list[UUID]:
    with database.transaction() as tx:
        return [gate.id for gate in gates.shut(tx, stops)]


def stopped(database: Database, *requests: Request) -> list[bool]:
    with database.transaction() as tx:
        return [isinstance(outcome, ProductSuspended) for outcome in check(tx, requests)]


def test_everything_is_open_until_an_order_says_otherwise(database: Database) -> None:
    assert stopped(database, PAY, REFUND, ELSEWHERE) == [False, False, False]
    assert stopped(database) == []


def test_a_gate_stops_its_operation_there_and_nothing_else(database: Database) -> None:
    stop = Stop("wallet", Operation.TRANSFER, "CN", exempt=("wallet.interest",))
    shut(database, stop)
    assert stopped(database, PAY, REFUND, ELSEWHERE, EXEMPT) == [True, False, False, False]


def test_the_refusal_names_the_gate(database: Database) -> None:
    (gate,) = shut(database, Stop("wallet", Operation.TRANSFER))
    with database.transaction() as tx, pytest.raises(ProductSuspended) as refused:
        check_one(tx, PAY)
    assert refused.value.gate == public("gat", gate)


def test_an_operation_is_open_again_when_its_last_gate_is_lifted(database: Database) -> None:
    first, second = shut(
        database, Stop("wallet", Operation.TRANSFER), Stop("wallet", Operation.TRANSFER, "CN")
    )
    with database.transaction() as tx:
        gates.reopen(tx, [first])
    assert stopped(database, PAY, ELSEWHERE) == [True, False]
    with database.transaction() as tx:
        gates.reopen(tx, [second])
    assert stopped(database, PAY) == [False]


def test_a_lift_can_be_dated_and_an_ended_gate_stays_ended(
    manual_database: Database, clock: ManualClock
) -> None:
    (gate,) = shut(manual_database, Stop("wallet", Operation.TRANSFER))
    with manual_database.transaction() as tx:
        gates.reopen(tx, [gate], clock.now() + timedelta(hours=1))
    assert stopped(manual_database, PAY) == [True]
    clock.advance(timedelta(hours=1))
    assert stopped(manual_database, PAY) == [False]
    with manual_database.transaction() as tx:
        (after,) = gates.reopen(tx, [gate], clock.now() + timedelta(days=1))
    assert after.lift_at == clock.now()


def test_lifting_a_gate_that_is_not_there_is_refused(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(NotFound):
        gates.reopen(tx, [uuid7()])


def test_a_dated_gate_holds_from_its_time_and_is_then_activated(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs = Jobs()
    register(jobs)
    at = clock.now() + timedelta(days=1)
    shut(manual_database, Stop("wallet", Operation.TRANSFER, effective_at=at))
    run_sweeps(manual_database, jobs)
    assert stopped(manual_database, PAY) == [False]
    clock.advance(timedelta(days=1))
    assert stopped(manual_database, PAY) == [True]  # even before the sweep has come by
    run_sweeps(manual_database, jobs)
    with manual_database.read() as tx:
        (gate,) = gates.standing(tx)
        assert gates.due(tx, 10) == []
    assert gate.activated_at == clock.now()


def test_a_gate_is_not_activated_too_early(manual_database: Database, clock: ManualClock) -> None:
    at = clock.now() + timedelta(days=1)
    (gate,) = shut(manual_database, Stop("wallet", Operation.TRANSFER, effective_at=at))
    with manual_database.transaction() as tx:
        gates.activate(tx, gate)
        gates.activate(tx, uuid7())
        (found,) = gates.standing(tx)
    assert found.activated_at is None


def test_a_dispatcher_learns_which_gate_stops_it(database: Database) -> None:
    (gate,) = shut(database, Stop("wallet", Operation.TRANSFER, "CN"))
    with database.transaction() as tx:
        found = gates.hold_open(tx, [REFUND, PAY, ELSEWHERE])
        assert [one and one.id for one in found] == [None, gate, None]
        assert gates.hold_open(tx, []) == []


def test_an_order_waits_for_postings_in_flight(database: Database) -> None:
    done = threading.Event()

    def order() -> None:
        with database.transaction(timeout_ms=10_000) as tx:
            gates.shut(tx, [Stop("wallet", Operation.TRANSFER)])
        done.set()

    with database.transaction() as tx:
        assert check(tx, [PAY]) == [None]
        thread = threading.Thread(target=order)
        thread.start()
        assert not done.wait(0.3)
    assert done.wait(10)
    thread.join()
    assert stopped(database, PAY) == [True]


def test_four_threads_post_nothing_after_the_order_has_committed(database: Database) -> None:
    with database.connection() as conn:
        conn.execute("CREATE TABLE public.posting (xid xid8 NOT NULL)")
    refused = [threading.Event() for _ in range(4)]
    begun = threading.Barrier(5)

    def post(saw_it: threading.Event) -> None:
        begun.wait()
        for _ in range(20_000):
            with database.transaction(timeout_ms=10_000) as tx:
                if check(tx, [PAY, REFUND])[0] is not None:
                    saw_it.set()
                    return
                tx.conn.execute("INSERT INTO public.posting VALUES (pg_current_xact_id())")

    threads = [threading.Thread(target=post, args=(saw_it,)) for saw_it in refused]
    for thread in threads:
        thread.start()
    begun.wait()
    time.sleep(0.5)
    with database.transaction(timeout_ms=10_000) as tx:
        gates.shut(tx, [Stop("wallet", Operation.TRANSFER)])
    with database.connection() as conn:
        cut = conn.execute("SELECT pg_current_snapshot()::text").fetchone()
    for thread in threads:
        thread.join()
    with database.connection() as conn:
        counts = conn.execute(
            """
            SELECT count(*), count(*) FILTER (
                WHERE NOT pg_visible_in_snapshot(xid, %s::text::pg_snapshot)
            ) FROM public.posting
            """,
            cut,
        ).fetchone()
    assert counts is not None
    assert counts[0] > 0
    assert counts[1] == 0
    assert all(saw_it.is_set() for saw_it in refused)
