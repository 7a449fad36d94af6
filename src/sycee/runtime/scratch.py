"""A database for a while: made beside another one, used, and dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from sycee.runtime.migrate import migrate

DROPS_MOST = 5
"""How often dropping is tried; each try waits up to five seconds for whoever is still in there."""


@contextmanager
def scratch(url: str, purpose: str, *, folder: str | None = "migrations") -> Iterator[str]:
    """The URL of a new database on the server of `url`, dropped at the end, whoever is in it.

    Its name says what for (`sycee_bench_…`). `folder` has what it is migrated by; None leaves it
    empty. The role needs CREATEDB.
    """
    name = f"sycee_{purpose}_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    inside = make_conninfo(url, dbname=name)
    try:
        if folder is not None:
            migrate(inside, folder=folder)
        yield inside
    finally:
        _drop(url, name)


def _drop(url: str, name: str) -> None:
    """Our own connections to it are ended; an autovacuum is the superuser's, and ours to wait for.

    By force we may end only our own, and nothing is dropped while there is an autovacuum. Without,
    the server itself ends that one (`CountOtherDBBackends`), but none of ours.
    """
    database = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as admin:
        for attempt in range(DROPS_MOST):
            try:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
                return
            except errors.InsufficientPrivilege:
                if attempt == DROPS_MOST - 1:
                    raise
            try:
                admin.execute(sql.SQL("DROP DATABASE {}").format(database))
                return
            except errors.ObjectInUse:
                continue
