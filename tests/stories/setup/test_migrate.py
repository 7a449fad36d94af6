"""The migration runner, on a real and empty database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sycee.runtime.migrate import MigrationChanged, MigrationError, available, migrate, status

ONE = "SET lock_timeout = '5s';\nCREATE SCHEMA shop;\nCREATE TABLE shop.a (n int);\n"
TWO = "SET lock_timeout = '5s';\nINSERT INTO shop.a VALUES (1);\nINSERT INTO shop.a VALUES (2);\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_shop.sql").write_text(ONE)
    (tmp_path / "0002_rows.sql").write_text(TWO)
    (tmp_path / "README").write_text("not a migration")
    return tmp_path


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        return [n for (n,) in conn.execute("SELECT n FROM shop.a ORDER BY n").fetchall()]


def test_files_are_applied_in_order_and_once(empty_url, folder):
    assert migrate(empty_url, folder) == ["0001_shop.sql", "0002_rows.sql"]
    assert migrate(empty_url, folder) == []
    assert rows(empty_url) == [1, 2]


def test_the_status_names_what_is_missing_and_changes_nothing(empty_url, folder):
    assert [each.applied_at for each in status(empty_url, folder)] == [None, None]
    (folder / "0003_more.sql").write_text("SELECT 1;")
    (folder / "0002_rows.sql").rename(folder / "0002_rows.off")
    (folder / "0003_more.sql").rename(folder / "0003_more.off")
    migrate(empty_url, folder)
    (folder / "0002_rows.off").rename(folder / "0002_rows.sql")
    standing = status(empty_url, folder)
    assert [each.name for each in standing] == ["0001_shop.sql", "0002_rows.sql"]
    assert [each.applied_at is None for each in standing] == [False, True]


def test_a_changed_file_is_refused(empty_url, folder):
    migrate(empty_url, folder)
    (folder / "0001_shop.sql").write_text(ONE + "-- a remark\n")
    with pytest.raises(MigrationChanged, match=r"0001_shop\.sql"):
        migrate(empty_url, folder)
    with pytest.raises(MigrationChanged, match=r"0001_shop\.sql"):
        status(empty_url, folder)


def test_a_database_newer_than_the_program_is_refused(empty_url, folder):
    migrate(empty_url, folder)
    (folder / "0002_rows.sql").unlink()
    with pytest.raises(MigrationError, match=r"does not know: 0002_rows\.sql"):
        migrate(empty_url, folder)


def test_a_file_that_fails_half_way_leaves_nothing_and_those_before_it_stay(empty_url, folder):
    (folder / "0002_rows.sql").write_text("INSERT INTO shop.a VALUES (1);\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationError, match=r"0002_rows\.sql failed: division by zero"):
        migrate(empty_url, folder)
    assert rows(empty_url) == []
    (folder / "0002_rows.sql").write_text(TWO)
    assert migrate(empty_url, folder) == ["0002_rows.sql"]


def test_of_many_runners_at_once_each_file_is_applied_by_one(empty_url, folder):
    with ThreadPoolExecutor(4) as pool:
        applied = [*pool.map(lambda _: migrate(empty_url, folder), range(4))]
    assert sorted(name for names in applied for name in names) == ["0001_shop.sql", "0002_rows.sql"]
    assert rows(empty_url) == [1, 2]


def test_what_a_file_sets_ends_with_it(empty_url, folder):
    (folder / "0002_rows.sql").write_text(
        "SELECT 1 / (current_setting('lock_timeout') = '0')::int;"
    )
    assert len(migrate(empty_url, folder)) == 2


@pytest.mark.parametrize("of", ["migrations", "migrations/keys"])
def test_sycees_own_files_apply_to_an_empty_database(empty_url, of):
    assert migrate(empty_url, of) == [each.name for each in available(of)]
    assert all(each.applied_at for each in status(empty_url, of))
