"""The journal becomes a log: in commit order, once, and checked by whoever doubts it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.stories.transparency.conftest import SIGNER, Start, sealed, write

from sycee.core.journal import read as journal
from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import doctor
from sycee.kit.ids import public, uuid7
from sycee.oversight.transparency import call, checks, jobs, reading, store
from sycee.oversight.transparency.actions import seal, watch
from sycee.oversight.transparency.actions.seal import LogKeyDiffers, Signer
from sycee.oversight.transparency.model import merkle, notes, tiles
from sycee.oversight.transparency.model.refusals import LogEmpty, WitnessKnown
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_due


def leaves(database: Database) -> list[bytes]:
    """The leaves as the journal has them, in commit order."""
    with database.read() as tx:
        rows = tx.conn.execute("SELECT leaf FROM journal.entry ORDER BY xid, ordinal").fetchall()
    return [bytes(row[0]) for row in rows]


def latest(database: Database) -> notes.Checkpoint:
    with database.read() as tx:
        return notes.read(reading.checkpoint(tx).note).checkpoint


def found(database: Database) -> list[str]:
    """What the doctor names."""
    verdict = doctor.examine(database, checks.checks)
    return [each.subject for check in verdict.checks for each in check.differences]


def test_a_checkpoint_is_the_root_over_the_journal_in_commit_order(database: Database):
    with database.read() as tx, pytest.raises(LogEmpty):
        reading.log(tx)
    for count in (1, 2, 300, 5):
        write(database, count)
    sealed(database, 308)
    stated = latest(database)
    assert (stated.size, stated.origin) == (308, "house.example/log")
    assert stated.root == merkle.root(leaves(database))
    with database.read() as tx:
        note = notes.read(reading.log(tx).checkpoint)
    assert notes.signed_by(note, notes.verifier(SIGNER.verifier)) == 0
    assert found(database) == []


def test_a_row_that_commits_late_is_sealed_after_those_before_it_and_never_skipped(
    database: Database,
):
    with database.transaction() as late:
        append(late, [Entry(None, "trade.paid", uuid7(), (), "payment", {"late": True})])
        write(database, 3)
        seal.seal(late, SIGNER)  # sees only what settled before the open transaction
        assert store.read_head(late).size == 0
    sealed(database, 4)
    assert latest(database).root == merkle.root(leaves(database))
    assert found(database) == []


def test_sealers_that_race_seal_every_row_once(database: Database):
    stop = threading.Event()

    def work(n: int) -> None:
        while not stop.is_set():
            if n < 2:
                write(database, 7)
            else:
                jobs.seal_all(database, SIGNER)

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, n) for n in range(4)]
        threading.Event().wait(1.5)
        stop.set()
        for each in running:
            each.result()
    sealed(database, len(leaves(database)))
    stated = latest(database)
    assert stated.size == len(leaves(database)) > 50
    assert stated.root == merkle.root(leaves(database))
    assert found(database) == []


def test_a_batch_larger_than_one_transaction_is_sealed_in_several(database: Database, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 300)
    write(database, 700)
    sealed(database, 700)
    with database.read() as tx:
        sizes = [size for size, _ in store.checkpoints(tx, 0, 10)]
    assert sizes == [300, 600, 700]
    assert found(database) == []


def test_another_key_seals_nothing_and_the_name_stays(database: Database):
    write(database, 1)
    sealed(database, 1)
    other = Signer("elsewhere.example/log", SIGNER.key)
    write(database, 1)
    jobs.seal_all(database, other)
    sealed(database, 2)
    assert latest(database).origin == "house.example/log"
    stranger = Signer(SIGNER.name, Ed25519PrivateKey.generate())
    with pytest.raises(LogKeyDiffers), database.transaction() as tx:
        seal.seal(tx, stranger)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE journal.entry SET body = body || '{\"amount_minor\": 8}'", "evt_"),
        ("UPDATE journal.entry SET salt = set_byte(salt, 3, get_byte(salt, 3) # 1)", "evt_"),
        ("UPDATE journal.entry SET leaf = set_byte(leaf, 31, get_byte(leaf, 31) # 128)", "evt_"),
        ("UPDATE journal.entry SET purpose = 'credit'", "evt_"),
        ("DELETE FROM journal.entry", "rows of leaves from 0"),
    ],
)
def test_a_flipped_byte_is_found_and_its_row_named(
    database: Database, change: LiteralString, named: str
):
    write(database, 300)
    sealed(database, 300)
    with database.read() as tx:
        row = journal.since(tx, None, 200)[177]
    with database.connection() as conn:
        conn.execute(change + " WHERE id = %s", (row.id,))
    [subject] = found(database)
    expected = f"{public('evt', row.id)}, leaf 177" if named == "evt_" else named
    assert subject == expected


def test_a_tile_or_a_checkpoint_that_was_changed_is_found(database: Database):
    write(database, 600)
    sealed(database, 600)
    with database.connection() as conn:
        conn.execute(
            "UPDATE transparency.tile SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1)"
            " WHERE level = 1"
        )
    assert found(database) == ["tile/0/000", "checkpoint 600"]


def test_a_row_kept_from_whom_it_concerns_or_shown_to_another_is_found(database: Database):
    write(database, 2, [uuid7()])
    sealed(database, 2)
    with database.read() as tx:
        first, second = journal.since(tx, None, 2)
    with database.connection() as conn:
        conn.execute(
            "UPDATE journal.concern SET party = %s WHERE xid = %s::text::xid8 AND ordinal = %s",
            (uuid7(), first.xid, first.ordinal),
        )
        conn.execute(
            "DELETE FROM journal.concern WHERE xid = %s::text::xid8 AND ordinal = %s",
            (second.xid, second.ordinal),
        )
    assert sorted(found(database)) == sorted(
        [f"row {first.cursor}", f"row {first.cursor}", f"row {second.cursor}"]
    )


def test_proofs_of_many_rows_ask_no_more_than_those_of_a_few(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    write(database, 600)
    sealed(database, 600)
    with database.read() as tx:
        rows = journal.since(tx, None, 600)
        asked: list[object] = []
        execute = type(tx.conn).execute

        def counting(self, query, *arguments, **named):
            asked.append(query)
            return execute(self, query, *arguments, **named)

        monkeypatch.setattr(type(tx.conn), "execute", counting)
        views = reading.opened(tx, rows, 600)
        monkeypatch.undo()
        assert len(asked) <= 7, "the head, the rows' places twice, and the tiles"
        assert [view.index for view in views] == list(range(600))
        for view in (views[0], views[299], views[599]):
            assert view.proof == reading.inclusion(tx, view.index or 0, 600).proof


def test_an_erased_salt_leaves_the_proofs_standing(database: Database):
    party = uuid7()
    write(database, 5, [party])
    sealed(database, 5)
    with database.connection() as conn:
        conn.execute("UPDATE journal.entry SET salt = NULL WHERE ordinal = 2")
    assert found(database) == []
    with database.read() as tx:
        proof = reading.inclusion(tx, 2, None)
    assert proof.size == 5


def test_a_witness_cosigns_growth_and_remembers_over_a_restart(database: Database, witness: Start):
    write(database, 3)
    sealed(database, 3)
    key, address, process = witness(SIGNER.verifier)
    by = uuid7()
    registry = Jobs()
    registry.outside(seal.COSIGN, jobs._cosign)
    with database.transaction() as tx:
        watch.ask(tx, watch.Ask(by, key, address))
        with pytest.raises(WitnessKnown):
            watch.ask(tx, watch.Ask(by, key, address))
    sealed(database, 4)
    run_due(database, registry)
    with database.read() as tx:
        shown = reading.log(tx)
    assert shown.witnessed_size == shown.size == 4
    note = notes.read(shown.checkpoint)
    assert notes.signed_by(note, notes.verifier(key)) is not None

    process.kill()
    process.wait()
    _, again, _ = witness(SIGNER.verifier)
    with database.connection() as conn:
        conn.execute("UPDATE transparency.witness SET url = %s, size = 0", (again,))
    write(database, 600)
    sealed(database, 604)
    run_due(database, registry)
    with database.read() as tx:
        shown = reading.log(tx)
    assert (shown.witnessed_size, shown.witnesses[0].failure) == (604, None)


def test_a_witness_refuses_another_past_a_forged_note_and_a_strange_log(
    database: Database, witness: Start
):
    write(database, 9)
    sealed(database, 9)
    _, address, _ = witness(SIGNER.verifier)
    with database.read() as tx:
        note = reading.checkpoint(tx).note
    assert call.show(address, 0, [], note).status == 200
    assert call.show(address, 0, [], note) == call.Seen(409, size=9)

    def state(size: int, root: bytes, name: str = SIGNER.name, key=SIGNER.key) -> str:
        stated = notes.Checkpoint(name, size, root)
        return notes.Note(stated, (notes.sign(stated, name, key),)).text

    mine = [merkle.leaf_hash(bytes([n])) for n in range(12)]
    other_past = state(12, merkle.root(mine))
    proof = merkle.consistency_proof(mine, 9)
    assert call.show(address, 9, proof, other_past).status == 422
    assert call.show(address, 9, [], state(8, merkle.root(mine[:8]))).status == 400
    assert call.show(address, 9, [], state(9, bytes(32))) == call.Seen(409, size=9)
    stranger = Ed25519PrivateKey.generate()
    assert call.show(address, 9, [], state(12, bytes(32), key=stranger)).status == 403
    assert call.show(address, 9, [], state(12, bytes(32), "other/log")).status == 404
    assert call.show(address, 9, [], "nonsense").status == 400
    torn = note.rstrip("=\n") + "\n"
    assert call.show(address, 9, [], torn).status == 403


def test_a_witness_that_is_away_is_noted_and_holds_up_nothing(database: Database):
    with database.transaction() as tx:
        key = notes.verifier_of("gone.example", SIGNER.key, notes.COSIGNATURE).text
        watch.ask(tx, watch.Ask(uuid7(), key, "http://127.0.0.1:9"))
    sealed(database, 1)
    registry = Jobs()
    registry.outside(seal.COSIGN, jobs._cosign)
    run_due(database, registry)
    with database.read() as tx:
        shown = reading.log(tx)
    assert shown.size == 1
    assert (shown.witnessed_size, shown.witnesses[0].failure) == (0, "ConnectError")


def test_sealing_needs_one_row_for_many_leaves(database: Database):
    write(database, 1_000)
    sealed(database, 1_000)
    with database.read() as tx:
        rows = tx.conn.execute("SELECT count(*) FROM transparency.tile").fetchone()
    assert rows == (-(-1_000 // tiles.WIDTH) + 1,)
