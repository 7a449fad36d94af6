"""Clusters for the tests of the supervisor; each is removed with everything it left."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from sycee.runtime.postgres import Cluster

SMALL = {
    "shared_buffers": "16MB",
    "wal_buffers": "1MB",
    "min_wal_size": "32MB",
    "fsync": "off",  # these tests kill processes, not the machine
}

Make = Callable[..., Cluster]


@pytest.fixture
def bin_dir() -> Path | None:
    """The programs that CI asks to be tested with."""
    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    return Path(chosen) if chosen else None


@pytest.fixture
def make(tmp_path: Path, bin_dir: Path | None) -> Iterator[Make]:
    """Makes clusters below one home, by default the small `main`."""
    made: list[Cluster] = []

    def one(name: str = "main", home: Path | None = None, **extra: str) -> Cluster:
        cluster = Cluster(
            home or tmp_path / "a home", name, bin_dir=bin_dir, extra={**SMALL, **extra}
        )
        made.append(cluster)
        return cluster

    yield one
    for cluster in made:
        cluster.remove()


@pytest.fixture
def cluster(make: Make) -> Cluster:
    """A cluster that was started once and is running."""
    made = make()
    made.start()
    return made


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    with empty(server_url) as url:
        yield url


@pytest.fixture
def other_empty_url(server_url: str) -> Iterator[str]:
    """The URL of another one, on the same server."""
    with empty(server_url) as url:
        yield url


@contextmanager
def empty(server_url: str) -> Iterator[str]:
    name = f"sycee_empty_{os.urandom(6).hex()}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(server_url, dbname=name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
