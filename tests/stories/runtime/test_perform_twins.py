"""Two who act on one key at once: one commits, the other answers as it did, whatever it met."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import msgspec
import psycopg
import pytest

from sycee.kit.errors import Kind, Refusal
from sycee.runtime import perform as performing
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Answer, Call, IdempotencyKeyReused, perform

ALICE = UUID(int=1)


@dataclass(unsafe_hash=True)
class SeatTaken(Refusal):
    """Somebody has it."""

    code = "test-seat-taken"
    kind = Kind.CONFLICT


class Take(msgspec.Struct, frozen=True):
    """Take a seat that only one can have."""

    seat: int


class Taken(msgspec.Struct, frozen=True):
    by: str


@pytest.fixture(autouse=True)
def seats(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE public.seats (seat int PRIMARY KEY, by text)")


def taken(database: Database) -> list[tuple[int, str]]:
    with database.read() as tx:
        rows = tx.conn.execute("SELECT seat, by FROM public.seats ORDER BY seat").fetchall()
    return [(row[0], row[1]) for row in rows]


def keys(database: Database) -> int:
    with database.read() as tx:
        row = tx.conn.execute("SELECT count(*) FROM runtime.keys").fetchone()
    assert row is not None
    return row[0]


def call(key: str, seat: int) -> Call[Take]:
    return Call(ALICE, key, "test.take", Take(seat))


Plural = Callable[[Tx, Sequence[Take]], Sequence[Taken | Refusal]]


def meanwhile(database: Database, calls: Sequence[Call[Take]]) -> Plural:
    """An action during whose first run somebody else performs `calls`, and commits."""
    done: list[Answer] = []

    def action(tx: Tx, commands: Sequence[Take]) -> Sequence[Taken | Refusal]:
        if not done:
            done.extend(perform(database, calls, inserting("other")))
        return inserting("this")(tx, commands)

    return action


def inserting(by: str) -> Plural:
    """An action that knows of no conflict: what it meets is an error of the database's."""

    def action(tx: Tx, commands: Sequence[Take]) -> list[Taken | Refusal]:
        for command in commands:
            tx.conn.execute("INSERT INTO public.seats VALUES (%s, %s)", (command.seat, by))
        return [Taken(by) for _ in commands]

    return action


def test_one_who_is_overtaken_answers_as_the_other_did(database: Database) -> None:
    """The action meets a row of its own making, which it takes for a fault; it is none."""
    [answer] = perform(database, [call("k", 1)], meanwhile(database, [call("k", 1)]))
    assert answer.replayed
    assert answer.result == {"by": "other"}
    assert taken(database) == [(1, "other")]


def test_of_a_batch_only_the_overtaken_is_answered_so(database: Database) -> None:
    calls = [call("a", 1), call("b", 2), call("c", 3)]
    answers = perform(database, calls, meanwhile(database, [call("b", 2)]))
    assert [answer.replayed for answer in answers] == [False, True, False]
    assert taken(database) == [(1, "this"), (2, "other"), (3, "this")]
    assert keys(database) == 3


def test_what_was_done_without_an_error_is_undone_too(database: Database) -> None:
    """No row stands in the way; the key alone says that it was done already."""

    def elsewhere(tx: Tx, commands: Sequence[Take]) -> list[Taken]:
        if not done:
            done.extend(perform(database, [call("k", 1)], inserting("other")))
        tx.conn.execute("INSERT INTO public.seats VALUES (%s, 'this')", (100 + len(done),))
        return [Taken("this")]

    done: list[Answer] = []
    [answer] = perform(database, [call("k", 1)], elsewhere)
    assert answer.result == {"by": "other"}
    assert taken(database) == [(1, "other")]


def test_a_refusal_that_came_second_is_not_the_answer(database: Database) -> None:
    """The second one finds the seat taken, by itself; the first one's success is what stands."""

    def careful(tx: Tx, commands: Sequence[Take]) -> list[Taken | Refusal]:
        if not done:
            done.extend(perform(database, [call("k", 1)], inserting("other")))
        row = tx.conn.execute("SELECT by FROM public.seats WHERE seat = 1").fetchone()
        return [SeatTaken() if row else Taken("this")]

    done: list[Answer] = []
    [answer] = perform(database, [call("k", 1)], careful)
    assert answer.refusal is None
    assert answer.result == {"by": "other"}


def test_one_overtaken_by_another_command_is_refused(database: Database) -> None:
    [answer] = perform(database, [call("k", 1)], meanwhile(database, [call("k", 2)]))
    assert isinstance(answer.refusal, IdempotencyKeyReused)
    assert taken(database) == [(2, "other")]


def test_a_fault_that_no_twin_explains_reaches_the_caller(database: Database) -> None:
    perform(database, [call("first", 1)], inserting("other"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        perform(database, [call("second", 1)], inserting("this"))
    assert keys(database) == 1


def test_who_is_overtaken_again_and_again_gives_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "RACES", 2)
    runs: list[int] = []

    def unlucky(tx: Tx, commands: Sequence[Take]) -> list[Taken]:
        runs.append(len(commands))
        perform(database, [call(f"k{len(runs)}", len(runs))], inserting("other"))
        raise RuntimeError("met something")

    with pytest.raises(RuntimeError):
        perform(database, [call(f"k{n}", n) for n in range(1, 6)], unlucky)
    assert len(runs) == 1 + 1 + 2, "in a pipeline, in a transaction, and twice again"
    assert all(by == "other" for _, by in taken(database))


def test_batches_that_share_some_keys_act_once_on_each(database: Database) -> None:
    """Eight at once, each with half of its keys in common with the next, in opposite orders."""
    start = threading.Barrier(8)

    def adding(tx: Tx, commands: Sequence[Take]) -> list[Taken]:
        for command in commands:
            tx.conn.execute(
                "INSERT INTO public.seats VALUES (%s, '1')"
                " ON CONFLICT (seat) DO UPDATE SET by = (seats.by::int + 1)::text",
                (command.seat,),
            )
        return [Taken("all") for _ in commands]

    def race(n: int) -> list[Answer]:
        seats = list(range(n * 10, n * 10 + 20))
        start.wait()
        calls = [call(f"key-{seat}", seat) for seat in (seats if n % 2 else seats[::-1])]
        return perform(database, calls, adding, timeout_ms=20_000)

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for rows in pool.map(race, range(8)) for answer in rows]
    assert all(answer.refusal is None for answer in answers)
    assert sum(not answer.replayed for answer in answers) == 90
    assert taken(database) == [(seat, "1") for seat in range(90)]
