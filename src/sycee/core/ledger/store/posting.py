"""The statements of posting, one function each, and how their answers are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import islice, repeat
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.numeric import Int8BinaryLoader
from psycopg.types.string import ByteaBinaryLoader

from sycee.core.ledger import wire
from sycee.core.ledger.chart import BY_NUMBER
from sycee.core.ledger.model import Account, HoldState, Row
from sycee.core.ledger.survey import Effects
from sycee.kit.clock import from_micros, micros
from sycee.runtime import arrays
from sycee.runtime.copying import Copying
from sycee.runtime.copying import copying as copying_in_turns
from sycee.runtime.db import Tx

_NORMAL = {line.number: line.credit_normal for line in BY_NUMBER.values()}

CHUNKED = 1_000
"""From how many accounts on they are updated by several statements."""

FIRST = 250
"""How many the first of these updates, …"""

CHUNK = 1_500
"""… and how many each of the others."""

SAMPLE = 256
"""From so many accounts it is guessed which are the lowest."""

START = "SAVEPOINT ledger_post"
UNDO = "ROLLBACK TO SAVEPOINT ledger_post; RELEASE SAVEPOINT ledger_post"

# What is seldom so is answered as NULL where it is not so, which costs neither side anything.
_LATER = """
           last_at = greatest(a.last_at, %(now)s::timestamptz) + %(length)s::interval
     WHERE a.id = ANY(%(ids)s)
    RETURNING a.id, a.currency, a.code, a.debits_posted, a.credits_posted,
              nullif(a.debits_pending, 0), nullif(a.credits_pending, 0), a.floor_minor,
              a.ceiling_minor, nullif(a.frozen, false), nullif(a.closed, false),
              nullif(a.last_at, %(now)s::timestamptz + %(length)s::interval)
"""

# One index scan visits the accounts in order of id and locks them so: `runtime.db.begin` leaves
# the planner no other way. `width_bucket`, a binary search, finds the place of an account among the
# ids, which are in order, and so of its sums in the arrays beside them. A join to the arrays would
# descend the index anew for each account.
TOUCH = (
    """
    UPDATE ledger.accounts a
       SET debits_posted = a.debits_posted + (%(debits)s)[width_bucket(a.id, %(ids)s)],
           credits_posted = a.credits_posted + (%(credits)s)[width_bucket(a.id, %(ids)s)],
           debits_pending = a.debits_pending
                          + (%(debits_pending)s)[width_bucket(a.id, %(ids)s)],
           credits_pending = a.credits_pending
                           + (%(credits_pending)s)[width_bucket(a.id, %(ids)s)],
"""
    + _LATER
)
TOUCH_POSTED = (
    """
    UPDATE ledger.accounts a
       SET debits_posted = a.debits_posted + (%(debits)s)[width_bucket(a.id, %(ids)s)],
           credits_posted = a.credits_posted + (%(credits)s)[width_bucket(a.id, %(ids)s)],
"""
    + _LATER
)
REPAIR = """
    UPDATE ledger.accounts a
       SET debits_posted = d.debits,
           credits_posted = d.credits,
           debits_pending = d.debits_pending,
           credits_pending = d.credits_pending,
           last_at = d.last_at
      FROM unnest(%s, %s, %s, %s, %s, %s)
           AS d (id, debits, credits, debits_pending, credits_pending, last_at)
     WHERE a.id = d.id
"""
ROWS = """
    SELECT id, debit, credit, amount_minor, code, kind, posted_at, debit_after, credit_after,
           subject, asked_minor, linked, reverses, hold, effective_at, expires_at, capture_at
      FROM ledger.transfers
     WHERE id = ANY(%s) AND id >= %s AND id <= %s
"""
KNOWN = """
    SELECT EXISTS (SELECT FROM ledger.transfers WHERE id = ANY(%s) AND id >= %s AND id <= %s)
"""
REVERSED = """
    SELECT reverses, sum(amount_minor)::bigint
      FROM ledger.transfers
     WHERE reverses = ANY(%s)
     GROUP BY reverses
"""
HOLDS = """
    SELECT id, debit, credit, code, subject, amount_minor, captured_minor, released_minor,
           expires_at, capture_at, closed_at
      FROM ledger.holds
     WHERE id = ANY(%s)
"""
COPY = """
    COPY ledger.transfers (id, debit, credit, amount_minor, code, kind, posted_at, debit_after,
        credit_after, subject, asked_minor, linked, reverses, hold, effective_at, expires_at,
        capture_at)
    FROM STDIN (FORMAT binary)
"""
INSERT = """
    INSERT INTO ledger.transfers (id, debit, credit, amount_minor, code, kind, posted_at,
        debit_after, credit_after, subject, asked_minor, linked, reverses, hold, effective_at,
        expires_at, capture_at)
    SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
