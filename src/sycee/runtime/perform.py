"""The one door to a write: look for the keys, act, store keys and answers, commit, then answer.

Same key and same command: the stored answer, marked as a replay. Same key, another command:
refused. A refused command moves no money and stores its refusal on its key, so that a late
duplicate cannot pay after a top-up. Only a call that got no answer leaves no key. There is no "in
progress" state: of two who act on one key at once, the primary key of `runtime.keys` lets one
commit; what the other did is rolled back, and it answers as the first did. API, command line and
worker all come through here.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import msgspec
import psycopg
from psycopg import errors as pg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from sycee.kit.errors import Invalid, Kind, Refusal
from sycee.runtime import arrays
from sycee.runtime.db import NIL, STATEMENT_TIMEOUT_MS, Database, Tx
from sycee.runtime.pipeline import Answer as Asked
from sycee.runtime.pipeline import Misjudged, Unpipelined

C = TypeVar("C")

RETRIES = 3
"""How often 40001 and 40P01 are retried, here and nowhere else."""

_RETRIED = (pg.SerializationFailure, pg.DeadlockDetected)

_UNSERVED = (PoolTimeout, PoolClosed, TooManyRequests)

RACES = 8
"""How often a batch runs again because others stored answers under its keys meanwhile."""

HOUSE = NIL
"""The scope of a call that nobody sent: a sweep's, a job's or the terminal's, without a key."""


@dataclass(unsafe_hash=True)
class IdempotencyKeyReused(Refusal):
    """This Idempotency-Key was used before with a different request.

    The first request's answer stands. Send the same body again to read it, or choose a new key.
    """

    code = "idempotency-key-reused"
    kind = Kind.CONFLICT
    key: str


@dataclass(frozen=True, slots=True)
class StoredRefusal:
    """A refusal read back from its key: the same four facts that the fresh one had."""

    code: str
    kind: Kind
    title: str
    stored: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        return self.stored


