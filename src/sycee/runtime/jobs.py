"""Later and outside: jobs deferred in the transaction that wants them, and sweeps over deadlines.

A job that only touches the database is deleted in its handler's own transaction, so it runs exactly
once and cannot stick. A job that calls outside is leased, called and then deleted: at least once. A
deadline is a column, not a job: a sweep reads the ids that are due and calls, for each, the same
action that the API calls, which checks again under its lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sycee.kit.ids import uuid7
from sycee.runtime import leases, telemetry
from sycee.runtime.backoff import Backoff, doubling
from sycee.runtime.crew import Crew
from sycee.runtime.db import MAX, Database, Tx, away
from sycee.runtime.retention import Retention, Rule
from sycee.runtime.sweeps import BATCH, Act, Deadlines, Due, DueAfter, Sweep, whole

Body = dict[str, Any]
Inside = Callable[[Tx, Body], None]
Outside = Callable[[Database, Body], None]

RETENTION_SECONDS = 3_600
"""How often each table is looked through for what has had its time."""

INSIDE_ATTEMPTS = 10
"""How often a database-only job is tried before a person must look at it."""

FAILED_REST = timedelta(seconds=10)
"""How long a sweep rests that could not look for what is due."""


class GiveUp(Exception):
    """Raised by a handler: trying again is useless, keep the job as a dead letter now."""


@dataclass(frozen=True, slots=True)
class _Handler:
    run: Inside | Outside
    outside: bool
    max_attempts: int
    lease: timedelta
    backoff: Backoff
    apart: str | None = None
    died: Inside | None = None


@dataclass(slots=True)
class Jobs:
    """What the worker knows how to do: handlers by kind, and sweeps by name."""

    handlers: dict[str, _Handler] = field(default_factory=dict)
    sweeps: dict[str, Sweep | Deadlines] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)
    batch: int = BATCH

    def inside(self, kind: str, run: Inside) -> None:
        """Register a database-only handler: `run(tx, body)`."""
        self._add(kind, _Handler(run, False, INSIDE_ATTEMPTS, timedelta(0), doubling))

    def outside(
        self,
        kind: str,
        run: Outside,
        *,
        max_attempts: int = 12,
        lease_seconds: int = 60,
        backoff: Backoff = doubling,
        apart: str | None = None,
        died: Inside | None = None,
    ) -> None:
        """Register a handler that calls outside: `run(database, body)`.

        It must end within `lease_seconds`, or another worker may start it again. `backoff(n)` is
        the wait after the n-th failure; after `max_attempts` the job becomes a dead letter.

        With `apart`, a worker handles several jobs of the kind at once, but never two whose bodies
        agree in the member of that name. `died(tx, body)` hears of a job that becomes a dead one.
        """
        lease = timedelta(seconds=lease_seconds)
        self._add(kind, _Handler(run, True, max_attempts, lease, backoff, apart, died))

    def sweep(self, name: str, due: Due, act: Act, *, every_seconds: float = 1.0) -> None:
        """Register a sweep: `due(tx, limit)` reads ids unlocked, `act(database, id)` does one.

        For what is never more than a few; rows with a deadline are `deadlines`.
        """
        self._look(Sweep(name, due, act, timedelta(seconds=every_seconds)))

    def deadlines(self, name: str, due: DueAfter, act: Act, *, every_seconds: float = 1.0) -> None:
        """Register a sweep over a column of deadlines.

        `due(tx, limit, after)` reads the first (deadline, id) beyond `after` whose time has come,
        unlocked and in that order; `act(database, id)` does one. What it refuses is tried again
        with a growing pause while it is due, and holds up nothing that comes after it.
        """
        self._look(Deadlines(name, due, act, timedelta(seconds=every_seconds)))

    def refused(self) -> dict[str, int]:
        """How many ids each sweep over deadlines has tried in vain more than once."""
        found = self.sweeps.values()
        return {each.name: each.refused for each in found if isinstance(each, Deadlines)}

    def keep(self, rule: Rule) -> None:
        """Register how long a table keeps its rows; a sweep deletes those that have had their time.

        Each table has a sweep of its own, so that one that fails holds up no other.
        """
        self.retention.keep(rule)
        if rule.purge is None:
            return

        def purge(database: Database, _: UUID) -> None:
            self.retention.purge(database, rule.table)

        name = f"retention.{rule.table}"
        self.sweep(name, whole, purge, every_seconds=RETENTION_SECONDS)

    def _look(self, sweep: Sweep | Deadlines) -> None:
        if sweep.name in self.sweeps:
            raise ValueError(f"sweep {sweep.name} is registered twice")
        self.sweeps[sweep.name] = sweep

    def _add(self, kind: str, handler: _Handler) -> None:
        if kind in self.handlers:
            raise ValueError(f"job {kind} is registered twice")
        self.handlers[kind] = handler


def defer(
    tx: Tx, kind: str, body: Body, *, run_at: datetime | None = None, key: str | None = None
) -> UUID:
    """Write a job in the caller's transaction: it exists if and only if that commits.

    `key` makes it unique among the waiting jobs of its kind: a second one is dropped. `body` holds
    ids and amounts. Returns the job's id.
    """
    job = uuid7()
    tx.conn.execute(
        """
        INSERT INTO runtime.jobs (id, kind, key, body, run_at, created_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING
        """,
        (job, kind, key, Jsonb(body), run_at or tx.now, tx.now),
    )
    return job


def run_sweeps(database: Database, jobs: Jobs) -> int:
    """One pass over every sweep whose turn it is; how many ids were handled.

    Of one that has much to do it is one piece, so that the others and the jobs have their turn. One
    that cannot even look for what is due rests, and takes no other's turn.
    """
    handled = 0
    for sweep in jobs.sweeps.values():
        try:
            handled += sweep.run(database, jobs.batch)
        except Exception as error:
            if away(error):
                raise
            telemetry.log(kind=sweep.name).error("sweep.failed", exc_info=error)
            sweep.turn.rest(database.clock.now(), max(sweep.every, FAILED_REST))
    return handled


def run_due(database: Database, jobs: Jobs, *, limit: int = 50, crew: Crew | None = None) -> int:
    """Run up to `limit` due jobs of each kind known here; how many were tried.

    With a crew, jobs of kinds that may be handled at once are only started. A kind whose jobs
    cannot even be taken takes no other's turn.
    """
    tried = 0
    for kind, handler in jobs.handlers.items():
        try:
            tried += _run_kind(database, kind, handler, limit, crew)
        except Exception as error:
            if away(error):
                raise
            telemetry.log(kind=kind).error("job.failed", exc_info=error)
    return tried


def _run_kind(
    database: Database, kind: str, handler: _Handler, limit: int, crew: Crew | None
) -> int:
    if not handler.outside:
        return _run_inside(database, kind, handler, limit)
    if crew is not None and handler.apart is not None:
        return _start_outside(database, kind, handler, handler.apart, crew)
    leased, _ = leases.take(database, kind, handler.lease, limit)
    for job, body in leased:
        _run_leased(database, kind, handler, job, body)
    return len(leased)


def _run_inside(database: Database, kind: str, handler: _Handler, limit: int) -> int:
    for tried in range(limit):
        taken: UUID | None = None
        try:
            with database.transaction() as tx:
                row = tx.conn.execute(
                    """
                    DELETE FROM runtime.jobs WHERE id = (
                        SELECT id FROM runtime.jobs WHERE kind = %s AND run_at <= %s
                        ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
                    ) RETURNING id, body
                    """,
                    (kind, tx.now),
                ).fetchone()
                if row is None:
                    return tried
                taken = row[0]
                handler.run(tx, row[1])  # pyright: ignore[reportArgumentType]
        except Exception as error:
            if taken is None:
                raise
            _failed(database, kind, taken, handler, error, counted=False)
    return limit


def _start_outside(database: Database, kind: str, handler: _Handler, apart: str, crew: Crew) -> int:
    """Lease as many jobs as the crew has hands free, and hand them out.

    Looks at a piece of what is due longest, and at one further on: all of the first may be for
    groups that are in hand, and others wait behind them.
    """
    started, reached, end = 0, leases.START, None
    for _ in range(2):
        groups = (apart, crew.groups(kind))
        leased, end = leases.take(database, kind, handler.lease, crew.free, groups, after=reached)
        started += len(leased)
        chains: dict[str, list[tuple[UUID, Body]]] = {}
        for job, body in leased:
            chains.setdefault(str(body.get(apart, "")), []).append((job, body))
        for group, chain in chains.items():
            crew.start(kind, group, partial(_run_chain, database, kind, handler, chain, crew))
        if not crew.free:
            return started
        if end is None:
            break
        reached = max(end, crew.reached.get(kind, end))
    crew.reached[kind] = leases.START if end is None else end
    return started


def _run_chain(
    database: Database,
    kind: str,
    handler: _Handler,
    chain: Sequence[tuple[UUID, Body]],
    crew: Crew,
) -> None:
    """Jobs that may not run at once, one after the other; on the way out the rest is given back."""
    for job, body in chain:
        if crew.closing:
            with database.transaction() as tx:
                tx.conn.execute(
                    """
                    UPDATE runtime.jobs SET leased_until = NULL, attempts = attempts - 1
                    WHERE id = %s
                    """,
                    (job,),
                )
        else:
            _run_leased(database, kind, handler, job, body)


def _run_leased(database: Database, kind: str, handler: _Handler, job: UUID, body: Body) -> None:
    try:
        handler.run(database, body)  # pyright: ignore[reportArgumentType]
    except Exception as error:
        _failed(database, kind, job, handler, error, counted=True)
    else:
        with database.transaction() as tx:
            tx.conn.execute("DELETE FROM runtime.jobs WHERE id = %s", (job,))


def _failed(
    database: Database, kind: str, job: UUID, handler: _Handler, error: Exception, *, counted: bool
) -> None:
    """Note a failure by the error's name only: its text may hold what a log must not."""
    name = type(error).__name__
    if not isinstance(error, GiveUp):
        telemetry.log(kind=kind, job=job).warning("job.failed", exc_info=error)
    with database.transaction() as tx:
        row = tx.conn.execute(
            """
            UPDATE runtime.jobs
            SET attempts = attempts + %s, leased_until = NULL, last_error = %s
            WHERE id = %s RETURNING attempts
            """,
            (0 if counted else 1, name, job),
        ).fetchone()
        if row is None:
            return
        if isinstance(error, GiveUp) or row[0] >= handler.max_attempts:
            body = _bury(tx, job)
            if handler.died is not None:
                handler.died(tx, body)
        else:
            tx.conn.execute(
                "UPDATE runtime.jobs SET run_at = %s WHERE id = %s",
                (tx.now + handler.backoff(row[0]), job),
            )


def _bury(tx: Tx, job: UUID) -> Body:
    row = tx.conn.execute(
        """
        WITH gone AS (DELETE FROM runtime.jobs WHERE id = %s RETURNING *)
        INSERT INTO runtime.dead_letters
            (id, kind, key, body, attempts, last_error, created_at, died_at)
        SELECT id, kind, key, body, attempts, last_error, created_at, %s FROM gone RETURNING body
        """,
        (job, tx.now),
    ).fetchone()
    assert row is not None, "the caller has locked the job"
    return row[0]


def requeue(tx: Tx, job: UUID) -> bool:
    """Put a dead letter back in the queue, due now; false if there is none of that id."""
    row = tx.conn.execute(
        """
        WITH gone AS (DELETE FROM runtime.dead_letters WHERE id = %s RETURNING *)
        INSERT INTO runtime.jobs (id, kind, key, body, run_at, created_at)
        SELECT id, kind, key, body, %s, created_at FROM gone
        ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING
        RETURNING id
        """,
        (job, tx.now),
    ).fetchone()
    return row is not None


def dead(tx: Tx, before: UUID | None, limit: int) -> list[tuple[Any, ...]]:
    """Id, kind, attempts, last error, made at and died at of dead letters, the newest job first."""
    return tx.conn.execute(
        """
        SELECT id, kind, attempts, last_error, created_at, died_at FROM runtime.dead_letters
        WHERE id < %(before)s ORDER BY id DESC LIMIT %(limit)s
        """,
        {"before": before or MAX, "limit": limit},
    ).fetchall()


def _forget(tx: Tx, before: datetime, limit: int) -> int:
    return tx.conn.execute(
        """
        DELETE FROM runtime.dead_letters WHERE id IN (
            SELECT id FROM runtime.dead_letters WHERE died_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount


KEPT = (
    Rule("runtime.keys", "Idempotency keys with their answers: they guard money."),
    Rule(
        "runtime.dead_letters",
        "Jobs that ran out of attempts, for a person to look at.",
        days=365,
        least_days=30,
        purge=_forget,
    ),
)
"""What the runtime itself keeps."""