NEW_HOLDS = """
    INSERT INTO ledger.holds (id, debit, credit, code, subject, amount_minor, captured_minor,
        released_minor, expires_at, capture_at, made_at, closed_at)
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::smallint[], %s::uuid[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
        %s::timestamptz[], %s::timestamptz[])
"""
HOLD_CHANGES = """
    UPDATE ledger.holds h
       SET captured_minor = d.captured, released_minor = d.released, expires_at = d.expires_at,
           closed_at = d.closed_at
      FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
           AS d (id, captured, released, expires_at, closed_at)
     WHERE h.id = d.id
"""


def _cursor(tx: Tx) -> Cursor[tuple[Any, ...]]:
    cursor = tx.conn.cursor(binary=True)
    cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)
    return cursor


def _reading(tx: Tx) -> Cursor[tuple[Any, ...]]:
    """The same, and a UUID is read as its 16 bytes."""
    cursor = _cursor(tx)
    cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
    return cursor


def start(tx: Tx) -> None:
    """Where a batch begins and goes back to. The transaction's end lets go of it."""
    tx.conn.execute(START, prepare=False)


def undo(tx: Tx) -> None:
    """Take the batch back and let go of its locks."""
    tx.conn.execute(UNDO, prepare=False)


def touch(
    tx: Tx, names: set[int], effects: Effects, now: datetime, length: int
) -> tuple[dict[int, Account], int]:
    """Lock every account in order of id, add the net effects, move `last_at` past the batch.

    The accounts that exist, by id, as they stood before, but with the `last_at` that this left; and
    the latest of these. A large batch is several statements. Whoever holds some of its accounts
    most likely holds one of the first, so the first statement waits for him, and the others begin
    after he has committed and need not look again at every account that he changed. Each is sent
    before the answers of the one before are read: PostgreSQL works meanwhile.
    """
    found: dict[int, Account] = {}
    last_us = micros(now) + length
    query = TOUCH if effects.debits_pending else TOUCH_POSTED
    given = {"now": now, "length": timedelta(microseconds=length)}
    few = len(names) < CHUNKED or tx.pipelined
    chunks = iter([sorted(names)]) if few else in_order(names)
    columns = _columns(next(chunks), effects)
    cursor = _reading(tx).execute(query, given | columns, prepare=not few or None)
    if few:
        return found, _add(found, cursor.fetchall(), effects, last_us)
    latest = last_us
    with tx.conn.pipeline() as pipeline:
        for ids in chunks:
            columns = _columns(ids, effects)
            pipeline.sync()  # the one before is done
            answered, cursor = cursor, _reading(tx).execute(query, given | columns)
            latest = max(latest, _add(found, answered.fetchall(), effects, last_us))
    return found, max(latest, _add(found, cursor.fetchall(), effects, last_us))


