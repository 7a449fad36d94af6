"""What is refused is tried again with a growing pause, and holds up nothing that comes after it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from sycee.doors.worker.run import run
from sycee.kit.clock import ManualClock
from sycee.kit.errors import NotFound
from sycee.kit.ids import uuid7
from sycee.runtime import backlog
from sycee.runtime.db import Database, Place, Tx
from sycee.runtime.jobs import Jobs, defer, run_due, run_sweeps
from sycee.runtime.sweeps import Deadlines

NAME = "test.due"


class Marks:
    """Rows with a deadline; those in `shut` refuse, and each try of them is written down."""

    def __init__(self, database: Database) -> None:
        self.database, self.shut, self.tries = database, set[UUID](), list[datetime]()
        self.reads = 0
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("CREATE TABLE public.marks (id uuid PRIMARY KEY, due_at timestamptz)")

    def add(self, count: int, *, shut: bool = False) -> list[UUID]:
        """Rows that are due at once, all at the same moment."""
        ids = [uuid7() for _ in range(count)]
        with self.database.transaction() as tx:
            for each in ids:
                tx.conn.execute("INSERT INTO public.marks VALUES (%s, %s)", (each, tx.now))
        self.shut.update(ids if shut else ())
        return ids

    def due(self, tx: Tx, limit: int, after: Place) -> Sequence[Place]:
        self.reads += 1
        return tx.conn.execute(
            """
            SELECT due_at, id FROM public.marks WHERE due_at <= %s AND (due_at, id) > (%s, %s)
            ORDER BY due_at, id LIMIT %s
            """,
            (tx.now, *after, limit),
        ).fetchall()

    def act(self, database: Database, item: UUID) -> None:
        if item in self.shut:
            self.tries.append(database.clock.now())
            raise NotFound(noun="mark", id=str(item))
        with database.transaction() as tx:
            tx.conn.execute("DELETE FROM public.marks WHERE id = %s", (item,))

    def left(self) -> set[UUID]:
        with self.database.connection() as conn:
            return {row[0] for row in conn.execute("SELECT id FROM public.marks")}

    def sweep(self, *, held_most: int = 1_000, batch: int = 3) -> Jobs:
        """A worker's registry, as after a start."""
        jobs = Jobs(batch=batch)
        jobs.deadlines(NAME, self.due, self.act)
        sweep = jobs.sweeps[NAME]
        assert isinstance(sweep, Deadlines)
        sweep.held_most = held_most
        return jobs


@pytest.fixture
def marks(manual_database: Database) -> Marks:
    return Marks(manual_database)


def test_however_many_are_refused_what_comes_after_them_is_reached(
    marks: Marks, clock: ManualClock
) -> None:
    marks.add(20, shut=True)
    clock.advance(timedelta(minutes=1))
    marks.add(4)
    jobs = marks.sweep()
    passes = [run_sweeps(marks.database, jobs) for _ in range(8)]
    assert passes == [0] * 6 + [1, 3], "a piece at a time"
    assert marks.left() == marks.shut
    assert len(marks.tries) == 20, "each of them once"

    clock.advance(timedelta(seconds=1))
    marks.add(2)
    assert run_sweeps(marks.database, jobs) == 2, "those that are held cost no pass"
    assert len(marks.tries) == 20


def test_even_those_that_are_not_remembered_hold_up_nothing_and_are_tried_without_hurry(
    marks: Marks, clock: ManualClock
) -> None:
    marks.add(20, shut=True)
    clock.advance(timedelta(minutes=1))
    marks.add(4)
    jobs = marks.sweep(held_most=5)
    for _ in range(20):
        run_sweeps(marks.database, jobs)
    assert len(marks.tries) == 6, "two pieces, and then a rest"
    for _ in range(8):
        clock.advance(timedelta(seconds=1))
        run_sweeps(marks.database, jobs)
    assert marks.left() == marks.shut


def test_a_clock_that_is_set_back_stops_neither_a_sweep_nor_what_it_passes_over(
    marks: Marks, clock: ManualClock
) -> None:
    earlier = ManualClock(clock.now() - timedelta(hours=2))
    marks.database.clock = earlier
    marks.add(1, shut=True)
    marks.database.clock, jobs = clock, marks.sweep()
    assert run_sweeps(marks.database, jobs) == 0
    assert marks.tries == [clock.now()]

    marks.shut.clear()
    marks.database.clock = earlier
    assert run_sweeps(marks.database, jobs) == 1, "it would rest for two hours and two seconds"


def test_the_pause_grows_to_an_hour_and_what_is_let_go_is_handled(
    marks: Marks, clock: ManualClock
) -> None:
    marks.add(1, shut=True)
    jobs = marks.sweep()
    for _ in range(2_000):
        run_sweeps(marks.database, jobs)
        clock.advance(timedelta(seconds=1) if len(marks.tries) < 5 else timedelta(seconds=30))
    gaps = [(b - a).total_seconds() for a, b in zip(marks.tries, marks.tries[1:], strict=False)]
    for gap, pause in zip(gaps, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048], strict=False):
        assert 0.8 * pause <= gap <= 1.2 * pause + 30
    assert all(0.8 * 3_600 <= gap <= 1.2 * 3_600 + 30 for gap in gaps[11:])
    assert len(gaps) > 14

    marks.shut.clear()
    clock.advance(timedelta(hours=1.2))
    assert run_sweeps(marks.database, jobs) == 1
    assert jobs.refused() == {NAME: 0}


