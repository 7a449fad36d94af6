"""A page of a long list reads a page, whatever else there is of its kind."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.stories.rows import MANY, fill, quiet, rows_read

from sycee.core.journal.webhooks import rows as deliveries
from sycee.core.journal.webhooks.model import DeliveryState
from sycee.core.ledger import activity
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, Status
from sycee.kit.ids import uuid7
from sycee.products.escrow.store import lists
from sycee.products.wallet import store as transfers
from sycee.products.wallet.bank.store import lines
from sycee.products.wallet.people.requests import store as requests
from sycee.products.wallet.shops.offers import store as offers
from sycee.products.wallet.shops.offers.model import Sort, State, standing
from sycee.products.wallet.shops.sales import reading as sales
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page


def test_codes_of_a_sort_and_a_state_are_found_among_all(database_url: str, database: Database):
    shop = uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO shops.offer (id, payee, sort, token, currency, once, tips, memo, place,
                category, state, created_at, expires_at)
            SELECT gen_random_uuid(), %s, 'dynamic', gen_random_uuid(), 'CNY', true, false, false,
                'CN', 'general', CASE WHEN n %% 2 = 0 THEN 'open' ELSE 'closed' END, now(),
                CASE WHEN n > 4 THEN now() - interval '1 hour'
                     WHEN n > 2 THEN now() + interval '1 hour' END
            FROM generate_series(1, %s) AS s (n)
            """,
            (shop, MANY),
        ),
    )
    quiet(database, "shops")
    found: list[int] = []
    read = rows_read(
        database, "shops", lambda tx: found.append(offers.count_open(tx, shop)), write=True
    )
    assert found == [2], "one without an end, and one whose end is to come"
    assert sum(read) <= 2
    sale = (Sort.STATIC, Sort.DYNAMIC)
    for sorts, state, many in (
        ((Sort.LINK,), None, 0),
        (sale, None, 20),
        (sale, State.OPEN, 2),
        (sale, State.EXPIRED, 20),
        (sale, State.PAID, 0),
    ):

        def page(tx: Tx, sorts=sorts, state=state, many=many) -> None:
            tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            rows = offers.page(tx, shop, sorts, state, None, 20)
            assert len(rows) == many
            assert rows == sorted(rows, key=lambda row: row.id, reverse=True)
            assert {standing(row, tx.now) for row in rows} <= {state} or state is None

        assert sum(rows_read(database, "shops", page)) <= 2 * many + 2, (sorts, state)


