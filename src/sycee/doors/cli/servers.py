"""The two databases of this installation: the settings' own, or clusters started for the while."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sycee.core.parties.keyring import Keyring
from sycee.doors.vault import master
from sycee.runtime.db import Database
from sycee.runtime.postgres import Cluster
from sycee.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the data and the vault's keys are; `clusters` are those that Sycee runs itself."""

    database_url: str
    keys_url: str
    clusters: tuple[Cluster, ...]


@contextlib.contextmanager
def servers(settings: Settings) -> Iterator[Servers]:
    """The databases, started if they must be; the last command that uses a cluster stops it.

    A database that the settings name is used as it is; for one that they do not, a cluster is run.

    Each user holds a shared lock, which ends with its process: a command that was killed leaves a
    cluster running, and the next command adopts it and stops it.
    """
    given = {"main": settings.database_url, "keys": settings.keys_url}
    wanted = [name for name, url in given.items() if url is None]
    clusters = {name: Cluster(settings.home, name, bin_dir=settings.pg_bin) for name in wanted}
    with contextlib.ExitStack() as stack:
        if clusters:
            stack.enter_context(_shared(settings, tuple(clusters.values())))
            _start(clusters.values())
        urls = {
            name: clusters[name].url if url is None else url.get_secret_value()
            for name, url in given.items()
        }
        yield Servers(urls["main"], urls["keys"], tuple(clusters.values()))


def _start(clusters: Collection[Cluster]) -> None:
    """Start all at once. Who is told to stop meanwhile does not wait until they have recovered."""
    stop = threading.Event()
    with ThreadPoolExecutor(len(clusters)) as pool:
        try:
            list(pool.map(lambda each: each.start(stop=stop), clusters))
        finally:
            stop.set()


@contextlib.contextmanager
def _shared(settings: Settings, clusters: tuple[Cluster, ...]) -> Iterator[None]:
    """Hold the home folder's lock; whoever leaves last stops the clusters."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with open(settings.home / "users.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with ThreadPoolExecutor(len(clusters)) as pool:
                    list(pool.map(Cluster.stop, clusters))


def announce(found: Servers) -> None:
    """Tell the parts that read the environment, in this process and its children."""
    os.environ["SYCEE_DATABASE_URL"] = found.database_url
    os.environ["SYCEE_KEYS_URL"] = found.keys_url


@contextlib.contextmanager
def opened(settings: Settings, found: Servers) -> Iterator[tuple[Database, Keyring]]:
    """A pool on the database, and the vault's keys."""
    with contextlib.ExitStack() as stack:
        database = Database(found.database_url, size=settings.pool_size)
        stack.callback(database.close)
        keys = Database(found.keys_url, size=settings.keys_pool_size)
        stack.callback(keys.close)
        yield database, Keyring(keys, master(settings))