def in_order(names: set[int]) -> Iterator[list[int]]:
    """Many accounts in order of their ids, by statements.

    The lowest of them come before the others are put in order: PostgreSQL is at work by then.
    """
    low, begun = names, FIRST + CHUNK
    if len(names) > 2 * begun:
        bound = sorted(islice(names, SAMPLE))[SAMPLE * begun // len(names)]
        low = {id for id in names if id <= bound}
    first = sorted(low)
    yield first[:FIRST]
    yield from _cut(first, FIRST)
    if low is not names:
        yield from _cut(sorted(names - low), 0)


def _cut(ids: list[int], start: int) -> Iterator[list[int]]:
    for at in range(start, len(ids), CHUNK):
        yield ids[at : at + CHUNK]


def _columns(ids: Sequence[int], effects: Effects) -> dict[str, object]:
    columns: dict[str, object] = {
        "ids": wire.uuids(ids),
        "debits": _column(effects.debits, ids),
        "credits": _column(effects.credits, ids),
    }
    if effects.debits_pending:
        columns["debits_pending"] = _column(effects.debits_pending, ids)
        columns["credits_pending"] = _column(effects.credits_pending, ids)
    return columns


def _column(sums: dict[int, int], ids: Sequence[int]) -> arrays.Bigints:
    return arrays.bigints(list(map(sums.get, ids, repeat(0))))


def _add(
    found: dict[int, Account], rows: Iterable[tuple[Any, ...]], effects: Effects, last_us: int
) -> int:
    """Accounts as `TOUCH` answers them, less the effects that it added; their latest `last_at`."""
    normal, number, latest = _NORMAL, int.from_bytes, last_us
    debit, credit = effects.debits.get, effects.credits.get
    pending = bool(effects.debits_pending)
    # fmt: off
    for (
        name, currency, code, debits, credits, debits_pending, credits_pending, floor, ceiling,
        frozen, closed, later,
    ) in rows:
        id = number(name)
        found[id] = account = Account(
            id, currency, code, debits - debit(id, 0), credits - credit(id, 0),
            debits_pending or 0, credits_pending or 0, floor, ceiling, frozen is True,
            closed is True, last_us, normal[code],
        )
        if later is not None:
            account.last_us = later + arrays.PG_EPOCH_US
            latest = max(latest, account.last_us)
        if pending:
            account.debits_pending -= effects.debits_pending.get(id, 0)
            account.credits_pending -= effects.credits_pending.get(id, 0)
    # fmt: on
    return latest


def repair(tx: Tx, accounts: Sequence[Account]) -> None:
    """Write the sums and `last_at` of accounts that the net effects got wrong."""
    tx.conn.execute(
        REPAIR,
        (
            wire.uuids([account.id for account in accounts]),
            arrays.bigints([account.debits for account in accounts]),
            arrays.bigints([account.credits for account in accounts]),
            arrays.bigints([account.debits_pending for account in accounts]),
            arrays.bigints([account.credits_pending for account in accounts]),
            arrays.micros_since_1970([account.last_us for account in accounts]),
        ),
    )


def _since_1970(value: int | None) -> int | None:
    return None if value is None else value + arrays.PG_EPOCH_US


def _number(value: UUID | None) -> int | None:
    return None if value is None else value.int


def rows(tx: Tx, ids: Iterable[int]) -> dict[int, Row]:
    """Rows of the log by id; the bounds let PostgreSQL look into the right months only."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    cursor = _cursor(tx)
    cursor.execute(ROWS, (wire.uuids(wanted), UUID(int=wanted[0]), UUID(int=wanted[-1])))
    found = {}
    for r in cursor:
        row = Row(
            *(r[0].int, r[1].int, _number(r[2])),
            *(r[3], r[4], r[5], r[6] + arrays.PG_EPOCH_US, r[7], r[8], r[9], r[10]),
            *(_number(r[11]), _number(r[12]), _number(r[13])),
            *(_since_1970(r[14]), _since_1970(r[15]), _since_1970(r[16])),
        )
        found[row.id] = row
    return found


def known(tx: Tx, ids: Iterable[int]) -> bool:
    """Whether any of the ids is in the log."""
    wanted = sorted(ids)
    cursor = _cursor(tx)
    cursor.execute(KNOWN, (wire.uuids(wanted), UUID(int=wanted[0]), UUID(int=wanted[-1])))
    row = cursor.fetchone()
    return bool(row and row[0])


def reversed_sums(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """How much of each transfer was reversed already."""
    cursor = _cursor(tx)
    cursor.execute(REVERSED, (wire.uuids(sorted(ids)),))
    return {id.int: amount for id, amount in cursor}


def holds(tx: Tx, ids: Iterable[int]) -> dict[int, HoldState]:
    """Holds by id, as they stand for this statement."""
    cursor = _cursor(tx)
    cursor.execute(HOLDS, (wire.uuids(sorted(ids)),))
    found = {}
    for id, debit, credit, *rest, expires, capture, closed in cursor:
        fields = (id.int, debit.int, _number(credit), *rest)
        times = (_since_1970(expires), _since_1970(capture), _since_1970(closed))
        found[id.int] = HoldState(*fields, *times)  # pyright: ignore[reportCallIssue]
    return found


def copying(tx: Tx) -> AbstractContextManager[Copying]:
    """Write rows of the log (`wire.copy_rows`) while others are decided.

    Raises `psycopg.errors.UniqueViolation` when an id is taken.
    """
    return copying_in_turns(tx.conn, COPY)


def insert(tx: Tx, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write a few rows of the log in one statement; raises as `copying`."""
    tx.conn.execute(INSERT, wire.columns(rows))


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_micros(us)


def add_holds(tx: Tx, states: Sequence[HoldState], made_us: int) -> None:
    """Write new holds."""
    columns = [
        (
            UUID(int=h.id),
            UUID(int=h.debit),
            None if h.credit is None else UUID(int=h.credit),
            h.code,
            h.subject,
            h.amount_minor,
            h.captured_minor,
            h.released_minor,
            _moment(h.expires_us),
            _moment(h.capture_us),
            from_micros(made_us),
            _moment(h.closed_us),
        )
        for h in states
    ]
    arrays = [list(column) for column in zip(*columns, strict=True)]
    tx.conn.execute(NEW_HOLDS, arrays)


def change_holds(tx: Tx, states: Sequence[HoldState]) -> None:
    """Write how holds stand after the batch; the lock of their debit account guards them."""
    tx.conn.execute(
        HOLD_CHANGES,
        (
            [UUID(int=h.id) for h in states],
            [h.captured_minor for h in states],
            [h.released_minor for h in states],
            [_moment(h.expires_us) for h in states],
            [_moment(h.closed_us) for h in states],
        ),
    )
