"""What is asked again and again reads what it is about, and not all that there ever was."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import LiteralString
from uuid import UUID

from tests.stories.rows import MANY, fill, quiet, rows_read, rows_taken

from sycee.core.journal import read as journal
from sycee.core.journal.model import Cursor
from sycee.core.ledger import liabilities
from sycee.core.policy import usagerows as usage
from sycee.kit.ids import uuid7
from sycee.products.envelopes.store import envelopes
from sycee.products.wallet import store as transfers
from sycee.products.wallet.shops.sales import reading as sales
from sycee.runtime import jobs as queue
from sycee.runtime import leases
from sycee.runtime.crew import Crew
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Body, Jobs


def test_a_server_that_asks_what_was_emptied_reads_what_was_emptied(
    database_url: str, database: Database
):
    fill(
        database_url,
        (
            """
            INSERT INTO envelopes.envelope (id, sender, account, kind, currency, amount_minor,
                shares, cover, salt, named, commitment, seed, state, taken, claimed, claimed_minor,
                refunded_minor, returned, created_at, expires_at, ended_at)
            SELECT gen_random_uuid(), %(one)s, %(one)s, 'equal', 'CNY', 1, 1, 'plain', '', '{}',
                '', '', 'empty', 1, 1, 1, 0, '{}', now(), now(), now() - n * interval '1 minute'
            FROM generate_series(1, %(many)s) AS s (n)
            """,
            {"one": uuid7(), "many": MANY},
        ),
        (
            """
            INSERT INTO envelopes.link (digest, envelope)
            SELECT sha256(id::text::bytea), id FROM envelopes.envelope
            """,
            (),
        ),
    )
    now = database.clock.now()

    def learn(tx: Tx) -> None:
        found = envelopes.emptied_since(tx, now - timedelta(minutes=10), UUID(int=0), 500)
        assert 9 <= len(found) <= 10

    quiet(database, "envelopes")
    assert sum(rows_read(database, "envelopes", learn)) < 30, "each and its link"


def test_use_of_limits_that_is_past_is_deleted_without_reading_what_is_not(
    database_url: str, database: Database
):
    fill(
        database_url,
        (
            """
            INSERT INTO policy.usage (party, limit_id, window_on, amount_minor, count)
            SELECT gen_random_uuid(), gen_random_uuid(),
                CASE WHEN n > 5 THEN current_date WHEN n > 2 THEN current_date - 400
                     ELSE date '0001-01-01' END, 1, 1
            FROM generate_series(1, %s) AS s (n)
            """,
            (MANY,),
        ),
    )
    with database.transaction() as tx:
        gone = usage.purge(tx, database.clock.now() - timedelta(days=300), 500)
        tx.conn.execute("SELECT pg_stat_force_next_flush()")
    assert gone == 3, "what is of no window is kept"
    with database.read() as tx:  # what an index passes over inside itself is counted nowhere
        scans = tx.conn.execute(
            "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'usage_past'"
        ).fetchone()
    assert scans == (1,)


def test_whether_the_days_totals_are_made_is_not_asked_of_every_account(
    database_url: str, database: Database
):
    def lacks(tx: Tx, *done: str) -> bool:
        return liabilities.lacks(tx, set(done))

    with database.read() as tx:
        assert not lacks(tx), "an empty house owes nobody"
    fill(
        database_url,
        (
            """
            INSERT INTO ledger.accounts (id, code, currency, last_at, opened_at)
            SELECT gen_random_uuid(), CASE WHEN n > 2 THEN 200 ELSE 100 END,
                CASE WHEN n = 1 THEN 'EUR' ELSE 'CNY' END, now(), now()
            FROM generate_series(1, %s) AS s (n)
            """,
            (MANY,),
        ),
    )
    with database.read() as tx:
        assert lacks(tx), "nothing is made today"

    def ask(tx: Tx) -> None:
        assert lacks(tx, "CNY")
        assert not lacks(tx, "CNY", "EUR")

    quiet(database, "ledger")
    assert sum(rows_read(database, "ledger", ask)) <= 4


def test_a_refund_finds_its_payment_among_all_that_were_ever_made(
    database_url: str, database: Database
):
    shop, payment = uuid7(), UUID(int=7)
    fill(
        database_url,
        (
            """
            INSERT INTO wallet.transfers (payer, id, payee, amount_minor, currency, posted_at)
            SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid, %s, 100, 'CNY', now()
            FROM generate_series(1, %s) AS s (n)
            """,
            (shop, MANY),
        ),
    )

    def find(tx: Tx) -> None:
        row = transfers.find(tx, shop, payment)
        assert row is not None
        assert transfers.find(tx, row.payer, payment) == row
        assert transfers.find(tx, uuid7(), payment) is None
        query: LiteralString = "EXPLAIN " + transfers.FIND
        plan = tx.conn.execute(query, {"id": payment, "party": shop}).fetchall()
        bounds = [line for (line,) in plan if "Index Cond" in line]
        assert len(bounds) == 2
        assert all("id = " in line and "paye" in line for line in bounds), plan

    quiet(database, "wallet")
    assert sum(rows_read(database, "wallet", find, write=True)) <= 3


def test_who_looks_for_rare_events_reads_a_piece_at_a_time(database_url: str, database: Database):
    shop = uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO journal.entry
            SELECT pg_current_xact_id(), n, gen_random_uuid(), now(), NULL,
                CASE WHEN n = %(many)s THEN 'link.paid' ELSE 'trade.paid' END, %(shop)s,
                ARRAY[%(shop)s]::uuid[], 'test', 1, '{}', NULL, ''
            FROM generate_series(1, %(many)s) n
            """,
            {"shop": shop, "many": MANY},
        ),
        (
            """
            INSERT INTO journal.concern
            SELECT %s, pg_current_xact_id(), n FROM generate_series(1, %s) n
            """,
            (shop, MANY),
        ),
    )
    found, places = [], [journal.START]

    def look(tx: Tx) -> None:
        rows, end = journal.search(tx, shop, places[-1], 20, ["link.*"])
        found.extend(row.verb for row in rows)
        places.append(end or places[-1])

    quiet(database, "journal")
    for _ in range(MANY // journal.LOOKED_MOST):
        assert found == []
        assert sum(rows_read(database, "journal", look)) < 3.1 * journal.LOOKED_MOST
    assert found == ["link.paid"]

    after = ["1-0"]

    def hear(tx: Tx) -> None:
        strand = sales.stream(tx, shop, after[-1])
        assert strand.events == []
        after.append(strand.after)

    for _ in range(MANY // journal.LOOKED_MOST):
        assert sum(rows_read(database, "journal", hear)) < 3.1 * journal.LOOKED_MOST
    rows_read(database, "journal", hear)
    assert sum(rows_read(database, "journal", hear)) == 0, "each is no sale once"

    def back(tx: Tx) -> None:
        tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # in time it would be so
        place = Cursor(places[-1].xid, MANY // 2)
        rows = journal.latest_of(tx, shop, place, 20)
        assert [row.cursor.ordinal for row in rows] == [place.ordinal - n for n in range(1, 21)]
        assert journal.latest(tx, shop, ["trade.paid"], place, 20) == rows

    assert sum(rows_read(database, "journal", back)) < 3.1 * 20


def test_who_answers_is_called_however_many_calls_wait_for_one_who_does_not(database_url: str):
    fill(
        database_url,
        (
            """
            INSERT INTO runtime.jobs (id, kind, body, run_at, created_at)
            SELECT gen_random_uuid(), 'test.call', '{"to": "silent"}', now() - n * interval '1 s',
                now() FROM generate_series(1, %s) AS s (n)
            """,
            (MANY,),
        ),
        (
            """
            INSERT INTO runtime.jobs (id, kind, body, run_at, created_at)
            VALUES (gen_random_uuid(), 'test.call', '{"to": "ready"}', now(), now())
            """,
            (),
        ),
    )
    over, called = Event(), Event()

    def call(database: Database, body: Body) -> None:
        if body["to"] == "silent":
            over.wait(20)
        else:
            called.set()

    jobs, crew, database = Jobs(), Crew(hands=2), Database(database_url, size=1)
    jobs.outside("test.call", call, apart="to")
    try:
        quiet(database, "runtime")
        for _ in range(4):
            took = rows_taken(database, "runtime", lambda: queue.run_due(database, jobs, crew=crew))
            assert took < 2.1 * leases.PIECE
        assert called.wait(10)
    finally:
        over.set()
        crew.closing = True
        crew.close()
        database.close()
