"""A postmaster that died while somebody needs it is started again."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sycee.runtime.postgres.binaries import PostgresError
from sycee.runtime.postgres.cluster import Cluster

LOOK_SECONDS = 1.0
"""How often is looked. Who stops a cluster and starts it again has from one look to the next."""

LONGEST_REST_SECONDS = 60.0
"""The longest pause between starts that fail, each of which doubles it."""


@contextmanager
def watching(clusters: Sequence[Cluster]) -> Iterator[None]:
    """Within the block each cluster is started again when two looks have found it gone.

    What was committed is there again, and pools connect anew by themselves. A cluster that cannot
    be started is tried again with a growing pause; its own log says why. Who leaves the block while
    one recovers does not wait for it.
    """
    stop = threading.Event()
    threads = [
        threading.Thread(target=_watch, args=(each, stop), name=f"watch-{each.name}", daemon=True)
        for each in clusters
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _watch(cluster: Cluster, stop: threading.Event) -> None:
    gone, rest = False, LOOK_SECONDS
    while not stop.wait(rest):
        if cluster.running():
            gone, rest = False, LOOK_SECONDS
        elif not gone:
            gone = True
        else:
            rest = LOOK_SECONDS if _started(cluster, stop) else min(rest * 2, LONGEST_REST_SECONDS)


def _started(cluster: Cluster, stop: threading.Event) -> bool:
    from sycee.runtime import telemetry  # not before: each command would load it as it starts

    log = telemetry.log(kind=cluster.name)
    log.error("postgres.gone")
    try:
        cluster.start(stop=stop)
    except PostgresError as error:
        if not stop.is_set():
            log.error("postgres.failed", exc_info=error)
        return False
    log.warning("postgres.started")
    return True
