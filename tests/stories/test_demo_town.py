"""The demo town is made once, its books balance, and its credentials open doors."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sycee.core.ledger import accounts, doctor
from sycee.core.parties import apikeys, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli import town
from sycee.runtime.db import Database


def test_the_town_is_seeded_once_and_keeps_its_credentials(
    database: Database, tmp_path: Path
) -> None:
    first = town.seed(database, tmp_path)
    assert [each.handle for each in first] == [r.handle for r in town.RESIDENTS]
    assert town.seed(database, tmp_path) == first
    with database.read() as tx:
        for each in first:
            assert apikeys.resolve(tx, each.key)
        bank = accounts.read(tx, [accounts.house("bank", "CNY")])
        total = sum(resident.money_minor for resident in town.RESIDENTS)
        assert [balance.balance for balance in bank.values()] == [total]
    assert doctor.examine(database).ok


def test_two_starts_at_once_make_one_town(database: Database, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: town.seed(database, tmp_path), range(2)))
    with database.read() as tx:
        assert len(parties.page(tx, limit=100)) == len(town.RESIDENTS)


def test_a_lost_file_of_credentials_is_made_again_and_readable_by_its_owner_only(
    database: Database, tmp_path: Path
) -> None:
    first = town.seed(database, tmp_path)
    path = tmp_path / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    second = town.seed(database, tmp_path)
    assert {each.key for each in first}.isdisjoint(each.key for each in second)
    with database.read() as tx:
        assert apikeys.resolve(tx, second[0].key)


def test_a_database_with_another_operator_is_left_alone(database: Database, tmp_path: Path) -> None:
    with database.transaction() as tx:
        parties.create(tx, NewParty(kind=Kind.OPERATOR, display_name="A real cooperative"))
    assert town.seed(database, tmp_path) == []
    assert not (tmp_path / "demo.json").exists()
