"""What identifies a person: sealed, and opened only behind a journal row that says so."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL

from sycee.core.parties import forgetting, parties, readings, sealing, vault
from sycee.core.parties import keyring as keyrings
from sycee.core.parties.keyring import KeyMissing, Keyring, Master, MasterKeyWrong, SubjectForgotten
from sycee.core.parties.sealing import SealBroken
from sycee.core.parties.vault import Purpose, PurposeUnknown, SealedText
from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database

NAME, EMAIL, PHONE = "欧阳 小明", "xiaoming@tea.example", "+86 138 0013 8000"
STATEMENT = "The teapot arrived in seven pieces, call me at the harbour office."
PLAIN = {"name": NAME, "email": EMAIL, "phone": PHONE}


@pytest.fixture
def li(database, keyring, join):
    """A person whose name, e-mail and telephone are in the vault."""
    person = join("Xiao M.", handle="xiaom")
    with database.transaction() as tx:
        vault.seal(keyring, tx, person, PLAIN)
    return person


def openings(database: Database) -> list[tuple]:
    with database.connection() as conn:
        return conn.execute(
            "SELECT actor, parties, purpose, body FROM journal.entry WHERE verb = 'vault.open'"
        ).fetchall()


def everything(database: Database) -> bytes:
    """Every row of every table in the database as text, with every bytea as its raw bytes."""
    with database.connection() as conn:
        tables = conn.execute(
            """
            SELECT c.oid::regclass::text FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p')
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            """
        ).fetchall()
        found = bytearray()
        for (table,) in tables:
            with conn.cursor(binary=True) as cursor:
                query = SQL("SELECT * FROM {}").format(SQL(table))
                cursor.execute(query)
                for row in cursor:
                    for value in row:
                        found += value if isinstance(value, bytes) else str(value).encode()
                        found += b"\n"
    return bytes(found)


def test_what_was_sealed_is_opened_for_a_purpose(database, keyring, li):
    opened = vault.open(database, keyring, None, [li], ["name", "email"], Purpose.PAYOUT)
    assert opened == {li: {"name": NAME, "email": EMAIL}}


def test_no_byte_of_a_plaintext_is_in_the_main_database(database, keyring, li):
    sealed = vault.seal_text(keyring, li, "statement", STATEMENT)
    with database.transaction() as tx:
        tx.conn.execute("CREATE TABLE parties.kept_elsewhere (sealed bytea)")
        tx.conn.execute("INSERT INTO parties.kept_elsewhere VALUES (%s)", (sealed,))
    vault.open(database, keyring, None, [li], list(PLAIN), Purpose.FRAUD_CASE)
    dump = everything(database)
    assert b"Xiao M." in dump, "the scan does read text"
    assert sealed in dump, "the scan does read bytes"
    for text in [*PLAIN.values(), STATEMENT, "13800138000", "欧阳", "teapot"]:
        assert text.encode() not in dump
        assert text.encode().hex().encode() not in dump


def test_no_byte_of_a_bare_key_is_in_either_database(database, keyring, keys_database, li):
    bare = keyring.key(li)
    for dump in (everything(database), everything(keys_database)):
        assert bare not in dump
        assert keyring.index_key() not in dump
    with keys_database.connection() as conn:
        wrapped = conn.execute("SELECT wrapped FROM vault.data_key").fetchall()
    assert [len(row[0]) for row in wrapped] == [40]


def test_each_subject_has_a_row_of_their_own_that_names_nobody_else(database, keyring, li, join):
    ma, actor = join("Ma"), join("Operator's clerk")
    vault.open(database, keyring, actor, [ma, li, li], ["name"], "dispute", "trd_1")
    body = {"fields": ["name"], "case": "trd_1", "sequence": 1, "previous": "00" * 32}
    assert openings(database) == [(actor, [id_], "dispute", body) for id_ in sorted([li, ma])]


def test_readings_of_one_person_at_once_make_one_chain(database, keyring, li, threads):
    threads(lambda: vault.open(database, keyring, None, [li], ["name"], "payout"), times=8)
    with database.read() as tx:
        rows = readings.page(tx, li, None, 100)
        end = readings.standing(tx, li)
    assert [row.body["sequence"] for row in rows] == [8, 7, 6, 5, 4, 3, 2, 1]
    links = [bytes.fromhex(row.body["previous"]) for row in rows]
    assert links == [*[row.leaf for row in rows[1:]], readings.FIRST]
    assert end == readings.Standing(8, rows[0].leaf)


def test_the_row_is_committed_before_any_key_is_asked_for(database, keyring, li, monkeypatch):
    class Killed(BaseException):
        """The process dies here."""

    seen = []

    def die(subjects):
        seen.extend(openings(database))  # from another connection: what is committed
        raise Killed

    monkeypatch.setattr(keyring, "find", die)
    with pytest.raises(Killed):
        vault.open(database, keyring, None, [li], ["name"], Purpose.DELIVERY)
    assert [row[1] for row in seen] == [[li]]
    assert openings(database) == seen, "and it stays, though nobody saw the name"


def test_nothing_opens_when_the_journal_cannot_be_written(database, keyring, li):
    with database.connection() as conn:
        conn.execute("ALTER TABLE journal.entry RENAME TO entry_gone")
    with pytest.raises(psycopg.Error):
        vault.open(database, keyring, None, [li], ["name"], Purpose.DELIVERY)


def test_a_party_that_was_looked_at_finds_the_row(database, keyring, li, join):
    join("Ma")
    vault.open(database, keyring, None, [li], ["phone"], Purpose.FRAUD_CASE)
    with database.connection() as conn:
        rows = conn.execute(
            """
            SELECT c.party, e.purpose FROM journal.concern AS c
            JOIN journal.entry AS e ON e.xid = c.xid AND e.ordinal = c.ordinal
            WHERE e.verb = 'vault.open'
            """
        ).fetchall()
    assert rows == [(li, "fraud-case")]


@pytest.mark.parametrize("purpose", ["curiosity", "", "SELF", "payouts"])
def test_a_purpose_outside_the_list_opens_nothing(database, keyring, li, purpose):
    with pytest.raises(PurposeUnknown):
        vault.open(database, keyring, None, [li], ["name"], purpose)
    assert openings(database) == []


def test_the_purpose_self_is_for_oneself(database, keyring, li, join):
    ma = join("Ma")
    with pytest.raises(Forbidden):
        vault.open(database, keyring, ma, [li], ["name"], Purpose.SELF)
    with pytest.raises(Forbidden):
        vault.open(database, keyring, li, [li, ma], ["name"], Purpose.SELF)
    assert vault.open_one(database, keyring, li, li, ["name"], Purpose.SELF) == {"name": NAME}


def test_nobody_opens_no_one_or_more_than_a_thousand(database, keyring):
    for subjects in ([], [uuid7() for _ in range(1_001)]):
        with pytest.raises(Invalid):
            vault.open(database, keyring, None, subjects, ["name"], Purpose.FRAUD_CASE)


def test_a_field_never_sealed_is_absent(database, keyring, li, join):
    ma = join("Ma")
    opened = vault.open(database, keyring, None, [li, ma], ["name", "birthday"], Purpose.FRAUD_CASE)
    assert opened == {li: {"name": NAME}, ma: {}}


def test_sealing_again_replaces_the_text_and_its_look_up(database, keyring, li):
    with database.transaction() as tx:
        vault.seal(keyring, tx, li, {"email": "new@tea.example"})
        assert vault.fields(tx, li) == ["email", "name", "phone"]
        assert vault.find(keyring, tx, "email", EMAIL) == []
        assert vault.find(keyring, tx, "email", "NEW@tea.example") == [li]
    assert vault.open_one(database, keyring, li, li, ["email"], "self") == {
        "email": "new@tea.example"
    }


def test_a_party_is_found_by_email_or_telephone_however_it_is_spelt(database, keyring, li):
    with database.read() as tx:
        assert vault.find(keyring, tx, "phone", "0086-13800138000") == [li]
        assert vault.find(keyring, tx, "email", EMAIL.upper()) == [li]
        assert vault.find(keyring, tx, "email", "other@tea.example") == []
        with pytest.raises(Invalid):
            vault.find(keyring, tx, "name", NAME)


def test_an_altered_seal_is_refused_and_its_neighbour_opens(database, keyring, li, join):
    ma = join("Ma")
    with database.transaction() as tx:
        vault.seal(keyring, tx, ma, {"name": "马云帆"})
        tx.conn.execute(
            """
            UPDATE parties.vault_field SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)
            WHERE party = %s AND field = 'name'
            """,
            (li,),
        )
    opened = vault.open(database, keyring, None, [li, ma], ["name"], Purpose.FRAUD_CASE)
    assert isinstance(opened[li], SealBroken)
    assert opened[ma] == {"name": "马云帆"}
    with pytest.raises(SealBroken):
        vault.open_one(database, keyring, None, li, ["name"], Purpose.FRAUD_CASE)


def test_a_seal_moved_to_another_person_or_field_is_refused(database, keyring, li, join):
    ma = join("Ma")
    with database.transaction() as tx:
        vault.seal(keyring, tx, ma, {"name": "马云帆"})
        tx.conn.execute(
            """
            UPDATE parties.vault_field AS f SET sealed = g.sealed FROM parties.vault_field AS g
            WHERE f.party = %s AND f.field = 'name' AND g.party = %s AND g.field = 'email'
            """,
            (li, li),
        )
        tx.conn.execute(
            """
            UPDATE parties.vault_field AS f SET sealed = g.sealed FROM parties.vault_field AS g
            WHERE f.party = %s AND f.field = 'name' AND g.party = %s AND g.field = 'phone'
            """,
            (ma, li),
        )
    opened = vault.open(database, keyring, None, [li, ma], ["name"], Purpose.FRAUD_CASE)
    assert [type(each) for each in opened.values()] == [SealBroken, SealBroken]


def test_an_older_version_put_back_in_its_row_is_refused(database, keyring, li):
    with database.transaction() as tx:
        old = tx.conn.execute(
            "SELECT sealed FROM parties.vault_field WHERE party = %s AND field = 'email'", (li,)
        ).fetchone()
        assert old is not None
        vault.seal(keyring, tx, li, {"email": "new@tea.example"})
        tx.conn.execute(
            "UPDATE parties.vault_field SET sealed = %s WHERE party = %s AND field = 'email'",
            (old[0], li),
        )
    with pytest.raises(SealBroken):
        vault.open_one(database, keyring, None, li, ["email"], Purpose.FRAUD_CASE)


def test_a_product_keeps_the_bytes_and_opens_them_for_a_purpose(database, keyring, li, join):
    ma = join("Ma")
    sealer = keyring.sealer([li, ma])
    texts = [
        SealedText(li, "dispute.statement", vault.seal_text(sealer, li, "dispute.statement", "a")),
        SealedText(ma, "dispute.statement", vault.seal_text(sealer, ma, "dispute.statement", "b")),
        SealedText(ma, "dispute.answer", vault.seal_text(sealer, ma, "dispute.statement", "c")),
    ]
    opened = vault.open_texts(database, keyring, None, texts, Purpose.DISPUTE)
    assert opened[:2] == ["a", "b"]
    assert isinstance(opened[2], SealBroken)
    fields = {row[1][0]: row[3]["fields"] for row in openings(database)}
    assert fields == {li: ["dispute.statement"], ma: ["dispute.answer", "dispute.statement"]}


def test_sealing_asks_no_other_server_inside_the_transaction(database, keyring, join, monkeypatch):
    person = join("Li")
    sealer = keyring.sealer([person])
    monkeypatch.setattr(keyring.database, "transaction", None)
    monkeypatch.setattr(keyring.database, "read", None)
    with database.transaction() as tx:
        vault.seal(sealer, tx, person, PLAIN)
        assert vault.find(sealer, tx, "email", EMAIL) == [person]


def test_a_sealing_that_fails_leaves_an_unused_key_and_nothing_else(
    database, keyring, keys_database, join
):
    person = join("Li")

    def seal_and_fail():
        with database.transaction() as tx:
            vault.seal(keyring, tx, person, PLAIN)
            tx.conn.execute("SELECT 1 FROM parties.no_such_table")

    with pytest.raises(psycopg.Error):
        seal_and_fail()
    assert vault.open_one(database, keyring, None, person, ["name"], "fraud-case") == {}
    with keys_database.connection() as conn:
        assert conn.execute("SELECT subject FROM vault.data_key").fetchall() == [(person,)]
    with database.transaction() as tx:
        vault.seal(keyring, tx, person, PLAIN)
    assert vault.open_one(database, keyring, None, person, ["name"], "fraud-case") == {"name": NAME}


def test_two_that_make_a_persons_first_key_at_once_get_the_same(keys_database, threads):
    person = uuid7()
    made = threads(lambda: Keyring(keys_database, keyrings.Master(b"m" * 32)).key(person), times=4)
    assert len(set(made)) == 1


def test_texts_under_a_lost_key_are_refused_as_such(database, keyring, keys_database, li):
    with keys_database.connection() as conn:
        conn.execute("DELETE FROM vault.data_key")
    with pytest.raises(KeyMissing):
        vault.open_one(database, keyring, None, li, ["name"], Purpose.FRAUD_CASE)


def test_another_master_key_opens_nothing_and_says_so(database, keyring, keys_database, li):
    other = Keyring(keys_database, Master(bytes(sealing.new_key())))
    keyring.index_key()
    assert (keyring.fits(), other.fits()) == (True, False)
    with pytest.raises(MasterKeyWrong):
        vault.open(database, other, None, [li], ["name"], Purpose.FRAUD_CASE)


def test_all_keys_move_to_a_new_master_key(database, keyring, keys_database, li, join):
    ma = join("Ma")
    keyring.key(ma)
    forgetting.forget(database, keyring, ma)
    new = Master(bytes(sealing.new_key()))
    assert keyring.rewrap(new) == 1, "a destroyed key is not wrapped"
    for ring in (keyring, Keyring(keys_database, new)):
        assert vault.open_one(database, ring, None, li, ["name"], "fraud-case") == {"name": NAME}
        with database.read() as tx:
            assert vault.find(ring, tx, "email", EMAIL) == [li]
    with pytest.raises(SubjectForgotten):
        keyring.key(ma)


def test_the_master_key_is_made_once_in_a_file_for_its_owner_only(tmp_path, threads):
    path = tmp_path / "master.key"
    made = threads(lambda: Master.read(path).key, times=4)
    assert len(set(made)) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["master.key"]
    path.chmod(0o640)
    with pytest.raises(MasterKeyWrong):
        Master.read(path)


@pytest.mark.parametrize("text", ["", "short", "QUJD", "é" * 44])
def test_a_malformed_master_key_is_refused(text):
    with pytest.raises(MasterKeyWrong) as refused:
        Master.parse(text)
    assert text == "" or text not in str(refused.value)


def test_a_person_sees_their_own_public_name_beside_the_vault(database, li):
    with database.read() as tx:
        assert parties.get(tx, li).display_name == "Xiao M."
