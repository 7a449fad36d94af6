"""The loop: sweeps, then jobs, then a short rest; a lost database is waited for, not died of."""

from __future__ import annotations

import threading
import time

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from sycee.runtime import backlog, telemetry
from sycee.runtime import jobs as queue
from sycee.runtime.crew import Crew
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs

REST_SECONDS = 0.2
"""The pause after a pass that found nothing to do."""

SHORT_REST_SECONDS = 0.05
"""The same while calls are in hand: when one ends, the next of its group may start."""

NOTED_SECONDS = 1.0
"""How often a pass over the deadlines is written down, so that a console sees their lag."""

OUTAGE_REST_SECONDS = 2.0
"""The pause after a pass that could not reach the database."""


def run(database: Database, jobs: Jobs, stop: threading.Event) -> None:
    """Work until `stop` is set; returns after the jobs in hand."""
    crew = Crew()
    try:
        _work(database, jobs, stop, crew)
    finally:
        crew.close()


def _work(database: Database, jobs: Jobs, stop: threading.Event, crew: Crew) -> None:
    noted = float("-inf")
    while not stop.is_set():
        try:
            busy = queue.run_sweeps(database, jobs)
            if time.monotonic() - noted >= NOTED_SECONDS:
                with database.transaction() as tx:
                    backlog.note_pass(tx)
                    backlog.note_refused(tx, jobs.refused())
                noted = time.monotonic()
            busy += queue.run_due(database, jobs, crew=crew)
        except (OperationalError, PoolTimeout) as error:
            telemetry.log().warning("database.gone", exc_info=error)
            stop.wait(OUTAGE_REST_SECONDS)
            continue
        except Exception as error:
            telemetry.log().error("worker.failed", exc_info=error)
            stop.wait(OUTAGE_REST_SECONDS)
            continue
        if not busy:
            stop.wait(REST_SECONDS if crew.idle else SHORT_REST_SECONDS)


class Worker:
    """`run` in a thread of its own, for a server that does both."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=run, args=(database, jobs, self._stop), name="worker", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_seconds: float = 10.0) -> None:
        """Ask it to stop and wait for the job in hand."""
        self._stop.set()
        self._thread.join(wait_seconds)