def test_what_died_on_its_way_is_found_among_all_that_arrived(
    database_url: str, database: Database
):
    endpoint = uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO webhooks.delivery (id, endpoint, event, verb, xid, ordinal, state, tries,
                attempts, created_at, ended_at)
            SELECT lpad(to_hex(n), 32, '0')::uuid, %s, gen_random_uuid(), 'transfer.made',
                pg_current_xact_id(), n, CASE WHEN n IN (5, 9) THEN 'dead' ELSE 'delivered' END, 1,
                1, now(), now() FROM generate_series(1, %s) AS s (n)
            """,
            (endpoint, MANY),
        ),
    )

    def dead(tx: Tx) -> None:
        tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # in time it would be so
        found = deliveries.of_endpoint(tx, endpoint, DeliveryState.DEAD, None, 20)
        assert [row.id.int for row in found] == [9, 5]

    def again(tx: Tx) -> None:
        day = database.clock.now() - timedelta(days=1)
        assert [id_.int for id_ in deliveries.dead_since(tx, endpoint, day, 20)] == [5, 9]

    def last(tx: Tx) -> None:
        found = deliveries.of_endpoint(tx, endpoint, None, UUID(int=11), 20)
        assert [row.id.int for row in found] == [*range(10, 0, -1)]

    quiet(database, "webhooks")
    assert sum(rows_read(database, "webhooks", dead)) == 2
    assert sum(rows_read(database, "webhooks", again, write=True)) == 2
    assert sum(rows_read(database, "webhooks", last)) == 10


def test_a_bank_file_is_compared_with_lines_that_were_shown_twice_only(
    database_url: str, database: Database
):
    account, first, second, twice = uuid7(), UUID(int=1), UUID(int=2), UUID(int=7)
    fill(
        database_url,
        (
            """
            INSERT INTO bank.statement (account, id, file, sequence, opening_on, closing_on,
                opening_minor, closing_minor, net_minor, lines, imported_at)
            SELECT %s, s.id, s.id, s.n, current_date, current_date, 0, 0, 0, 0, now()
            FROM unnest(%s::uuid[]) WITH ORDINALITY AS s (id, n)
            """,
            (account, [first, second]),
        ),
        (
            """
            INSERT INTO bank.shown (account, statement, line, again)
            SELECT %s, %s, lpad(to_hex(n), 32, '0')::uuid, false FROM generate_series(1, %s) s (n)
            """,
            (account, first, MANY),
        ),
        (
            """
            INSERT INTO bank.line (account, id, entry, part, incoming, amount_minor, booked_on,
                state, file, imported_at)
            VALUES (%s, %s, 'e', 0, true, 90, current_date, 'own', %s, now())
            """,
            (account, twice, first),
        ),
        (  # as a version before this one would: it may be writing still
            "INSERT INTO bank.shown (account, statement, line) VALUES (%s, %s, %s)",
            (account, second, twice),
        ),
    )

    def compare(tx: Tx) -> None:
        kept = lines.statements(tx, account)
        assert [(row.id, row.shared_minor) for row in kept] == [(first, 0), (second, 90)]

    quiet(database, "bank")
    assert sum(rows_read(database, "bank", compare, write=True)) < 10


def test_a_new_till_does_not_look_through_what_was_paid_before_it_was_one(
    database_url: str, database: Database
):
    shop, till = uuid7(), uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO identity.device (id, party, kind, role, credential, public_key, bound_key,
                sign_count, synced, added_at)
            VALUES (%s, %s, 'till', 'cashier', 'c', 'p', decode(repeat('04', 65), 'hex'), 0, false,
                now())
            """,
            (till, shop),
        ),
        (
            """
            INSERT INTO wallet.transfers (payer, id, payee, amount_minor, currency, posted_at,
                device)
            SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid, %s, 100, 'CNY',
                now() - interval '2 days', gen_random_uuid() FROM generate_series(1, %s) AS s (n)
            """,
            (shop, MANY),
        ),
    )
    caller = Caller(shop, till, frozenset(), device=till)

    def mine(tx: Tx) -> None:
        assert sales.sales(tx, caller, Page(20), mine=True).items == []

    quiet(database, "wallet")
    assert sum(rows_read(database, "wallet", mine)) == 0


def test_the_last_page_of_a_long_list_reads_a_page(database_url: str, database: Database):
    shop = uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO escrow.role (party, trade, side)
            SELECT %s, lpad(to_hex(n), 32, '0')::uuid, 'seller'
            FROM generate_series(1, %s) AS s (n)
            """,
            (shop, MANY),
        ),
    )

    def last(tx: Tx) -> None:
        tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # in time it would be so
        assert len(lists.ids_of(tx, shop, "seller", UUID(int=21), 21)) == 20

    quiet(database, "escrow")
    assert sum(rows_read(database, "escrow", last)) <= 21


def test_parties_of_a_rare_kind_or_status_are_found_among_all(
    database_url: str, database: Database
):
    fill(
        database_url,
        (
            """
            INSERT INTO parties.party (id, kind, display_name, jurisdiction, zone, tier, status,
                created_at, changed_at)
            SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n IN (5, 9) THEN 'biller'
                WHEN n %% 2 = 1 THEN 'merchant' ELSE 'person' END, 'Li', 'CN', 'UTC', 'standard',
                CASE WHEN n IN (9, 12) THEN 'restricted' ELSE 'active' END, now(), now()
            FROM generate_series(1, %s) AS s (n)
            """,
            (MANY,),
        ),
    )
    quiet(database, "parties")
    for kind, status, after, found in (
        (Kind.BILLER, None, None, [5, 9]),
        (None, Status.RESTRICTED, None, [9, 12]),
        (Kind.BILLER, Status.RESTRICTED, None, [9]),
        (Kind.BILLER, None, UUID(int=5), [9]),
        (Kind.DRIVER, None, None, []),
        (None, Status.ACTIVE, UUID(int=8), [10, 11, *range(13, 31)]),
    ):

        def page(tx: Tx, kind=kind, status=status, after=after, found=found) -> None:
            tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # in time it would be
            rows = parties.page(tx, kind=kind, status=status, after=after, limit=20)
            assert [row.id.int for row in rows] == found

        assert sum(rows_read(database, "parties", page)) <= 3 * 20, (kind, status)


def test_trades_that_wait_are_found_among_all_that_ended(database_url: str, database: Database):
    fill(
        database_url,
        (
            """
            INSERT INTO escrow.trade (id, state, delivery, fee_account, currency, fee_bps, category,
                channel, title, freight_minor, total_minor, paid_minor, released_minor, fee_minor,
                refunded_minor, reclaimed_minor, held_minor, extended, created_at, parts)
            SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n IN (5, 9) THEN 'wait-seller-ship'
                WHEN n = 7 THEN 'wait-buyer-pay' WHEN n %% 2 = 0 THEN 'closed' ELSE 'finished' END,
                'ship', gen_random_uuid(), 'CNY', 60, 'goods', 'web', 'Tea', 0, 1, 0, 0, 0, 0, 0, 0,
                false, now(), '{}' FROM generate_series(1, %s) AS s (n)
            """,
            (MANY,),
        ),
    )
    quiet(database, "escrow")
    for state, before, found in (
        ("wait-seller-ship", None, [9, 5]),
        ("wait-seller-ship", UUID(int=9), [5]),
        ("wait-buyer-pay", None, [7]),
        ("wait-buyer-confirm", None, []),
        ("finished", UUID(int=10), [3, 1]),
    ):

        def page(tx: Tx, state=state, before=before, found=found) -> None:
            tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            assert [id_.int for id_ in lists.all_ids(tx, state, before, 20)] == found

        assert sum(rows_read(database, "escrow", page)) < 20, state


def test_open_requests_are_counted_among_all_that_ended(database_url: str, database: Database):
    payee, payer = uuid7(), uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO people.request (id, payee, payer, currency, memo, state, created_at,
                expires_at)
            SELECT gen_random_uuid(), CASE WHEN n %% 2 = 1 THEN %s ELSE gen_random_uuid() END,
                CASE WHEN n = 1 THEN %s ELSE gen_random_uuid() END, 'CNY', false,
                CASE WHEN n %% 2 = 1 AND n > 5 THEN 'expired' ELSE 'open' END, now(),
                now() + interval '1 day' FROM generate_series(1, %s) AS s (n)
            """,
            (payee, payer, MANY),
        ),
    )

    def count(tx: Tx) -> None:
        tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        assert requests.count_open(tx, payee, None) == 3
        assert requests.count_open(tx, payee, payer) == 1

    quiet(database, "people")
    assert sum(rows_read(database, "people", count, write=True)) <= 2 * 3


