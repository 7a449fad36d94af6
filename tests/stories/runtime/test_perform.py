"""The one door to a write, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import msgspec
import psycopg
import pytest

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Call, IdempotencyKeyReused, perform, perform_one

ALICE, BOB = UUID(int=1), UUID(int=2)


@dataclass(unsafe_hash=True)
class TooMuch(Refusal):
    """The tests refuse this amount."""

    code = "test-too-much"
    kind = Kind.LIMIT
    amount: int


class Add(msgspec.Struct, frozen=True):
    amount: int


class Added(msgspec.Struct, frozen=True):
    id: str
    amount: int


@pytest.fixture(autouse=True)
def effects(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE public.effects (id uuid PRIMARY KEY, amount bigint)")


def add(tx: Tx, commands: Sequence[Add]) -> list[Added | Refusal]:
    outcomes: list[Added | Refusal] = []
    for command in commands:
        if command.amount > 100:
            outcomes.append(TooMuch(command.amount))
            continue
        effect = uuid7()
        tx.conn.execute("INSERT INTO public.effects VALUES (%s, %s)", (effect, command.amount))
        outcomes.append(Added(str(effect), command.amount))
    return outcomes


def total(database: Database) -> int:
    with database.read() as tx:
        row = tx.conn.execute("SELECT coalesce(sum(amount), 0) FROM public.effects").fetchone()
        assert row is not None
        return int(row[0])


def call(key: str | None, amount: int, scope: UUID = ALICE) -> Call[Add]:
    return Call(scope, key, "test.add", Add(amount))


def test_a_replay_gives_the_first_answer_and_acts_once(database: Database) -> None:
    [first] = perform(database, [call("k", 5)], add)
    [second] = perform(database, [call("k", 5)], add)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.body == second.body
    assert second.result == {"id": first.result.id, "amount": 5}
    assert total(database) == 5


def test_a_key_with_another_body_is_refused_and_its_first_answer_stands(database: Database) -> None:
    perform(database, [call("k", 5)], add)
    [other] = perform(database, [call("k", 6)], add)
    assert isinstance(other.refusal, IdempotencyKeyReused)
    assert perform(database, [call("k", 5)], add)[0].replayed
    assert total(database) == 5


def test_a_key_belongs_to_its_scope(database: Database) -> None:
    answers = perform(database, [call("k", 5), call("k", 7, BOB)], add)
    assert [answer.replayed for answer in answers] == [False, False]
    assert total(database) == 12


def test_a_refusal_is_stored_and_its_late_duplicate_is_refused_alike(database: Database) -> None:
    [first] = perform(database, [call("k", 500)], add)

    def generous(tx: Tx, commands: Sequence[Add]) -> list[Added]:
        raise AssertionError("a stored refusal must not run its action again")

    [late] = perform(database, [call("k", 500)], generous)
    assert first.refusal is not None
    assert late.refusal is not None
    assert (late.refusal.code, late.refusal.kind) == ("test-too-much", Kind.LIMIT)
    assert late.refusal.facts() == {"amount": 500}
    assert late.refusal.title == first.refusal.title
    assert late.replayed


def test_a_refused_item_does_not_fail_its_neighbours(database: Database) -> None:
    answers = perform(database, [call("a", 1), call("b", 101), call("c", 3)], add)
    assert [answer.refusal is None for answer in answers] == [True, False, True]
    assert total(database) == 4


def test_twins_in_one_batch_share_one_outcome(database: Database) -> None:
    answers = perform(database, [call("k", 5), call("k", 5), call("k", 6)], add)
    assert answers[0].body == answers[1].body
    assert answers[1].replayed
    assert isinstance(answers[2].refusal, IdempotencyKeyReused)
    assert total(database) == 5


def test_a_call_that_got_no_answer_leaves_no_key(database: Database) -> None:
    def broken(tx: Tx, commands: Sequence[Add]) -> list[Added]:
        add(tx, commands)
        raise RuntimeError("the machine failed")

    with pytest.raises(RuntimeError):
        perform(database, [call("k", 5)], broken)
    assert total(database) == 0
    assert not perform(database, [call("k", 5)], add)[0].replayed
    assert total(database) == 5


def test_a_raised_refusal_is_rolled_back_and_stored(database: Database) -> None:
    def raising(tx: Tx, command: Add) -> Added:
        add(tx, [Add(1)])
        raise TooMuch(command.amount)

    answer = perform_one(database, call("k", 9), raising)
    assert answer.refusal is not None
    assert total(database) == 0
    assert perform_one(database, call("k", 9), raising).replayed


def test_a_call_without_a_key_runs_each_time(database: Database) -> None:
    answers = perform(database, [call(None, 2), call(None, 2), call("k", 3)], add)
    assert not any(answer.replayed for answer in answers)
    assert total(database) == 7


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_a_wrong_length_is_refused(database: Database, key: str) -> None:
    [answer] = perform(database, [call(key, 2)], add)
    assert answer.refusal is not None
    assert answer.refusal.code == "invalid-field"
    assert total(database) == 0


def test_racing_twins_act_once_and_agree(database: Database) -> None:
    start = threading.Barrier(8)

    def race(_: int) -> bytes:
        start.wait()
        return perform(database, [call("k", 5)], add)[0].body

    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(race, range(8)))
    assert len(bodies) == 1
    assert total(database) == 5


def test_opposite_batches_of_keys_never_deadlock(database: Database) -> None:
    keys = [f"key-{n}" for n in range(40)]

    def run(order: list[str]) -> None:
        for _ in range(10):
            perform(database, [call(key, 1) for key in order], add)

    with ThreadPoolExecutor(4) as pool:
        orders = [keys, keys[::-1]] * 2
        list(pool.map(run, orders))
    assert total(database) == 40


def test_two_that_wait_for_each_other_are_both_answered(database: Database) -> None:
    """PostgreSQL must find out before their statements run out of time."""
    with database.read() as tx:
        if tx.conn.execute("SHOW deadlock_timeout").fetchone() == ("1s",):
            pytest.skip("the tests' server is somebody's own, and has PostgreSQL's own setting")
    met = threading.Barrier(2)

    def run(locks: tuple[int, int]) -> int:
        tries: list[int] = []

        def cross(tx: Tx, commands: Sequence[Add]) -> list[Added | Refusal]:
            tries.append(1)
            for lock in locks:
                tx.conn.execute("SELECT pg_advisory_xact_lock(%s)", (lock,)).fetchall()
                if len(tries) == 1 and lock == locks[0]:
                    met.wait(20)
            return add(tx, commands)

        perform(database, [call(f"key-{locks[0]}", 5)], cross)
        return len(tries)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, [(1, 2), (2, 1)])) == [1, 2]
    assert total(database) == 10


def test_a_serialization_failure_is_retried_and_then_answered(database: Database) -> None:
    tries: list[int] = []

    def flaky(tx: Tx, commands: Sequence[Add]) -> list[Added | Refusal]:
        tries.append(1)
        if len(tries) < 3:
            tx.conn.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")
        return add(tx, commands)

    [answer] = perform(database, [call("k", 5)], flaky)
    assert answer.refusal is None
    assert len(tries) == 3
    assert total(database) == 5


@pytest.fixture
def first_commit_fails(database_url: str) -> None:
    """The first transaction that leaves an effect is told to try again, at its COMMIT."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            """
            CREATE SEQUENCE public.commits;
            CREATE FUNCTION public.first_fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('public.commits') = 1 THEN
                    RAISE EXCEPTION 'again' USING ERRCODE = '40001';
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON public.effects
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.first_fails()
            """
        )


@pytest.mark.usefixtures("first_commit_fails")
def test_a_commit_that_must_be_retried_acts_again_from_the_start(database: Database) -> None:
    [answer] = perform(database, [call("k", 5)], add)
    assert total(database) == 5
    with database.read() as tx:
        stands = tx.conn.execute("SELECT id::text FROM public.effects").fetchall()
    assert stands == [(answer.result.id,)]
    assert perform(database, [call("k", 5)], add)[0].body == answer.body


@pytest.mark.usefixtures("first_commit_fails")
def test_a_batch_that_fails_at_its_commit_is_run_again_whole(database: Database) -> None:
    calls = [call("a", 1), call("b", 101), call("c", 3)]
    answers = perform(database, calls, add)
    assert [answer.refusal is None for answer in answers] == [True, False, True]
    assert not any(answer.replayed for answer in answers)
    assert total(database) == 4
    again = perform(database, calls, add)
    assert [answer.body for answer in again] == [answer.body for answer in answers]
    assert all(answer.replayed for answer in again)
    assert total(database) == 4


def test_an_action_never_reads_on_for_a_call_that_has_its_answer(database: Database) -> None:
    read: list[list[int]] = []

    def look(tx: Tx, commands: Sequence[Add]) -> list[Added | Refusal]:
        asked = tx.conn.execute("SELECT count(*) FROM public.effects").fetchone()
        assert asked is not None
        read.append([command.amount for command in commands])
        return add(tx, commands)

    [first] = perform(database, [call("a", 1)], look)
    answers = perform(database, [call("b", 2), call("a", 1), call("c", 101)], look)
    assert read == [[1], [2, 101]]
    assert [answer.replayed for answer in answers] == [False, True, False]
    assert answers[1].body == first.body
    assert isinstance(answers[2].refusal, TooMuch)
    assert total(database) == 3


def test_an_action_that_cannot_be_done_twice_gives_its_first_answer(database: Database) -> None:
    def once(tx: Tx, commands: Sequence[Add]) -> list[Added]:
        tx.conn.execute("CREATE TABLE public.made_once (n int)")
        return [Added("", command.amount) for command in commands]

    first = perform(database, [call("a", 1), call("b", 2)], once)
    again = perform(database, [call("b", 2), call("a", 1)], once)
    assert [answer.body for answer in again] == [answer.body for answer in reversed(first)]
    assert all(answer.replayed for answer in again)


def test_a_batch_whose_statement_fails_shows_the_statements_own_error(database: Database) -> None:
    def divide(tx: Tx, commands: Sequence[Add]) -> list[Added]:
        tx.conn.execute("SELECT 1 / (%s - 7)", (commands[0].amount,))
        return [Added("", command.amount) for command in commands]

    with pytest.raises(psycopg.errors.DivisionByZero):
        perform(database, [call("a", 7), call("b", 7)], divide)
    answers = perform(database, [call("a", 8), call("b", 8)], divide)
    assert [answer.refusal for answer in answers] == [None, None]
