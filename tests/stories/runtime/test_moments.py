"""Moments, on a PostgreSQL that keeps another zone than UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from sycee.runtime.db import Database, Tx

ASKED = "SELECT timestamptz '2026-03-01 23:30:00+00', (timestamptz '2026-03-01 23:30:00+00')::date"


def test_moments_and_their_days_are_read_in_utc_whatever_the_zone_of_the_server(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    with psycopg.connect(database_url, autocommit=True) as owner:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("ALTER DATABASE {} SET timezone TO 'Asia/Kathmandu'").format(name))
    with monkeypatch.context() as plain:
        plain.delenv("PGTZ")
        with psycopg.connect(database_url) as stranger:
            assert stranger.execute("SHOW timezone").fetchone() == ("Asia/Kathmandu",)
    database = Database(database_url)
    try:
        for begun in (database.read(), database.transaction(), database.pipeline()):
            with begun as tx:
                _in_utc(tx)
    finally:
        database.close()


def _in_utc(tx: Tx) -> None:
    row = tx.conn.execute(ASKED).fetchone()
    assert row is not None
    moment, day = row
    assert moment == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert (moment.utcoffset(), moment.day, day.day) == (timedelta(0), 1, 1)
