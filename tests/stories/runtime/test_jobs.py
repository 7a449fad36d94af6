"""Jobs and sweeps on a real PostgreSQL."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from sycee.doors.worker.run import run
from sycee.kit.clock import ManualClock
from sycee.kit.errors import NotFound
from sycee.kit.ids import uuid7
from sycee.runtime import backlog
from sycee.runtime import jobs as queue
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Body, GiveUp, Jobs


@pytest.fixture(autouse=True)
def marks(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE public.marks (id uuid PRIMARY KEY, due_at timestamptz)")


def rows(database: Database, table: LiteralString) -> list[tuple[Any, ...]]:
    with database.connection() as conn:
        return conn.execute(f"SELECT * FROM {table}").fetchall()


def mark(tx: Tx, body: Body) -> None:
    tx.conn.execute("INSERT INTO public.marks VALUES (%s, now())", (UUID(body["id"]),))


def defer(database: Database, kind: str, **more: Any) -> None:
    with database.transaction() as tx:
        queue.defer(tx, kind, {"id": str(uuid7())}, **more)


def test_a_job_exists_only_if_its_transaction_commits(database: Database) -> None:
    def fail_after_deferring() -> None:
        with database.transaction() as tx:
            queue.defer(tx, "test.mark", {})
            raise RuntimeError("no commit")

    with pytest.raises(RuntimeError):
        fail_after_deferring()
    assert rows(database, "runtime.jobs") == []


def test_a_database_only_job_runs_exactly_once_under_racing_workers(database: Database) -> None:
    jobs = Jobs()
    jobs.inside("test.mark", mark)
    for _ in range(20):
        defer(database, "test.mark")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: queue.run_due(database, jobs), range(4)))
    assert len(rows(database, "public.marks")) == 20
    assert rows(database, "runtime.jobs") == []


def test_a_failing_inside_job_waits_and_its_effects_are_rolled_back(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs, tries = Jobs(), []

    def flaky(tx: Tx, body: Body) -> None:
        mark(tx, body)
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    jobs.inside("test.mark", flaky)
    defer(manual_database, "test.mark")
    for expected in (1, 2, 3):
        queue.run_due(manual_database, jobs)
        assert len(tries) == expected
        queue.run_due(manual_database, jobs)
        assert len(tries) == expected, "it waits for its backoff"
        assert len(rows(manual_database, "public.marks")) == (1 if expected == 3 else 0)
        clock.advance(timedelta(minutes=1))
    assert rows(manual_database, "runtime.jobs") == []


def test_an_outside_job_that_keeps_failing_becomes_a_dead_letter_and_can_be_requeued(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs, tries = Jobs(), []

    def down(database: Database, body: Body) -> None:
        tries.append(body["id"])
        if len(tries) <= 3:
            raise ConnectionError("https://secret.example/?token=abc")

    jobs.outside("test.call", down, max_attempts=3, backoff=lambda n: timedelta(minutes=n))
    defer(manual_database, "test.call")
    for _ in range(5):
        queue.run_due(manual_database, jobs)
        clock.advance(timedelta(minutes=5))
    assert len(tries) == 3
    [letter] = rows(manual_database, "runtime.dead_letters")
    assert "secret" not in str(letter)
    with manual_database.transaction() as tx:
        assert queue.requeue(tx, letter[0])
        assert not queue.requeue(tx, letter[0])
    queue.run_due(manual_database, jobs)
    assert len(tries) == 4
    assert rows(manual_database, "runtime.jobs") == []
    assert rows(manual_database, "runtime.dead_letters") == []


def test_a_leased_job_is_not_started_twice_and_comes_back_after_its_lease(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs, tries = Jobs(), []

    def call(database: Database, body: Body) -> None:
        tries.append(1)
        if len(tries) == 1:
            assert queue.run_due(database, jobs) == 0, "the lease holds while it runs"
            raise KeyboardInterrupt  # as if the process died here

    jobs.outside("test.call", call, lease_seconds=60)
    defer(manual_database, "test.call")
    with pytest.raises(KeyboardInterrupt):
        queue.run_due(manual_database, jobs, limit=1)
    assert queue.run_due(manual_database, jobs, limit=1) == 0
    clock.advance(timedelta(seconds=61))
    assert queue.run_due(manual_database, jobs, limit=1) == 1
    assert len(tries) == 2
    assert rows(manual_database, "runtime.jobs") == []


def test_a_failure_is_logged_by_its_kind_its_job_and_the_name_of_the_error(
    database: Database, lines
) -> None:
    def fail(database: Database, body: Body) -> None:
        raise ZeroDivisionError("13800138000")

    jobs = Jobs()
    jobs.outside("test.call", fail)
    defer(database, "test.call")
    (job,) = (str(row[0]) for row in rows(database, "runtime.jobs"))
    queue.run_due(database, jobs)
    (line,) = map(json.loads, lines.getvalue().splitlines())
    named = ("event", "kind", "job", "exception")
    found = [line[name] for name in named]
    assert found == ["job.failed", "test.call", job, "builtins.ZeroDivisionError"]
    assert "13800138000" not in lines.getvalue()


def test_giving_up_buries_the_job_at_once(database: Database) -> None:
    def gone(database: Database, body: Body) -> None:
        raise GiveUp

    jobs = Jobs()
    jobs.outside("test.call", gone)
    defer(database, "test.call")
    queue.run_due(database, jobs)
    assert rows(database, "runtime.jobs") == []
    assert len(rows(database, "runtime.dead_letters")) == 1


def test_a_job_waits_for_its_time_and_a_keyed_one_is_written_once(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs = Jobs()
    jobs.inside("test.mark", mark)
    later = clock.now() + timedelta(hours=1)
    for _ in range(3):
        defer(manual_database, "test.mark", run_at=later, key="once")
    assert len(rows(manual_database, "runtime.jobs")) == 1
    queue.run_due(manual_database, jobs)
    assert rows(manual_database, "public.marks") == []
    clock.advance(timedelta(hours=1))
    queue.run_due(manual_database, jobs)
    assert len(rows(manual_database, "public.marks")) == 1


def test_a_sweep_handles_what_is_due_and_skips_what_is_refused(
    manual_database: Database, clock: ManualClock
) -> None:
    ids = [uuid7() for _ in range(5)]
    with manual_database.transaction() as tx:
        for n, item in enumerate(ids):
            due_at = clock.now() + timedelta(minutes=n)
            tx.conn.execute("INSERT INTO public.marks VALUES (%s, %s)", (item, due_at))

    def due(tx: Tx, limit: int) -> list[UUID]:
        found = tx.conn.execute(
            "SELECT id FROM public.marks WHERE due_at <= %s ORDER BY due_at LIMIT %s",
            (tx.now, limit),
        )
        return [row[0] for row in found]

    def act(database: Database, item: UUID) -> None:
        if item == ids[1]:
            raise NotFound(noun="mark", id=str(item))
        with database.transaction() as tx:
            tx.conn.execute("DELETE FROM public.marks WHERE id = %s", (item,))

    jobs = Jobs()
    jobs.sweep("test.due", due, act, every_seconds=1)
    clock.advance(timedelta(minutes=2))
    assert queue.run_sweeps(manual_database, jobs) == 2
    assert queue.run_sweeps(manual_database, jobs) == 0, "its turn has not come again"
    left = {row[0] for row in rows(manual_database, "public.marks")}
    assert left == {ids[1], ids[3], ids[4]}


def test_the_backlog_tells_what_waits_what_is_late_and_what_died(database: Database) -> None:
    clock = ManualClock(database.clock.now())
    late = Database(database.url, clock=clock, size=2)

    def stop(tx: Tx, body: Body) -> None:
        raise GiveUp

    try:
        for minutes in (-3, -1, 5):
            defer(database, "wait", run_at=clock.now() + timedelta(minutes=minutes))
        defer(database, "stop")
        jobs = Jobs()
        jobs.inside("stop", stop)
        clock.advance(timedelta(seconds=1))
        queue.run_due(late, jobs)
        with late.read() as tx:
            stopped, waits = backlog.read(tx)
    finally:
        late.close()
    assert stopped == ("stop", 0, 0, 0.0, 0, 1)
    assert (waits.kind, waits.waiting, waits.due, waits.failing, waits.dead) == ("wait", 3, 2, 0, 0)
    assert 180 <= waits.oldest_due_seconds <= 182


def test_one_slow_address_holds_up_no_other_and_each_is_called_in_turn(
    database: Database,
) -> None:
    jobs, calls, lock = Jobs(), [], threading.Lock()
    slow, stop = threading.Event(), threading.Event()
    at_once: dict[str, int] = {}
    most: dict[str, int] = {}

    def call(database: Database, body: Body) -> None:
        to = body["to"]
        with lock:
            at_once[to] = at_once.get(to, 0) + 1
            most[to] = max(most.get(to, 0), at_once[to])
        if to == "slow":
            slow.wait(20)
        with lock:
            at_once[to] -= 1
            calls.append((to, body["n"]))

    jobs.outside("test.call", call, apart="to")
    with database.transaction() as tx:
        for n in range(12):
            for to in ("slow", "fast", "quick"):
                queue.defer(tx, "test.call", {"to": to, "n": n}, run_at=tx.now)
    worker = threading.Thread(target=run, args=(database, jobs, stop))
    worker.start()
    try:
        until = time.monotonic() + 15
        while len(calls) < 24 and time.monotonic() < until:
            time.sleep(0.01)
        assert sorted(calls) == [(to, n) for to in ("fast", "quick") for n in range(12)]
    finally:
        stop.set()
        slow.set()
        worker.join(15)
    assert most == {"slow": 1, "fast": 1, "quick": 1}
    for to in ("fast", "quick"):
        assert [n for where, n in calls if where == to] == list(range(12))
    left = [body["n"] for _, _, _, body, *_ in rows(database, "runtime.jobs ORDER BY id")]
    done = [n for where, n in calls if where == "slow"]
    assert sorted(done + left) == list(range(12)), "what was not called is given back"
    with database.connection() as conn:
        counted = conn.execute("SELECT max(attempts), count(leased_until) FROM runtime.jobs")
        assert counted.fetchone() == (0, 0)