def test_what_came_by_a_link_is_not_looked_for_among_all_that_came(
    database_url: str, database: Database
):
    shop, wall, link = uuid7(), uuid7(), uuid7()
    fill(
        database_url,
        (
            """
            INSERT INTO wallet.transfers (payer, id, payee, amount_minor, currency, posted_at,
                origin)
            SELECT gen_random_uuid(), gen_random_uuid(),
                CASE WHEN n %% 2 = 1 THEN %s ELSE gen_random_uuid() END, 100, 'CNY', now(),
                CASE WHEN n = 1 THEN %s WHEN n %% 3 = 1 THEN %s END::uuid
            FROM generate_series(1, %s) AS s (n)
            """,
            (shop, link, wall, MANY),
        ),
    )
    links = [link, *(uuid7() for _ in range(20))]

    def sums(tx: Tx) -> None:
        tx.conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        assert transfers.by_origin(tx, shop, links) == {link: (1, 100, 0, 0)}

    quiet(database, "wallet")
    assert sum(rows_read(database, "wallet", sums)) == 1


def test_a_month_of_a_large_shop_is_added_up_where_it_lies(database_url: str, database: Database):
    account, apart, back = uuid7(), UUID(int=1), UUID(int=2)
    fill(
        database_url,
        (
            """
            INSERT INTO ledger.transfers (id, debit, credit, amount_minor, code, kind, posted_at,
                debit_after, credit_after)
            SELECT gen_random_uuid(), lpad(to_hex(n), 32, '0')::uuid, %s, 10,
                CASE n WHEN 2 THEN 203 ELSE 200 END, 1, now() - n * interval '1 second', 0, 0
            FROM generate_series(1, %s) AS s (n)
            """,
            (account, MANY),
        ),
    )
    now = database.clock.now()
    with database.read() as tx:
        rows = activity.by_counterparty(
            tx,
            account,
            now - timedelta(days=1),
            now + timedelta(days=1),
            apart=[apart],
            by_each=[("wallet.refund", True)],
        )
    assert sorted(rows, key=str) == [
        (None, "wallet.pay", True, MANY - 2, 10 * (MANY - 2)),
        (apart, "wallet.pay", True, 1, 10),
        (back, "wallet.refund", True, 1, 10),
    ]
