"""A real PostgreSQL for every test that wants one: a migrated template, cloned for each test."""

from __future__ import annotations

import gc
import io
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import structlog
from _pytest.nodeid import coerce_node_id
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests import fleeting

from sycee.kit.clock import ManualClock
from sycee.runtime import memory, telemetry
from sycee.runtime.db import Database
from sycee.runtime.migrate import migrate

gc.disable()  # until all is loaded (`pytest_collection_finish`), as in `memory.loading`

# No rule is a matter of time, and on a busy machine any example takes a while now and then.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A superuser's URL of the test server.

    `SYCEE_TEST_DATABASE_URL` names a running one; otherwise a cluster is started for the session,
    from the binaries in `SYCEE_TEST_PG_BIN` if that is set.
    """
    given = os.environ.get("SYCEE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from sycee.runtime.postgres import Cluster

    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    with fleeting.folder(lambda: tmp_path_factory.mktemp("postgres")) as home:
        cluster = Cluster(
            home,
            "main",
            bin_dir=Path(chosen) if chosen else None,
            extra=_FLEETING,
        )
        try:
            yield cluster.start()
        finally:
            cluster.remove()


# Databases that live for a test need no vacuum; its worker would only hold up their end. A small
# log is written over instead of growing.
_FLEETING = {
    "fsync": "off",
    "shared_buffers": "512MB",
    "autovacuum": "off",
    "min_wal_size": "80MB",
    "max_wal_size": "256MB",
}


class Template:
    """Databases cloned from one that is migrated once."""

    def __init__(self, server_url: str, folder: str) -> None:
        self.server_url = server_url
        self.name = f"sycee_template_{secrets.token_hex(6)}"
        self._conn = psycopg.connect(server_url, autocommit=True)
        self._left: list[str] = []
        self._admin("CREATE DATABASE {}", self.name)
        migrate(self.url(self.name), folder=folder)

    def _admin(self, statement: LiteralString, *names: str) -> None:
        self._conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def url(self, name: str) -> str:
        return make_conninfo(self.server_url, dbname=name)

    def clone(self) -> tuple[str, str]:
        name = f"sycee_test_{secrets.token_hex(6)}"
        # Copied file by file; by way of the log it takes half as long again.
        self._admin("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, self.name)
        return name, self.url(name)

    def drop(self, name: str) -> None:
        """Drop a clone when the next one is dropped.

        The last of its connections may only just be leaving. PostgreSQL would look for it, sleep a
        tenth of a second and look again.
        """
        self._left.append(name)
        self._drop_but(1)

    def _drop_but(self, kept: int) -> None:
        while len(self._left) > kept:
            self._admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._left.pop(0))

    def end(self) -> None:
        """Drop the clones that are left, and the one that all were cloned from."""
        self._left.append(self.name)
        self._drop_but(0)
        self._conn.close()


@pytest.fixture(scope="session")
def main_template(server_url: str) -> Iterator[Template]:
    template = Template(server_url, "migrations")
    yield template
    template.end()


@pytest.fixture(scope="session")
def keys_template(server_url: str) -> Iterator[Template]:
    template = Template(server_url, "migrations/keys")
    yield template
    template.end()


@pytest.fixture
def database_url(main_template: Template) -> Iterator[str]:
    """The URL of a fresh migrated database, dropped after the test."""
    name, url = main_template.clone()
    yield url
    main_template.drop(name)


@pytest.fixture
def keys_url(keys_template: Template) -> Iterator[str]:
    """The URL of a fresh key database: in production a cluster of its own."""
    name, url = keys_template.clone()
    yield url
    keys_template.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database on the machine's clock."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon of 1 March 2026 (UTC) until a test moves it."""
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def manual_database(database_url: str, clock: ManualClock) -> Iterator[Database]:
    """A fresh migrated database that lives by `clock`."""
    database = Database(database_url, clock=clock)
    yield database
    database.close()


FIRST = (
    "browser/test_layout.py",
    "stories/test_living_town.py",
    "stories/setup/test_up.py",
    "house/test_docs_run.py",
    "simulation/",
    "house/test_tools.py",
    "contract/test_openapi.py",
    "browser/",
    "stories/setup/",
    "stories/http/test_jepsen_bank.py",
    "stories/regulator/",
    "contract/",
)
"""The longest files. They begin first, so that no process is left with one at the end; beside the
first, which needs more than one processor, comes one that mostly waits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that reaches PostgreSQL carries the mark `postgres`; long files come first."""
    for item in items:
        # Schemathesis names a test for each route and leaves all of them one id. Processes that
        # share the suite go by ids: they would run the first route and none of the others.
        if item.parent and not item.nodeid.endswith(item.name):
            item._id = coerce_node_id(f"{item.parent.nodeid}::{item.name}")
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
    if again := repeated(item.nodeid for item in items):
        raise pytest.UsageError(f"tests of one id, of which only the first would run: {again}")
    items.sort(key=_place)


def repeated(ids: Iterable[str]) -> list[str]:
    """The ids that more than one test has."""
    return sorted(id for id, count in Counter(ids).items() if count > 1)


def pytest_collection_finish() -> None:
    """What stands now stands to the end: a collection need not look at it again and again."""
    memory.settle()


def _place(item: pytest.Item) -> int:
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    places = (place for place, start in enumerate(FIRST) if path.startswith(start))
    return next(places, len(FIRST))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where log lines go for the length of a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.configure("info", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
