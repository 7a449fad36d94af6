"""The demo town is made once, its books balance, and its credentials open doors."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.authenticator import DeviceKey, unb64

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import callers, parties
from sycee.core.parties.identity import demo
from sycee.core.parties.identity.staff.reading import staff
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli import town
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, uuid7
from sycee.products.wallet.shops.offers import store as offers
from sycee.products.wallet.shops.offers.model import Sort, State
from sycee.runtime.db import Database
from sycee.runtime.settings import SettingsError


def test_the_town_is_seeded_once_and_keeps_its_credentials(
    database: Database, tmp_path: Path
) -> None:
    first = town.seed(database, tmp_path)
    assert [each.handle for each in first] == [r.handle for r in town.RESIDENTS]
    assert town.seed(database, tmp_path) == first
    with database.read() as tx:
        for each in first:
            assert callers.resolve(tx, each.key)
        bank = accounts.read(tx, [accounts.house("bank", "CNY")])
        total = sum(resident.money_minor for resident in town.RESIDENTS)
        assert [balance.balance for balance in bank.values()] == [total]
    assert doctor.examine(database).ok


def test_the_teahouse_has_a_code_a_link_and_two_cashiers(database: Database, tmp_path: Path):
    town.seed(database, tmp_path)
    with database.transaction() as tx:
        shop = parties.find(tx, town.TEAHOUSE)
        assert shop is not None
        offered = offers.page(tx, shop, list(Sort), State.OPEN, None, 10)
        assert {each.sort for each in offered} == {Sort.STATIC, Sort.LINK}
        assert {each.handle for each in staff(tx, shop)} == set(town.CASHIERS)
        key = unb64(DeviceKey().public)
        at_work = demo.enter(tx, "ben", key, town.TEAHOUSE)
        assert (at_work.session.party, at_work.device.role) == (shop, "cashier")
        assert demo.enter(tx, "ben", key, town.TEAHOUSE).device.id == at_work.device.id
        assert demo.enter(tx, "ben", key).session.party == parties.find(tx, "ben")
        jobs = {each.handle: each.works_at for each in demo.list_residents.function(tx)}
        assert {who: where for who, where in jobs.items() if where} == {
            who: [town.TEAHOUSE] for who in town.CASHIERS
        }
        with pytest.raises(NotFound):
            demo.enter(tx, "dora", key, town.TEAHOUSE)


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
        assert callers.resolve(tx, second[0].key)


def test_the_town_goes_on_without_a_resident_whose_account_was_closed(
    database: Database, tmp_path: Path
) -> None:
    everyone = town.seed(database, tmp_path)
    dora = parse("par", next(each.id for each in everyone if each.handle == "dora"))
    with database.transaction() as tx:
        (purse,) = accounts.owned(tx, [dora])
        bank = accounts.open_house(tx, "bank", town.CURRENCY)
        post_all(tx, [Transfer(uuid7(), purse.id, bank, purse.balance, "test")])
        parties.close(tx, dora)
    staying = town.seed(database, tmp_path)
    assert staying == [each for each in everyone if each.handle != "dora"]
    assert "dora" not in town.credentials(tmp_path)


def test_a_demo_without_one_of_its_people_says_who_has_left(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no demo town here"):
        town.cast(tmp_path, ["ada"])
    (tmp_path / "demo.json").write_text('{"ben": {"id": "par_1", "key": "sk_1"}}')
    with pytest.raises(SettingsError, match="ada has left the demo town"):
        town.cast(tmp_path, ["ben", "ada"])


def test_a_database_with_another_operator_is_left_alone(database: Database, tmp_path: Path) -> None:
    with database.transaction() as tx:
        parties.create(tx, NewParty(kind=Kind.OPERATOR, display_name="A real cooperative"))
    assert town.seed(database, tmp_path) == []
    assert not (tmp_path / "demo.json").exists()
