"""What waits in the queue of jobs, for Prometheus: read from the database when it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg import Error
from psycopg_pool import PoolTimeout

from sycee.runtime.db import Database, Tx

TIMEOUT_MS = 1_000
"""A page of metrics that cannot have these figures in time goes without them."""


class Backlog(NamedTuple):
    """The jobs of one kind. `failing` were tried before and wait for their next turn."""

    kind: str
    waiting: int
    due: int
    oldest_due_seconds: float
    failing: int
    dead: int


def read(tx: Tx) -> list[Backlog]:
    """Every kind of which there is a job or a dead letter."""
    rows = tx.conn.execute(
        """
        SELECT coalesce(j.kind, d.kind), coalesce(waiting, 0), coalesce(due, 0),
               coalesce(oldest, 0)::float8, coalesce(failing, 0), coalesce(dead, 0)
        FROM (
            SELECT kind, count(*) AS waiting, count(*) FILTER (WHERE run_at <= %(now)s) AS due,
                   extract(epoch FROM %(now)s - min(run_at) FILTER (WHERE run_at <= %(now)s))
                       AS oldest,
                   count(*) FILTER (WHERE last_error IS NOT NULL) AS failing
            FROM runtime.jobs GROUP BY kind
        ) AS j
        FULL JOIN (SELECT kind, count(*) AS dead FROM runtime.dead_letters GROUP BY kind) AS d
            ON d.kind = j.kind
        ORDER BY 1
        """,
        {"now": tx.now},
    ).fetchall()
    return [Backlog(*row) for row in rows]


SWEEPS = "sweeps"
"""The pass over every deadline that comes due."""


def note_pass(tx: Tx) -> None:
    """Write down that a worker has looked through all deadlines now."""
    tx.conn.execute(
        """
        INSERT INTO runtime.passes (name, ended_at) VALUES (%s, %s)
        ON CONFLICT (name) DO UPDATE SET ended_at = excluded.ended_at
        """,
        (SWEEPS, tx.now),
    )


def note_refused(tx: Tx, refused: Mapping[str, int]) -> None:
    """Write down since when sweeps, by name, have had ids that are refused again and again.

    A row of `runtime.passes` with a sweep's name is its last pass without any, until the next such.
    """
    tx.conn.execute(
        "DELETE FROM runtime.passes WHERE name = ANY(%s)",
        ([name for name, count in refused.items() if not count],),
    )
    tx.conn.execute(
        """
        INSERT INTO runtime.passes (name, ended_at) SELECT unnest(%s::text[]), %s
        ON CONFLICT (name) DO NOTHING
        """,
        ([name for name, count in refused.items() if count], tx.now),
    )


def refused_seconds(tx: Tx) -> list[tuple[str, float]]:
    """Sweeps that have ids which are refused again and again, and for how long already."""
    rows = tx.conn.execute(
        "SELECT name, ended_at FROM runtime.passes WHERE name <> %s ORDER BY name", (SWEEPS,)
    ).fetchall()
    return [(name, max((tx.now - since).total_seconds(), 0.0)) for name, since in rows]


def sweep_lag_seconds(tx: Tx) -> float | None:
    """How long ago a worker last looked through all deadlines; None if none ever did."""
    row: tuple[Any, ...] | None = tx.conn.execute(
        "SELECT ended_at FROM runtime.passes WHERE name = %s", (SWEEPS,)
    ).fetchone()
    return None if row is None else max((tx.now - row[0]).total_seconds(), 0.0)


_MEANINGS = {
    "waiting": "Jobs that wait, due or not.",
    "due": "Jobs whose time has come.",
    "oldest_due_seconds": "How long the oldest due job has been waiting for its turn.",
    "failing": "Jobs that failed and will be tried again.",
    "dead": "Jobs that were given up and wait for a person.",
}

_REFUSED = "How long a sweep has had deadlines that are refused each time they are tried."


class BacklogCollector(Collector):
    """`sycee_jobs_…` by kind and `sycee_sweeps_…` by name; nothing while the database is away.

    Blocks for a query: not to be collected on an event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One gauge for each figure."""
        try:
            with self._database.read(timeout_ms=TIMEOUT_MS) as tx:
                found, refused = read(tx), refused_seconds(tx)
        except (Error, PoolTimeout):
            return
        for name, meaning in _MEANINGS.items():
            family = GaugeMetricFamily(f"sycee_jobs_{name}", meaning, labels=("kind",))
            for backlog in found:
                family.add_metric((backlog.kind,), getattr(backlog, name))
            yield family
        family = GaugeMetricFamily("sycee_sweeps_refused_seconds", _REFUSED, labels=("sweep",))
        for sweep, seconds in refused:
            family.add_metric((sweep,), seconds)
        yield family
