"""Each morning what the house owes is published, and whoever is owed proves the share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, vaulted
from tests.stories.transparency.conftest import sealed

from sycee.core.ledger import accounts, trial
from sycee.core.ledger import liabilities as ledger
from sycee.core.ledger.model import NewAccount, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.doors.cli.app import main
from sycee.kit.clock import ManualClock, micros
from sycee.kit.ids import uuid7
from sycee.oversight.transparency.liabilities import actions, checking, desk, jobs, store
from sycee.oversight.transparency.liabilities.actions import LiabilitiesUnsound
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    with vaulted(main_template, keys_template) as house:
        yield house


def key() -> bytes:
    return vault.keys().house_key(desk.KEY)


def test_the_published_total_is_the_ledgers_and_each_owner_proves_the_share(
    house: House, tmp_path, capsys
):
    people = [house.person(f"P{n}", minor=n * 1_000 + 7) for n in range(1, 9)]
    stranger = house.person("Empty")
    made = actions.publish(house.database, key())
    with house.database.read() as tx:
        lines = trial.balance(tx)
    assert [(total.currency, total.sum_minor) for total in made] == [
        ("CNY", sum(line.balance_minor for line in lines if line.cls == "liability"))
    ]
    public = house.client.get("/v1/liabilities").json()["items"]
    assert [item["sum_minor"] for item in public] == [made[0].sum_minor]

    for n, person in enumerate(people, 1):
        answer = house.get("/v1/liabilities/proofs", person)
        [proof] = checking.read(answer.content)
        assert checking.check(proof).balance_minor == n * 1_000 + 7
        assert len(answer.content) < 3_000
        assert proof.total.root == public[0]["root"]
    assert house.get("/v1/liabilities/proofs", stranger).json() == []

    file = tmp_path / "proof.json"
    file.write_bytes(house.get("/v1/liabilities/proofs", people[0]).content)
    assert main(["liabilities", "verify", str(file)]) == 0
    assert "proved" in capsys.readouterr().out
    forged = json.loads(file.read_text())
    forged[0]["balance_minor"] += 1
    file.write_text(json.dumps(forged))
    assert main(["liabilities", "verify", str(file)]) == 1
    for field, absurd in (("epoch", -1), ("epoch", 2**40), ("sum_minor", -1)):
        forged = house.get("/v1/liabilities/proofs", people[0]).json()
        forged[0]["total"][field] = absurd
        file.write_text(json.dumps(forged))
        assert main(["liabilities", "verify", str(file)]) == 1


def test_the_total_is_a_row_of_the_log_that_anyone_opens(house: House, tmp_path):
    house.person("Q", minor=5)
    actions.publish(house.database, key())
    with house.database.read() as tx:
        [total] = store.latest(tx)
        rows = tx.conn.execute(
            "SELECT body, (SELECT count(*) FROM journal.entry) FROM journal.entry"
            " WHERE verb = 'liabilities.published' AND subject = %s",
            (total.entry,),
        ).fetchall()
    assert len(rows) == 1
    assert rows[0][0]["root"] == total.root.hex()
    assert rows[0][0]["sum_minor"] == str(total.sum_minor)
    sealed(house.database, rows[0][1])
    told = house.client.get("/v1/liabilities/rows").json()
    (row,) = [each for each in told["items"] if each["subject"] == str(total.entry)]
    assert row["data"]["root"] == total.root.hex()
    page = tmp_path / "rows.json"
    page.write_text(json.dumps(told))
    assert main(["log", "verify", str(page)]) == 0
    day = house.client.get("/v1/liabilities/rows", params={"epoch": total.epoch}).json()
    assert day["items"] == told["items"]
    absent = house.client.get("/v1/liabilities/rows", params={"epoch": 1})
    assert absent.json()["code"] == "total-absent"


def test_a_day_is_published_once_even_by_two_workers(house: House):
    house.person("R", minor=5)
    actions.publish(house.database, key())
    assert actions.publish(house.database, key()) == []
    with house.database.read() as tx:
        assert not jobs._due(tx, 1)


def test_whoever_publishes_beside_another_leaves_the_published_tree_alone(
    manual_database: Database,
):
    owe(manual_database, 30, 12)
    with manual_database.read() as tx:
        assert store.alone(tx)
        assert actions.publish(manual_database, b"k" * 32) == []
    [total] = actions.publish(manual_database, b"k" * 32)
    with manual_database.read() as tx:
        kept = store.chunk(tx, total.epoch, "CNY", 0, 0)
        again = actions.build(total.epoch, "CNY", ledger.balances(tx, "CNY"), b"k" * 32)
    assert not actions._write(manual_database, again)
    with manual_database.read() as tx:
        assert store.chunk(tx, total.epoch, "CNY", 0, 0) == kept


def test_proofs_of_a_day_that_is_not_kept_are_refused(house: House):
    person = house.person("S", minor=5)
    answer = house.get("/v1/liabilities/proofs", person, epoch=1)
    assert (answer.status_code, answer.json()["code"]) == (404, "total-absent")


def owe(database: Database, *amounts: int) -> None:
    """Wallets of these balances, without owners."""
    with database.transaction() as tx:
        bank = accounts.open_house(tx, "bank", "CNY")
        millis = micros(tx.now) // 1_000
        ids = [uuid7() for _ in amounts]
        owner = uuid7()
        accounts.open(tx, [NewAccount(id, owner, "wallet", "CNY", None) for id in ids])
        post_all(
            tx,
            [
                Transfer(uuid7(millis), bank, id, amount, "deposit.demo")
                if amount > 0
                else Transfer(uuid7(millis), id, bank, -amount, "correction")
                for id, amount in zip(ids, amounts, strict=True)
            ],
        )


def test_the_worker_publishes_each_day_and_forgets_trees_in_time(
    manual_database: Database, clock: ManualClock, keys_url: str
):
    owe(manual_database, 30, 12)
    keys = Database(keys_url)
    registry = Jobs()
    jobs.register(registry, Keyring(keys, Master(b"m" * 32)))
    for _ in range(4):
        run_sweeps(manual_database, registry)
        clock.advance(timedelta(days=1))
    with manual_database.read() as tx:
        days = [total.day_on.isoformat() for total in store.history(tx, 2**31 - 1, 10)]
    assert days == ["2026-03-04", "2026-03-03", "2026-03-02", "2026-03-01"]
    clock.advance(timedelta(days=34))
    run_sweeps(manual_database, registry)
    with manual_database.read() as tx:
        kept = tx.conn.execute(
            "SELECT DISTINCT epoch FROM transparency.liability_chunk ORDER BY 1"
        ).fetchall()
        assert len(store.history(tx, 2**31 - 1, 10)) == 5
    first = actions.epoch_of(clock.now())
    assert [row[0] for row in kept] == [first - 35, first]
    keys.close()


def test_what_is_owed_below_nothing_stops_the_total_and_is_named(manual_database: Database):
    owe(manual_database, 30, -4)
    with pytest.raises(LiabilitiesUnsound, match="is owed -4 CNY"):
        actions.publish(manual_database, b"k" * 32)
    with manual_database.read() as tx:
        assert store.latest(tx) == []
