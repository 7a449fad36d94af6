"""The journal on a real PostgreSQL: order, horizon, and who reads what."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from sycee.core.journal import read
from sycee.core.journal.append import append
from sycee.core.journal.model import START, Cursor, Entry, Row, verify
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx

BUYER, SELLER, STRANGER = uuid7(), uuid7(), uuid7()


def entry(verb: str = "trade.paid", amount: int = 1, *, parties=(BUYER, SELLER)) -> Entry:
    body = {"trade": "trd_01", "amount_minor": amount, "lines": ["a", 2], "final": True}
    return Entry(parties[0] if parties else None, verb, uuid7(), parties, "payment", body)


def settled(database: Database, want: int, ask: Callable[[Tx], list[Row]]) -> list[Row]:
    """What `ask` reads once it reads `want` rows.

    Other databases of the same cluster may hold the horizon back for a moment.
    """
    deadline = time.monotonic() + 20
    while True:
        with database.read() as tx:
            rows = ask(tx)
        if len(rows) >= want or time.monotonic() > deadline:
            return rows
        time.sleep(0.02)


def everything(database: Database, want: int) -> list[Row]:
    return settled(database, want, read.since)


def test_what_is_appended_is_read_back_and_matches_its_leaf(database: Database) -> None:
    told = entry(amount=1234)
    with database.transaction() as tx:
        append(tx, [told])
    (row,) = everything(database, 1)
    assert (row.actor, row.verb, row.subject) == (told.actor, told.verb, told.subject)
    assert (row.parties, row.purpose, row.body) == (told.parties, told.purpose, told.body)
    assert row.at == tx.now
    assert row.salt is not None
    assert len(row.salt) == 32
    assert verify(row)


def test_every_row_has_a_salt_of_its_own(database: Database) -> None:
    told = entry()
    with database.transaction() as tx:
        append(tx, [told] * 50)
    rows = everything(database, 50)
    assert len({row.salt for row in rows}) == 50
    assert len({row.leaf for row in rows}) == 50


def test_the_ordinal_counts_on_over_several_calls_in_one_transaction(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=0), entry(amount=1)])
        append(tx, [])
        append(tx, [entry(amount=2)])
        with tx.conn.transaction():
            append(tx, [entry(amount=3), entry(amount=4)])
    rows = everything(database, 5)
    assert [row.ordinal for row in rows] == [0, 1, 2, 3, 4]
    assert [row.body["amount_minor"] for row in rows] == [0, 1, 2, 3, 4]
    assert len({row.xid for row in rows}) == 1


def test_five_hundred_rows_keep_their_order(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=n) for n in range(500)])
    rows = settled(database, 500, lambda tx: read.since(tx, limit=1_000))
    assert [row.body["amount_minor"] for row in rows] == list(range(500))
    assert all(verify(row) for row in rows)


def test_a_row_may_have_no_actor_and_no_parties(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry("house.opened", parties=())])
    (row,) = everything(database, 1)
    assert row.actor is None
    assert row.parties == ()
    assert verify(row)


def test_a_rolled_back_action_leaves_no_row(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=0)])
        tx.conn.execute("ROLLBACK")
        tx.conn.execute("BEGIN")
    with database.transaction() as tx:
        append(tx, [entry(amount=2)])
    assert [row.body["amount_minor"] for row in everything(database, 1)] == [2]


def test_a_wrong_body_writes_nothing_of_its_batch(database: Database) -> None:
    wrong = Entry(BUYER, "trade.paid", uuid7(), (BUYER,), "payment", {"price": 1.5})
    with database.transaction() as tx:
        with pytest.raises(ValueError, match="float"):
            append(tx, [entry(amount=1), wrong])
        append(tx, [entry(amount=2)])
    assert [row.body["amount_minor"] for row in everything(database, 1)] == [2]


def test_who_commits_late_is_never_skipped(database: Database) -> None:
    with database.connection() as early_conn:
        early_conn.execute("BEGIN")
        early = Tx(early_conn, database.clock.now(), database.clock)
        append(early, [entry(amount=1)])
        with database.transaction() as late:
            append(late, [entry(amount=2)])
        with database.read() as tx:
            assert read.since(tx) == []  # the later one has committed, and still waits its turn
            assert len(read.about(tx, uuid7())) == 0
        early_conn.execute("COMMIT")
    rows = everything(database, 2)
    assert [row.body["amount_minor"] for row in rows] == [1, 2]


def test_reading_page_by_page_from_the_cursor_meets_each_row_once(database: Database) -> None:
    for n in range(7):
        with database.transaction() as tx:
            append(tx, [entry(amount=2 * n), entry(amount=2 * n + 1)])
    everything(database, 14)
    seen: list[Row] = []
    cursor: Cursor | None = None
    with database.read() as tx:
        while page := read.since(tx, cursor, 3):
            assert len(page) <= 3
            seen += page
            cursor = page[-1].cursor
    assert [row.body["amount_minor"] for row in seen] == list(range(14))
    assert all(a.cursor < b.cursor for a, b in pairwise(seen))


def test_a_party_reads_only_what_concerns_it(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=1), entry(amount=2, parties=(STRANGER,)), entry(amount=3)])
        append(tx, [entry(amount=4, parties=(SELLER, SELLER))])
    everything(database, 4)

    def amounts(party):
        with database.read() as tx:
            return [row.body["amount_minor"] for row in read.since(tx, party=party)]

    assert amounts(BUYER) == [1, 3]
    assert amounts(SELLER) == [1, 3, 4]
    assert amounts(STRANGER) == [2]
    assert amounts(uuid7()) == []


def test_a_party_reads_the_newest_first_page_by_page(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=1), entry(amount=2, parties=(STRANGER,)), entry(amount=3)])
    with database.transaction() as tx:
        append(tx, [entry(amount=4, parties=(BUYER,))])
    everything(database, 4)
    seen: list[Row] = []
    while True:
        with database.read() as tx:
            rows = read.latest_of(tx, BUYER, seen[-1].cursor if seen else None, 2)
        if not rows:
            break
        seen += rows
    assert [row.body["amount_minor"] for row in seen] == [4, 3, 1]


def test_verbs_are_chosen_by_pattern(database: Database) -> None:
    verbs = ["trade.paid", "trade.refund.agreed", "transfer.made", "tradex.paid"]
    with database.transaction() as tx:
        append(tx, [entry(verb) for verb in verbs])
    everything(database, 4)

    def chosen(*patterns: str, party=None) -> list[str]:
        with database.read() as tx:
            return [row.verb for row in read.since(tx, verbs=patterns, party=party)]

    assert chosen("trade.*") == ["trade.paid", "trade.refund.agreed"]
    assert chosen("trade.paid", "transfer.*", party=BUYER) == ["trade.paid", "transfer.made"]
    assert chosen("*") == verbs
    assert chosen("trade_.paid") == []
    assert chosen("%") == []
    assert chosen() == []


def test_a_subject_has_its_history_at_once(database: Database) -> None:
    told = entry()
    with database.transaction() as tx:
        append(tx, [entry(), told])
        append(tx, [told])
        assert [row.ordinal for row in read.about(tx, told.subject)] == [1, 2]
        assert read.since(tx) == []  # its own rows are not settled before it commits


def test_one_row_is_found_at_its_place(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=1), entry(amount=2)])
    rows = everything(database, 2)
    with database.read() as tx:
        assert read.one(tx, rows[1].cursor) == rows[1]
        assert read.one(tx, START) is None


def test_starting_at_the_end_skips_what_is_settled(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, [entry(amount=1)])
    everything(database, 1)
    with database.read() as tx:
        place = read.end(tx)
    with database.transaction() as tx:
        append(tx, [entry(amount=2)])
    rows = settled(database, 1, lambda tx: read.since(tx, place))
    assert [row.body["amount_minor"] for row in rows] == [2]


def test_rows_come_in_the_order_of_numbers_where_a_number_gets_longer(database: Database) -> None:
    """As text '1000' comes before '999', and a reader that believed it would skip rows."""
    with database.transaction() as tx:
        append(tx, [entry()])
        for xid in (9, 10, 99, 100):
            tx.conn.execute(
                """
                INSERT INTO journal.entry
                SELECT %s::text::xid8, ordinal, gen_random_uuid(), at, actor, verb, subject,
                       parties, purpose, version, body, salt, leaf FROM journal.entry LIMIT 1
                """,
                (str(xid),),
            )
    rows = everything(database, 5)
    assert [row.xid for row in rows[:4]] == [9, 10, 99, 100]
    with database.read() as tx:
        one_by_one = [row.xid for row in read.since(tx, None, 1)]
        while len(one_by_one) < 4:
            one_by_one += [row.xid for row in read.since(tx, Cursor(one_by_one[-1], 0), 1)]
    assert one_by_one == [9, 10, 99, 100]
