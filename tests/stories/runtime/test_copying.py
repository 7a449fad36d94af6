"""COPY in turns on a real PostgreSQL: all is stored or nothing, and the connection goes on."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sycee.runtime.copying import copying
from sycee.runtime.db import Database, Tx

COPY = "COPY numbers (id) FROM STDIN (FORMAT binary)"


def rows(*numbers: int) -> bytes:
    return b"".join(struct.pack(">hiq", 1, 8, number) for number in numbers)


def stored(tx: Tx) -> list[int]:
    return [id for (id,) in tx.conn.execute("SELECT id FROM numbers ORDER BY id").fetchall()]


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.transaction(timeout_ms=20_000) as tx:  # one of the copies is large
        tx.conn.execute("CREATE TEMPORARY TABLE numbers (id int8 PRIMARY KEY) ON COMMIT DROP")
        tx.conn.execute("SAVEPOINT before")
        yield tx


def test_turns_follow_each_other_and_all_are_stored(tx: Tx) -> None:
    with copying(tx.conn, COPY) as copy:
        copy.write(rows(1, 2))
        copy.turn()
        copy.turn()  # of which there is nothing to store
        copy.write(rows(3))
        copy.write(rows(4))
        copy.turn()
        copy.write(rows(5))
    assert stored(tx) == [1, 2, 3, 4, 5]


def test_more_than_a_socket_takes_is_stored_too(tx: Tx) -> None:
    with copying(tx.conn, COPY) as copy:
        for start in range(0, 400_000, 100_000):
            copy.write(rows(*range(start, start + 100_000)))
            if start == 100_000:
                copy.turn()
    assert tx.conn.execute("SELECT count(*) FROM numbers").fetchone() == (400_000,)


def test_a_block_without_rows_copies_nothing(tx: Tx) -> None:
    with copying(tx.conn, COPY):
        pass
    assert stored(tx) == []


def copied(conn: psycopg.Connection[Any], *pieces: bytes, turns: bool) -> None:
    """Copy pieces of rows, each a turn of its own or none."""
    with copying(conn, COPY) as copy:
        for piece in pieces:
            copy.write(piece)
            if turns:
                copy.turn()


@pytest.mark.parametrize("turns", [True, False])
def test_a_row_that_is_taken_is_told_and_the_transaction_goes_on(tx: Tx, turns: bool) -> None:
    for pieces in ((rows(1, 1), rows(2)), (rows(1), rows(2), rows(1))):
        with pytest.raises(psycopg.errors.UniqueViolation):
            copied(tx.conn, *pieces, turns=turns)
        tx.conn.execute("ROLLBACK TO SAVEPOINT before")
    copied(tx.conn, rows(7), turns=turns)
    assert stored(tx) == [7]


@pytest.mark.parametrize("turned", [True, False])
def test_a_block_that_fails_stores_nothing_of_its_turn(tx: Tx, turned: bool) -> None:
    def fails() -> None:
        with copying(tx.conn, COPY) as copy:
            copy.write(rows(1))
            if turned:
                copy.turn()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    if turned:
        assert stored(tx) == [1], "that turn was complete: the transaction is whose block failed"
    else:
        assert tx.conn.info.transaction_status is psycopg.pq.TransactionStatus.INERROR
    tx.conn.execute("ROLLBACK TO SAVEPOINT before")
    assert stored(tx) == []


def test_what_is_no_row_is_told(tx: Tx) -> None:
    with pytest.raises(psycopg.errors.BadCopyFileFormat):
        copied(tx.conn, b"\x00\x02nonsense", turns=False)
    tx.conn.execute("ROLLBACK TO SAVEPOINT before")
    tx.conn.execute("DROP TABLE numbers")
    with pytest.raises(psycopg.errors.UndefinedTable):
        copied(tx.conn, rows(1), turns=False)
    tx.conn.execute("ROLLBACK TO SAVEPOINT before")
    assert stored(tx) == []


@pytest.mark.parametrize("turns", [True, False])
def test_a_server_that_went_away_is_told(
    database: Database, database_url: str, turns: bool
) -> None:
    def pieces(conn: psycopg.Connection[Any]) -> None:
        conn.execute("CREATE TEMPORARY TABLE numbers (id int8 PRIMARY KEY)")
        with copying(conn, COPY) as copy:
            copy.write(rows(1))
            with psycopg.connect(database_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
            for number in range(2, 2_000):
                copy.write(rows(*range(number * 1_000, number * 1_000 + 1_000)))
                if turns:
                    copy.turn()

    with database.connection() as conn, pytest.raises(psycopg.OperationalError):
        pieces(conn)
