"""What has had its time is deleted by a table's rule, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sycee.doors.worker import contents
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid7
from sycee.runtime import jobs as queue
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import KEPT, Jobs
from sycee.runtime.retention import PURGE_BATCH, Retention, Rule, TableKeptForGood


@pytest.fixture
def jobs() -> Jobs:
    made = Jobs()
    for rule in KEPT:
        made.keep(rule)
    return made


def bury(database: Database, *ages: timedelta) -> None:
    """Dead letters of these ages."""
    with database.transaction() as tx:
        for age in ages:
            tx.conn.execute(
                """
                INSERT INTO runtime.dead_letters (id, kind, body, attempts, created_at, died_at)
                VALUES (%s, 'test', '{}', 10, %s, %s)
                """,
                (uuid7(), tx.now - age, tx.now - age),
            )


def ages(database: Database) -> list[int]:
    with database.read() as tx:
        rows = tx.conn.execute("SELECT died_at FROM runtime.dead_letters ORDER BY 1").fetchall()
        return [(tx.now - row[0]).days for row in rows]


def test_the_worker_deletes_what_is_older_and_keeps_the_rest(manual_database, jobs: Jobs):
    bury(manual_database, timedelta(days=400), timedelta(days=366), timedelta(days=364))
    queue.run_sweeps(manual_database, jobs)
    assert ages(manual_database) == [364]


def test_days_that_an_operator_sets_take_effect(manual_database, jobs: Jobs, clock: ManualClock):
    bury(manual_database, timedelta(days=364), timedelta(days=40), timedelta(days=10))
    with manual_database.transaction() as tx:
        jobs.retention.change(tx, "runtime.dead_letters", 45)
    queue.run_sweeps(manual_database, jobs)
    assert ages(manual_database) == [40, 10]
    with manual_database.transaction() as tx:
        jobs.retention.change(tx, "runtime.dead_letters", 30)
        [kept] = [k for k in jobs.retention.read(tx) if k.rule.table == "runtime.dead_letters"]
    assert (kept.days, kept.changed) == (30, True)
    clock.advance(timedelta(hours=1))
    queue.run_sweeps(manual_database, jobs)
    assert ages(manual_database) == [10]


@pytest.mark.parametrize("days", [29, 0, -1, 36_501])
def test_days_that_a_table_cannot_have_are_refused(manual_database, jobs: Jobs, days: int):
    with manual_database.transaction() as tx, pytest.raises(Invalid) as refused:
        jobs.retention.change(tx, "runtime.dead_letters", days)
    assert refused.value.field == "days"


@pytest.mark.parametrize("table", ["runtime.keys", "ledger.transfers; --", "nowhere"])
def test_what_is_kept_for_good_cannot_be_given_days(manual_database, jobs: Jobs, table: str):
    with manual_database.transaction() as tx, pytest.raises(TableKeptForGood):
        jobs.retention.change(tx, table, 400)
    with pytest.raises((TableKeptForGood, KeyError)):
        jobs.retention.purge(manual_database, table)


def test_a_large_table_is_purged_in_several_transactions(manual_database):
    taken: list[datetime] = []
    left = 2 * PURGE_BATCH + 1

    def purge(tx: Tx, before: datetime, limit: int) -> int:
        nonlocal left
        taken.append(before)
        gone = min(left, limit)
        left -= gone
        return gone

    retention = Retention()
    retention.keep(Rule("test.rows", "Rows.", days=3, purge=purge))
    assert retention.purge(manual_database, "test.rows") == 2 * PURGE_BATCH + 1
    assert taken == [manual_database.clock.now() - timedelta(days=3)] * 3


def test_a_table_that_fails_holds_up_no_other(manual_database, jobs: Jobs):
    def fail(tx: Tx, before: datetime, limit: int) -> int:
        raise RuntimeError("cannot")

    broken = Jobs()
    broken.keep(Rule("a.broken", "Rows.", days=1, purge=fail))
    for rule in KEPT:
        broken.keep(rule)
    bury(manual_database, timedelta(days=400))
    queue.run_sweeps(manual_database, broken)
    assert ages(manual_database) == []


def test_every_rule_of_the_house_runs_on_its_table(database):
    registry = contents.jobs(keyring=None)  # pyright: ignore[reportArgumentType]
    rules = registry.retention.rules
    for table, rule in rules.items():
        with database.read() as tx:
            assert tx.conn.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,), table
        if rule.purge is not None:
            assert registry.retention.purge(database, table) == 0
    assert "webhooks.delivery" in rules
