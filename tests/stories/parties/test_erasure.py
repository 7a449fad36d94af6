"""Forgetting a person: at once, for good, through crashes and restored backups."""

from __future__ import annotations

import pytest

from sycee.core.journal import read as journal
from sycee.core.parties import erased, forgetting, jobs, parties, vault
from sycee.core.parties.keyring import SubjectForgotten
from sycee.core.parties.personal import sources
from sycee.core.parties.personal.sources import Source
from sycee.core.parties.vault import SealedText
from sycee.kit.ids import uuid7
from sycee.runtime.jobs import Jobs, run_sweeps

FIELDS = {"name": "欧阳 小明", "email": "xiaoming@tea.example"}


@pytest.fixture
def li(database, keyring, join):
    """A person with sealed fields."""
    person = join("Xiao M.", handle="xiaom")
    with database.transaction() as tx:
        vault.seal(keyring, tx, person, FIELDS)
    return person


def fields_of(database, person):
    with database.read() as tx:
        return vault.fields(tx, person)


def test_a_forgotten_person_is_refused_and_their_neighbour_opens(database, keyring, li, join):
    ma = join("Ma")
    with database.transaction() as tx:
        vault.seal(keyring, tx, ma, {"name": "马云帆"})
    forgetting.forget(database, keyring, li)
    opened = vault.open(database, keyring, None, [li, ma], ["name"], "fraud-case")
    assert isinstance(opened[li], SubjectForgotten)
    assert opened[ma] == {"name": "马云帆"}


def test_forgetting_leaves_no_name_handle_field_or_look_up(database, keyring, li):
    forgetting.forget(database, keyring, li)
    with database.read() as tx:
        party = parties.get(tx, li)
        assert (party.display_name, party.handle) == ("Forgotten", None)
        assert parties.find(tx, "xiaom") is None
        assert vault.fields(tx, li) == []
        assert vault.find(keyring, tx, "email", FIELDS["email"]) == []


def test_texts_kept_elsewhere_stay_unreadable(database, keyring, li):
    text = SealedText(li, "statement", vault.seal_text(keyring, li, "statement", "mine"))
    assert vault.open_texts(database, keyring, None, [text], "dispute") == ["mine"]
    forgetting.forget(database, keyring, li)
    (opened,) = vault.open_texts(database, keyring, None, [text], "dispute")
    assert isinstance(opened, SubjectForgotten)


def test_the_key_is_gone_from_the_key_cluster_and_a_tombstone_stays(
    database, keyring, keys_database, li
):
    with keys_database.connection() as conn:
        before = conn.execute("SELECT wrapped FROM vault.data_key").fetchone()
        assert before is not None
        forgetting.forget(database, keyring, li)
        after = conn.execute(
            "SELECT subject, wrapped, destroyed_at IS NOT NULL FROM vault.data_key"
        ).fetchall()
    assert after == [(li, None, True)]
    assert list(keyring.destroyed()) == [[li]]


def test_nothing_new_is_sealed_for_a_forgotten_person(database, keyring, li):
    sealer = keyring.sealer([li])  # from before
    forgetting.forget(database, keyring, li)
    for keys in (keyring, sealer):
        with pytest.raises(SubjectForgotten), database.transaction() as tx:
            vault.seal(keys, tx, li, FIELDS)
    with pytest.raises(SubjectForgotten):
        vault.seal_text(keyring, li, "statement", "mine")
    assert fields_of(database, li) == []


def test_what_a_large_shop_showed_may_take_longer_to_wipe_than_a_write(
    database, keyring, li, monkeypatch
):
    def wipe(tx, party):
        tx.conn.execute("SELECT pg_sleep(0.6)")

    slow = Source(rows={}, open={}, wipes=(wipe,))
    monkeypatch.setattr(sources._Desk, "sources", (slow,))
    forgetting.forget(database, keyring, li)
    with database.read() as tx:
        assert forgetting.pending_erasures(tx, 10) == []