def test_an_id_that_is_due_no_more_is_forgotten(marks: Marks, clock: ManualClock) -> None:
    [item] = marks.add(1, shut=True)
    jobs = marks.sweep()
    for _ in range(60):
        run_sweeps(marks.database, jobs)
        clock.advance(timedelta(seconds=1))
    assert jobs.refused() == {NAME: 1}
    with marks.database.transaction() as tx:
        tx.conn.execute("UPDATE public.marks SET due_at = due_at + interval '1 day'")
    run_sweeps(marks.database, jobs)
    assert jobs.refused() == {NAME: 0}
    marks.shut.clear()
    clock.advance(timedelta(days=1))
    assert run_sweeps(marks.database, jobs) == 1
    assert item not in marks.left()


def test_a_restart_tries_each_once_more_and_forgets_none(marks: Marks, clock: ManualClock) -> None:
    marks.add(7, shut=True)
    clock.advance(timedelta(minutes=1))
    marks.add(1)
    first = marks.sweep()
    run_sweeps(marks.database, first)
    again = marks.sweep()
    assert sum(run_sweeps(marks.database, again) for _ in range(4)) == 1
    assert len(marks.tries) == 3 + 7
    marks.shut.clear()
    third = marks.sweep()
    assert sum(run_sweeps(marks.database, third) for _ in range(4)) == 7
    assert marks.left() == set()


def test_two_workers_share_what_is_due_and_neither_is_held_up(
    marks: Marks, clock: ManualClock
) -> None:
    marks.add(7, shut=True)
    clock.advance(timedelta(minutes=1))
    marks.add(40)
    workers = [marks.sweep(), marks.sweep()]

    def work(jobs: Jobs) -> None:
        for _ in range(30):
            run_sweeps(marks.database, jobs)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, workers))
    assert marks.left() == marks.shut
    assert len(marks.tries) == 14, "once for each worker"


def test_a_failure_is_paused_like_a_refusal(marks: Marks, clock: ManualClock) -> None:
    broken = set(marks.add(7))
    clock.advance(timedelta(minutes=1))
    marks.add(1)
    tries: list[UUID] = []

    def act(database: Database, item: UUID) -> None:
        if item in broken:
            tries.append(item)
            raise RuntimeError("cannot")
        marks.act(database, item)

    jobs = Jobs(batch=3)
    jobs.deadlines(NAME, marks.due, act)
    for _ in range(10):
        run_sweeps(marks.database, jobs)
    assert marks.left() == broken == set(tries)
    assert len(tries) == 7


def test_one_that_cannot_look_takes_no_turn_of_the_others(marks: Marks, clock: ManualClock):
    looks: list[datetime] = []

    def look(tx: Tx, limit: int) -> list[UUID]:
        looks.append(tx.now)
        tx.conn.execute("SET LOCAL statement_timeout = 1")
        tx.conn.execute("SELECT pg_sleep(5)")
        return []

    jobs = Jobs(batch=3)
    jobs.sweep("test.slow", look, marks.act)
    jobs.deadlines(NAME, marks.due, marks.act)
    jobs.inside("not\x00a kind", lambda tx, body: None)
    jobs.inside("test.mark", lambda tx, body: None)
    marks.add(3)
    with marks.database.transaction() as tx:
        defer(tx, "test.mark", {})
    assert run_sweeps(marks.database, jobs) == 3
    assert run_due(marks.database, jobs) == 1
    run_sweeps(marks.database, jobs)
    assert len(looks) == 1, "it rests"
    clock.advance(timedelta(seconds=11))
    run_sweeps(marks.database, jobs)
    assert len(looks) == 2


def test_a_worker_with_nothing_but_refusals_rests(database: Database) -> None:
    marks = Marks(database)
    marks.add(12, shut=True)
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(database, marks.sweep(), stop))
    began = time.monotonic()
    worker.start()
    try:
        while len(marks.tries) < 12 and time.monotonic() < began + 15:
            time.sleep(0.01)
        time.sleep(1)
    finally:
        stop.set()
        worker.join(15)
    passed = time.monotonic() - began
    # The pauses are 2, 4, 8 … seconds, or 20 % less; the rest after a pass without use is 0.2.
    assert 12 <= len(marks.tries) <= 12 * (1 + math.log2(passed / 1.6 + 1))
    assert marks.reads <= 5 * passed / 0.2


def test_an_operator_sees_which_sweep_is_refused_and_since_when(
    marks: Marks, clock: ManualClock
) -> None:
    def seen() -> list[tuple[str, float]]:
        run_sweeps(marks.database, jobs)
        with marks.database.transaction() as tx:
            backlog.note_pass(tx)
            backlog.note_refused(tx, jobs.refused())
            assert backlog.sweep_lag_seconds(tx) == 0
            return backlog.refused_seconds(tx)

    jobs = marks.sweep()
    marks.add(2, shut=True)
    assert seen() == [], "once proves nothing: another may have been faster"
    clock.advance(timedelta(seconds=3))
    assert seen() == [(NAME, 0.0)]
    clock.advance(timedelta(minutes=5))
    assert seen() == [(NAME, 300.0)]
    *_, family = backlog.BacklogCollector(marks.database).collect()
    [(name, labels, value, *_)] = family.samples
    assert (name, labels, value) == ("sycee_sweeps_refused_seconds", {"sweep": NAME}, 300.0)
    marks.shut.clear()
    clock.advance(timedelta(hours=1))
    assert seen() == []
