"""A restored database is closed until the orders that it lacks are read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.conftest import Template
from tests.stories.regulator.office import STOP, order, party, person

from sycee.core.parties.model import Kind
from sycee.core.policy.check import check
from sycee.core.policy.model import Operation, Request
from sycee.kit.errors import Invalid
from sycee.oversight.regulator.orders import restored
from sycee.oversight.regulator.orders.jobs import register
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps

PAY = Request("wallet", Operation.TRANSFER, None, "CN", 100, "CNY")
REFUND = Request("escrow", Operation.REFUND, None, "CN", 100, "CNY")


def shut(database: Database) -> list[bool]:
    with database.transaction() as tx:
        return [refusal is not None for refusal in check(tx, [PAY, REFUND])]


def test_a_database_set_back_is_shut_until_its_orders_are_read_again(
    database: Database, main_template: Template, tmp_path: Path
) -> None:
    assert not restored.guard(database, tmp_path)
    party(database, Kind.OPERATOR, "The house")
    who = person(database, party(database, Kind.REGULATOR, "The authority"))
    stop = order(scope=STOP)
    who.propose(stop)
    jobs = Jobs()
    register(jobs, tmp_path)
    run_sweeps(database, jobs)
    kept = restored.kept(tmp_path)
    assert kept is not None
    assert [one.id for one in kept.orders] == [stop.uuid]
    assert not restored.guard(database, tmp_path)

    name, url = main_template.clone()  # a backup from before the order
    older = Database(url)
    assert shut(older) == [False, False]
    assert restored.guard(older, tmp_path)
    assert restored.guard(older, tmp_path)  # a second start leaves it as it is
    assert shut(older) == [True, True]
    assert restored.reopen(older, tmp_path, restored.kept(tmp_path)) == 1
    assert shut(older) == [True, False]
    assert not restored.guard(older, tmp_path)
    older.close()
    main_template.drop(name)


def test_the_file_is_read_when_it_changed_and_not_each_second(
    database: Database, tmp_path: Path
) -> None:
    reader = restored.Reader(tmp_path)
    assert reader.stands() is None
    written = restored.write(database, tmp_path)
    path = tmp_path.joinpath(restored.FILE)
    assert reader.stands() == (written.steps, written.head)
    was = path.stat()
    path.write_bytes(b"x" * was.st_size)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert reader.stands() == (written.steps, written.head), "ten thousand orders are 14 MB"
    os.utime(path)
    with pytest.raises(Invalid):
        reader.stands()
    path.unlink()
    assert reader.stands() is None


def test_a_database_with_orders_and_no_file_of_them_is_shut(
    database: Database, tmp_path: Path
) -> None:
    who = person(database, party(database, Kind.REGULATOR, "The authority"))
    who.propose(order(scope=STOP))
    assert restored.guard(database, tmp_path)
    assert shut(database) == [True, True]
    assert restored.reopen(database, tmp_path, None) == 0
    assert shut(database) == [True, False]


def test_a_damaged_file_opens_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / restored.FILE).write_text("{")
    with pytest.raises(Invalid):
        restored.guard(database, tmp_path)