def test_forgetting_twice_is_journalled_once(database, keyring, li, join):
    clerk = join("Clerk")
    forgetting.forget(database, keyring, li, actor=clerk)
    forgetting.forget(database, keyring, li, actor=clerk)
    with database.read() as tx:
        rows = [row for row in journal.about(tx, li) if row.verb == "vault.forget"]
    assert [(row.actor, row.parties) for row in rows] == [(clerk, (li,))]


def test_a_person_without_a_key_can_be_forgotten_too(database, keyring, join):
    ma = join("Ma")
    forgetting.forget(database, keyring, ma)
    with pytest.raises(SubjectForgotten):
        keyring.key(ma)


def test_a_crash_between_the_clusters_already_closes_the_vault_and_is_finished(
    database, keyring, li
):
    text = SealedText(li, "statement", vault.seal_text(keyring, li, "statement", "mine"))
    forgetting.order_erasure(database, li)  # and here the process dies
    (opened,) = vault.open_texts(database, keyring, None, [text], "dispute")
    assert isinstance(opened, SubjectForgotten)
    with pytest.raises(SubjectForgotten), database.transaction() as tx:
        vault.seal(keyring, tx, li, FIELDS)
    assert isinstance(keyring.key(li), bytes), "the key is still there"
    worker = Jobs()
    jobs.register(worker, keyring)
    run_sweeps(database, worker)
    with pytest.raises(SubjectForgotten):
        keyring.key(li)
    with database.read() as tx:
        assert forgetting.pending_erasures(tx, 10) == []


def test_a_key_that_a_restored_key_cluster_brings_back_is_destroyed_again(
    database, keyring, keys_database, li
):
    with keys_database.connection() as conn:
        backup = conn.execute("SELECT wrapped FROM vault.data_key").fetchone()
        assert backup is not None
        forgetting.forget(database, keyring, li)
        conn.execute("UPDATE vault.data_key SET wrapped = %s, destroyed_at = NULL", (backup[0],))
    assert isinstance(keyring.key(li), bytes), "the backup did bring it back"
    with database.read() as tx:
        assert forgetting.pending_erasures(tx, 10) == [], "a sweep alone does not see it"
    assert forgetting.reapply_erasures(database, keyring) == 1
    with pytest.raises(SubjectForgotten):
        keyring.key(li)


def test_a_restored_main_database_learns_the_erasure_from_the_tombstones(database, keyring, li):
    keyring.destroy([li])  # what a later life of the system did; this database knows nothing of it
    assert fields_of(database, li) == ["email", "name"]
    forgetting.reapply_erasures(database, keyring)
    assert fields_of(database, li) == []
    with database.read() as tx:
        assert parties.get(tx, li).display_name == "Forgotten"


def test_an_erasure_that_both_clusters_lost_comes_back_from_a_list(database, keyring, li):
    stranger = uuid7()
    assert forgetting.reapply_erasures(database, keyring, [li, stranger]) == 2
    for subject in (li, stranger):
        with pytest.raises(SubjectForgotten):
            keyring.key(subject)


def test_reapplying_reaches_every_erasure_of_many(database, keyring, monkeypatch):
    monkeypatch.setattr(forgetting, "_CHUNK", 3)
    subjects = sorted(uuid7() for _ in range(8))
    assert forgetting.reapply_erasures(database, keyring, subjects) == 8
    assert [each for chunk in keyring.destroyed() for each in chunk] == subjects


def test_the_file_beside_the_databases_remembers_when_both_were_restored(
    database, keyring, keys_database, li, join, tmp_path
):
    ma = join("Ma")
    forgetting.forget(database, keyring, li)
    assert erased.write(database, tmp_path) == 1
    forgetting.forget(database, keyring, ma)
    assert erased.write(database, tmp_path) == 1
    with open(tmp_path / erased.FILE, "a") as file:
        file.write("0192")  # a crash in the middle of a line
    with database.connection() as conn, keys_database.connection() as keys:
        conn.execute("DELETE FROM parties.erasure")
        keys.execute("DELETE FROM vault.data_key")
    assert isinstance(keyring.key(li), bytes), "nobody in the databases remembers"
    assert forgetting.reapply_erasures(database, keyring, erased.read(tmp_path)) == 2
    with pytest.raises(SubjectForgotten):
        keyring.key(li)
