"""A pipeline answers as psycopg does, tells errors where they are read, and never stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from sycee.runtime import arrays, pipeline
from sycee.runtime.db import Database, Tx
from sycee.runtime.pipeline import Answer, Connection, Misjudged, Pipeline, Unpipelined

NOW = datetime(2026, 2, 17, 8, 30, 0, 123_456, tzinfo=UTC)
ONE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    conn = Connection.connect(database_url, autocommit=True)
    yield conn
    conn.close()


QUESTIONS: list[tuple[LiteralString, Any]] = [
    ("SELECT 1, 2::bigint, 3.5::numeric, true, NULL::text", None),
    ("SELECT %s::bigint, %s::text, %s::uuid, %s::boolean", (7, "塞西", ONE, False)),
    ("SELECT %(a)s::text || %(b)s || %(a)s", {"a": "x", "b": "y"}),
    ("SELECT '50 %%', %s::int %% 7", (50,)),
    ("SELECT '50 %% of %s'", None),
    ("SELECT %s::timestamptz, %s::date, %s::interval", (NOW, date(2026, 2, 17), timedelta(1, 5))),
    ("SELECT unnest(%s), unnest(%s)", (arrays.texts([b"a", None]), arrays.bigints([1, 2**62]))),
    ("SELECT %s::jsonb, %s::bytea", ('{"a": [1, null]}', b"\x00\xff")),
    ("SELECT %s::uuid[], %s::text[]", ([ONE, ONE], ["a", "b"])),
    ("SELECT x FROM generate_series(1, 3) AS x WHERE x > %s", (9,)),
]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize(("query", "params"), QUESTIONS)
def test_values_are_those_of_psycopg(
    conn: Connection, query: LiteralString, params: Any, binary: bool
) -> None:
    """Twice, as the second time the statement is prepared already."""
    expected = conn.execute(query, params, binary=binary).fetchall()
    for _ in range(2):
        line = Pipeline(conn)
        answer = line.execute(query, params, binary=binary)
        assert answer.fetchall() == expected
        assert answer.rowcount == len(expected)
        line.commit()


def test_numbers_of_any_size_go_through_one_statement(conn: Connection) -> None:
    """A small and a large number have different types, so they are different statements."""
    for number in (1, 2**15, 2**31, 2**40, -(2**62), 10**30):
        line = Pipeline(conn)
        row = line.execute("SELECT %s::numeric", (number,)).fetchone()
        line.commit()
        assert row == (number,)


def test_answers_are_read_in_any_order(conn: Connection) -> None:
    line = Pipeline(conn)
    answers = [line.execute("SELECT %s::int + %s::int", (k, k)) for k in range(50)]
    assert answers[30].fetchone() == (60,)
    assert answers[10].fetchall() == [(20,)]
    line.commit()
    assert answers[49].fetchone() == (98,)


def test_rows_are_read_one_by_one_and_all(conn: Connection) -> None:
    line = Pipeline(conn)
    answer = line.execute("SELECT generate_series(1, 4)")
    assert answer.fetchone() == (1,)
    assert answer.fetchone() == (2,)
    assert answer.fetchall() == [(3,), (4,)]
    assert answer.fetchone() is None
    line.commit()


def test_a_cursor_is_for_one_statement(database: Database) -> None:
    """Its second answer could be taken for its first."""
    with pytest.raises(Unpipelined):
        _uses_a_cursor_twice(database)


def _uses_a_cursor_twice(database: Database) -> None:
    with database.pipeline() as tx, tx.conn.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
        cursor.execute("SELECT 2")


def test_many_and_a_cursor_of_its_own(database: Database) -> None:
    with database.transaction() as tx:
        tx.conn.execute("CREATE TABLE public.seen (n int)")
    with database.pipeline() as tx:
        with tx.conn.cursor() as cursor:
            cursor.executemany("INSERT INTO public.seen VALUES (%s)", [(1,), (2,), (3,)])
        changed = tx.conn.execute("UPDATE public.seen SET n = n + 1 WHERE n > 1")
        assert changed.rowcount == 2
    with database.read() as tx:
        assert tx.conn.execute("SELECT sum(n) FROM public.seen").fetchone() == (8,)


def test_an_error_is_told_where_an_answer_is_read_and_nothing_is_kept(database: Database) -> None:
    with database.transaction() as tx:
        tx.conn.execute("CREATE TABLE public.once (n int PRIMARY KEY)")
    with pytest.raises(errors.UniqueViolation):
        _twice(database)
    with database.read() as tx:
        assert tx.conn.execute("SELECT count(*) FROM public.once").fetchone() == (0,)


def _twice(database: Database) -> None:
    with database.pipeline() as tx:
        tx.conn.execute("INSERT INTO public.once VALUES (1)")
        tx.conn.execute("INSERT INTO public.once VALUES (1)")
        tx.conn.execute("SELECT 1").fetchone()


def test_an_error_that_nobody_read_is_told_by_the_commit(database: Database) -> None:
    with pytest.raises(errors.DivisionByZero), database.pipeline() as tx:
        tx.conn.execute("SELECT 1 / 0")


def test_what_was_expected_to_be_empty_is_read_first(database: Database) -> None:
    with database.pipeline() as tx:
        nothing = tx.conn.execute("SELECT 1 WHERE false")
        cast(Answer, nothing).expect_nothing()
        assert tx.conn.execute("SELECT 2").fetchone() == (2,)
        assert nothing.fetchall() == []
    read: list[object] = []

    def misjudge(reads: bool) -> None:
        with database.pipeline() as tx:
            cast(Answer, tx.conn.execute("SELECT 1")).expect_nothing()
            tx.conn.execute("CREATE TABLE public.never (n int)")
            if reads:
                read.append(tx.conn.execute("SELECT 2").fetchone())

    for reads in (True, False):
        with pytest.raises(Misjudged):
            misjudge(reads)
    assert read == []
    with database.read() as tx:
        assert tx.conn.execute("SELECT to_regclass('public.never')").fetchone() == (None,)


def test_the_pool_has_a_whole_connection_after_a_failure(database_url: str) -> None:
    database = Database(database_url, size=1)
    try:
        for _ in range(3):
            with pytest.raises(errors.UndefinedTable), database.pipeline() as tx:
                tx.conn.execute("SELECT FROM public.nowhere").fetchall()
            with database.pipeline() as tx:
                assert tx.conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        database.close()


@pytest.mark.parametrize("failing", ["SELECT 1 / 0", "SELEC", "SELECT FROM public.nowhere"])
def test_a_failure_costs_no_connection(database_url: str, failing: Any) -> None:
    """Nor does the next one believe in statements that were not prepared for the failure."""
    database = Database(database_url, size=1)
    try:
        with database.read() as tx:
            pid = tx.conn.info.backend_pid
        for _ in range(3):
            with pytest.raises(psycopg.Error):
                _fails(database, failing)
            with database.pipeline() as tx:
                assert tx.conn.execute("SELECT 41 + %s::int", (1,)).fetchone() == (42,)
                assert tx.conn.execute("SELECT pg_backend_pid()").fetchone() == (pid,)
    finally:
        database.close()


def _fails(database: Database, failing: Any) -> None:
    with database.pipeline() as tx:
        tx.conn.execute(failing)
        tx.conn.execute("SELECT 41 + %s::int", (1,))
        tx.conn.execute("SELECT pg_backend_pid()").fetchone()


def test_statements_that_psycopg_let_go_of_are_prepared_anew(conn: Connection) -> None:
    """It lets go of all that is prepared on a connection when something is rolled back on it."""

    def asks() -> None:
        line = Pipeline(conn)
        try:
            assert line.execute("SELECT 41 + %s::int", (1,)).fetchone() == (42,)
            line.commit()
        except psycopg.Error:
            line.roll_back()
            raise

    asks()
    for _ in range(8):
        conn.execute("SELECT %s::int", (1,))  # often enough for psycopg to prepare it
    conn.execute("BEGIN")
    conn.execute("ROLLBACK")
    conn.execute("SELECT 1")
    with pytest.raises(errors.InvalidSqlStatementName):
        asks()
    asks()
    asks()


def test_a_plan_that_fits_its_table_no_more_is_made_anew(database_url: str) -> None:
    def reads() -> list[Any]:
        with database.pipeline() as tx:
            return tx.conn.execute("SELECT * FROM public.seen").fetchall()

    database = Database(database_url, size=1)
    try:
        with database.transaction() as tx:
            tx.conn.execute("CREATE TABLE public.seen (n int)")
        assert reads() == []
        with database.transaction() as tx:
            tx.conn.execute("ALTER TABLE public.seen ADD COLUMN m int DEFAULT 3")
            tx.conn.execute("INSERT INTO public.seen VALUES (1)")
        with pytest.raises(errors.FeatureNotSupported):
            reads()
        assert reads() == [(1, 3)]
    finally:
        database.close()


def test_what_a_pipeline_did_before_a_failure_of_ours_is_undone(database_url: str) -> None:
    database = Database(database_url, size=1)
    try:
        with database.transaction() as tx:
            tx.conn.execute("CREATE TABLE public.seen (n int)")
        with pytest.raises(RuntimeError):
            _breaks(database)
        with database.read() as tx:
            assert tx.conn.execute("SELECT count(*) FROM public.seen").fetchone() == (0,)
    finally:
        database.close()


def _breaks(database: Database) -> None:
    with database.pipeline() as tx:
        tx.conn.execute("INSERT INTO public.seen VALUES (1)")
        assert tx.conn.execute("SELECT count(*) FROM public.seen").fetchone() == (1,)
        tx.conn.execute("INSERT INTO public.seen VALUES (2)")  # not even sent
        raise RuntimeError


def test_a_failure_at_the_commit_itself_costs_no_connection(database_url: str) -> None:
    database = Database(database_url, size=1)
    try:
        with database.transaction() as tx:
            tx.conn.execute("CREATE TABLE public.p (n int PRIMARY KEY)")
            tx.conn.execute(
                "CREATE TABLE public.c (n int REFERENCES public.p DEFERRABLE INITIALLY DEFERRED)"
            )
        for _ in range(2):
            with pytest.raises(errors.ForeignKeyViolation), database.pipeline() as tx:
                tx.conn.execute("INSERT INTO public.c VALUES (7)")
        with database.pipeline() as tx:
            assert tx.conn.execute("SELECT count(*) FROM public.c").fetchone() == (0,)
    finally:
        database.close()


def test_more_than_the_buffers_hold_goes_both_ways(conn: Connection) -> None:
    """The server must not wait to be read while we wait to be read."""
    text = "x" * 200_000
    line = Pipeline(conn)
    answers = [line.execute("SELECT %s::text", (text,)) for _ in range(100)]
    line.commit()
    assert all(answer.fetchone() == (text,) for answer in answers)


def test_what_is_kept_prepared_is_bounded(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "STATEMENTS_MAX", 3)
    for _ in range(2):
        line = Pipeline(conn)
        queries: list[Any] = [f"SELECT {n} + %s::int" for n in range(6)]
        assert [line.execute(query, (1,)).fetchone() for query in queries] == [
            (n + 1,) for n in range(6)
        ]
        line.commit()
    kept = conn.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert kept == (3,)


def test_a_server_that_is_gone_is_an_error(conn: Connection, database_url: str) -> None:
    line = Pipeline(conn)
    line.execute("SELECT 1").fetchone()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        _ask_until_it_fails(line)


def _ask_until_it_fails(line: Pipeline) -> None:
    for _ in range(1_000):
        line.execute("SELECT 1").fetchone()


def test_what_it_cannot_do_asks_for_a_transaction(database: Database) -> None:
    def copies(tx: Tx) -> None:
        tx.conn.transaction()

    with pytest.raises(Unpipelined), database.pipeline() as tx:
        copies(tx)
