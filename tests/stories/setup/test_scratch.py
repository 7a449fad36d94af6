"""A database for a while is gone afterwards, whoever is still in it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sycee.runtime.postgres import Cluster
from sycee.runtime.scratch import scratch


def names(server_url: str) -> set[str]:
    with psycopg.connect(server_url, autocommit=True) as conn:
        return {name for (name,) in conn.execute("SELECT datname FROM pg_database").fetchall()}


def test_it_is_migrated_named_for_its_purpose_and_gone(server_url: str) -> None:
    with scratch(server_url, "test") as url:
        name = str(conninfo_to_dict(url)["dbname"])
        assert name.startswith("sycee_test_")
        with psycopg.connect(url) as conn:
            assert conn.execute("SELECT count(*) FROM runtime.keys").fetchone() == (0,)
    assert name not in names(server_url)


def test_it_is_gone_though_its_user_failed_and_left_a_connection(server_url: str) -> None:
    left: list[psycopg.Connection] = []

    def fail() -> None:
        with scratch(server_url, "test", folder=None) as url:
            left.append(psycopg.connect(url))
            raise OSError

    before = names(server_url)
    with pytest.raises(OSError):
        fail()
    assert names(server_url) == before
    with pytest.raises(errors.AdminShutdown):
        left[0].execute("SELECT 1")
    left[0].close()


def test_a_superusers_visit_is_waited_for(cluster: Cluster) -> None:
    """As an autovacuum's is, which nobody else may end; the server ends that one by itself."""
    before = names(cluster.url)
    with scratch(cluster.url, "test", folder=None) as url:
        name = str(conninfo_to_dict(url)["dbname"])
        visitor = psycopg.connect(make_conninfo(cluster.admin_url, dbname=name), autocommit=True)
        force = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        admin = psycopg.connect(cluster.url, autocommit=True)
        with admin as conn, pytest.raises(errors.InsufficientPrivilege):
            conn.execute(force)
        visitor.execute("SET idle_session_timeout = '500ms'")  # it goes while the server waits
    assert names(cluster.url) == before
    visitor.close()