@dataclass(frozen=True, slots=True)
class Call(Generic[C]):
    """A command and the key it is sent under.

    `scope` owns the key (a party); `key` is None only for sweeps, jobs and the terminal's own
    steps, whose actions re-check the state under its lock. `command` is a frozen msgspec.Struct.
    """

    scope: UUID
    key: str | None
    action: str
    command: C


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to. `body` is the JSON that was stored; exactly one of the others is set.

    Of a replay, and of a call that another process performed, `result` is that JSON as plain values
    and `refusal` a `StoredRefusal`.
    """

    result: Any
    body: bytes
    refusal: Refusal | StoredRefusal | None = None
    replayed: bool = False

    def unwrap(self) -> Any:
        """The result; raises the refusal if there is one."""
        if isinstance(self.refusal, Refusal):
            raise self.refusal
        if self.refusal is not None:
            raise Replayed(self.refusal)
        return self.result


class Replayed(Refusal):
    """A refusal that was stored earlier, raised again."""

    def __init__(self, stored: StoredRefusal) -> None:
        super().__init__(stored.code)
        self.stored = stored
        self.code = stored.code  # pyright: ignore[reportAttributeAccessIssue]
        self.kind = stored.kind  # pyright: ignore[reportAttributeAccessIssue]

    def facts(self) -> dict[str, object]:
        return dict(self.stored.stored)


Plural = Callable[[Tx, Sequence[C]], Sequence[Any]]
Singular = Callable[[Tx, C], Any]


def digest(action: str, command: object) -> bytes:
    """SHA-256 over the action's name and the command's canonical JSON."""
    body = msgspec.json.encode(command, order="deterministic")
    return hashlib.sha256(action.encode() + b"\0" + body).digest()


def perform(
    database: Database,
    calls: Sequence[Call[C]],
    action: Plural[C],
    *,
    timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> list[Answer]:
    """Run a batch in one transaction: one `Answer` per call, in order.

    A refused item never fails its neighbours. An unforeseen exception rolls everything back and
    reaches the caller: no key is kept, so the call may be tried again.
    """
    batch = _Batch(calls)
    if batch.heads:
        try:
            for fresh in (True, False):
                with suppress(Misjudged):
                    with database.pipeline(timeout_ms=timeout_ms) as tx:
                        batch.run(tx, action, fresh=fresh)
                    return batch.collect()
        except _UNSERVED:
            raise  # who waited for a connection in vain need not wait for one twice
        except (psycopg.Error, Unpipelined):
            pass  # met again below, at the statement that it belongs to, if it is still there
        except Exception:
            if not batch.overtaken(database):
                raise
        _run(database, batch, action, timeout_ms)
    return batch.collect()


def _run(database: Database, batch: _Batch[C], action: Plural[C], timeout_ms: int) -> None:
    retried = raced = 0
    while True:
        try:
            with database.transaction(timeout_ms=timeout_ms) as tx:
                batch.run(tx, action)
            return
        except _RETRIED:
            retried += 1
            if retried > RETRIES:
                raise
            time.sleep(random.uniform(0, 0.005 * 2**retried))
        except Exception as error:
            # Whatever went wrong, it may be that a twin elsewhere was first.
            raced += 1
            if raced > RACES or _unreached(error) or not batch.overtaken(database):
                raise


def _unreached(error: Exception) -> bool:
    """Whether it was not the server that said so: asking it again would be in vain."""
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def perform_one(
    database: Database,
    call: Call[C],
    action: Singular[C],
    *,
    timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> Answer:
    """`perform` for a verb that takes one command and raises its refusal."""

    def plural(tx: Tx, commands: Sequence[C]) -> list[Any]:
        return [action(tx, commands[0])]

    batch = _Batch([call])
    if batch.heads:
        _run(database, batch, plural, timeout_ms)  # such verbs may need each answer at once
    return batch.collect()[0]


class _Batch(Generic[C]):
    """The calls of one transaction: who is first on a key, who is its twin, who is answered."""

    def __init__(self, calls: Sequence[Call[C]]) -> None:
        self.calls = calls
        self.digests = [b"" if c.key is None else digest(c.action, c.command) for c in calls]
        self.answers: list[Answer | None] = [None] * len(calls)
        self.twin_of: dict[int, int] = {}
        self.heads: list[int] = []
        self.first: dict[tuple[UUID, str], int] = {}
        self.replays = 0  # how many keys had an answer when the last attempt began
        for i, call in enumerate(calls):
            if call.key is None:
                self.heads.append(i)
                continue
            if not 1 <= len(call.key) <= 255:
                self.answers[i] = refused(
                    Invalid("Idempotency-Key", "must have 1 to 255 characters")
                )
                continue
            head = self.first.setdefault((call.scope, call.key), i)
            if head == i:
                self.heads.append(i)
            elif self.digests[head] == self.digests[i]:
                self.twin_of[i] = head
            else:
                self.answers[i] = refused(IdempotencyKeyReused(call.key))

    def collect(self) -> list[Answer]:
        for i, head in self.twin_of.items():
            answer = self.answers[head]
            assert answer is not None
            self.answers[i] = Answer(answer.result, answer.body, answer.refusal, replayed=True)
        answers = [answer for answer in self.answers if answer is not None]
        assert len(answers) == len(self.calls)
        return answers

    def run(self, tx: Tx, action: Plural[C], *, fresh: bool = False) -> None:
        """One attempt, from the keys to their answers; what an earlier one answered is void.

        `fresh`, in a pipeline: the keys are taken to have no answers, and the question travels with
        the action's own first one. Raises `Misjudged` if that was wrong, before the action reads
        anything and before anything is committed.
        """
        for i in self.heads:
            self.answers[i] = None
        left = self._presume(tx) if fresh else self._replay(tx)
        if not left:
            return
        outcomes = _act(tx, action, [self.calls[i].command for i in left])
        assert len(outcomes) == len(left), "an action answers each command"
        for i, outcome in zip(left, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                self.answers[i] = refused(outcome)
            else:
                self.answers[i] = Answer(outcome, msgspec.json.encode(outcome))
        self._store(tx, left)

    def overtaken(self, database: Database) -> bool:
        """Whether a key that was free when the batch began has an answer now."""
        with database.read() as tx:
            return len(self._stored(tx)) > self.replays

    def _presume(self, tx: Tx) -> list[int]:
        """Go on with all calls, as nearly always none of their keys was used before."""
        self.replays = 0
        if self.first:
            cast(Asked, self._ask(tx)).expect_nothing()
        return self.heads

    def _replay(self, tx: Tx) -> list[int]:
        """Answer the calls whose keys have an answer already; gives those that are left."""
        stored = self._stored(tx)
        self.replays = len(stored)
        for scope, key, stored_digest, was_refused, body in stored:
            i = self.first[scope, key]
            if stored_digest != self.digests[i]:
                self.answers[i] = refused(IdempotencyKeyReused(key))
            else:
                self.answers[i] = answered(body, was_refused, replayed=True)
        return [i for i in self.heads if self.answers[i] is None] if stored else self.heads

    def _stored(self, tx: Tx) -> list[tuple[UUID, str, bytes, bool, bytes]]:
        return self._ask(tx).fetchall() if self.first else []

    def _ask(self, tx: Tx) -> psycopg.Cursor[Any]:
        return tx.conn.execute(
            """
            SELECT k.scope, k.key, k.digest, k.refused, k.answer
            FROM unnest(%s, %s) AS t (scope, key)
            JOIN runtime.keys AS k ON k.scope = t.scope AND k.key = t.key
            """,
            (
                arrays.uuids([scope.bytes for scope, _ in self.first]),
                arrays.texts([key.encode() for _, key in self.first]),
            ),
            binary=True,
        )

    def _store(self, tx: Tx, fresh: list[int]) -> None:
        """Store keys with their answers, in sorted order; waits for whoever stores one of them."""
        rows = [
            (call.scope.bytes, call.key.encode(), self.digests[i], answer)
            for i in fresh
            if (call := self.calls[i]).key is not None and (answer := self.answers[i]) is not None
        ]
        if not rows:
            return
        rows.sort()
        tx.conn.execute(
            """
            INSERT INTO runtime.keys (scope, key, digest, claimed_at, refused, answer)
            SELECT scope, key, digest, %s, refused, answer
            FROM unnest(%s, %s, %s, %s, %s) AS k (scope, key, digest, refused, answer)
            """,
            (
                tx.now,
                arrays.uuids([row[0] for row in rows]),
                arrays.texts([row[1] for row in rows]),
                arrays.blobs([row[2] for row in rows]),
                arrays.booleans([row[3].refusal is not None for row in rows]),
                arrays.blobs([row[3].body for row in rows]),
            ),
        )


def _act(tx: Tx, action: Plural[C], commands: list[C]) -> Sequence[Any]:
    """Run the action; a refusal raised by a batch of one is rolled back to here and returned.

    A plural verb returns its refusals. One that raises with several commands in hand is a fault of
    ours, and goes up like any other.
    """
    if len(commands) > 1:
        return action(tx, commands)
    if tx.pipelined:
        try:
            return action(tx, commands)
        except Refusal:
            raise Unpipelined from None
    tx.conn.execute("SAVEPOINT act")
    try:
        outcomes = action(tx, commands)
    except Refusal as refusal:
        tx.conn.execute("ROLLBACK TO SAVEPOINT act")
        return [refusal]
    tx.conn.execute("RELEASE SAVEPOINT act")
    return outcomes


def refused(refusal: Refusal) -> Answer:
    """The answer that stores a refusal: its code, kind, title and facts."""
    body = msgspec.json.encode(
        {
            "code": refusal.code,
            "kind": refusal.kind,
            "title": refusal.title,
            "facts": refusal.facts(),
        }
    )
    return Answer(None, body, refusal)


def answered(body: bytes, was_refused: bool, *, replayed: bool) -> Answer:
    """An answer from its JSON: its result is plain values, its refusal the facts that were kept."""
    value = msgspec.json.decode(body)
    if not was_refused:
        return Answer(value, body, None, replayed)
    refusal = StoredRefusal(value["code"], Kind(value["kind"]), value["title"], value["facts"])
    return Answer(None, body, refusal, replayed)
