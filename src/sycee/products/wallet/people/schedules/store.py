"""SQL of `people.schedule` and `people.run`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from sycee.products.wallet.people.schedules.model import Rule, Run, RunState, Schedule, State
from sycee.runtime.db import MAX, Place, Tx

COLUMNS = """id, payer, payee, amount_minor, currency, rule::text, state, place, next_on, due_at,
    attempt, last_code, created_at, ended_at, mandate, authority"""


def _row(row: Sequence[Any]) -> Schedule:
    rule = msgspec.json.decode(row[5], type=Rule)
    typed: tuple[Any, ...] = (*row[:5], rule, State(row[6]), *row[7:])
    return Schedule(*typed)


def insert(tx: Tx, one: Schedule) -> None:
    """Keep a new schedule."""
    tx.conn.execute(
        """
        INSERT INTO people.schedule (id, payer, payee, amount_minor, currency, rule, memo, state,
            place, next_on, due_at, attempt, created_at, mandate, authority)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, false, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(one.id, one.payer, one.payee, one.amount_minor, one.currency),
            *(msgspec.json.encode(one.rule).decode(), one.state, one.place, one.next_on),
            *(one.due_at, one.attempt, one.created_at, one.mandate, one.authority),
        ),
    )


def save(tx: Tx, one: Schedule) -> None:
    """Keep what changed."""
    tx.conn.execute(
        """
        UPDATE people.schedule SET state = %s, place = %s, next_on = %s, due_at = %s, attempt = %s,
            last_code = %s, ended_at = %s
        WHERE id = %s
        """,
        (
            *(one.state, one.place, one.next_on, one.due_at, one.attempt, one.last_code),
            *(one.ended_at, one.id),
        ),
    )


def insert_run(tx: Tx, schedule: UUID, run: Run) -> None:
    """Keep what became of a day: once, as its place is the key."""
    tx.conn.execute(
        """
        INSERT INTO people.run (schedule, place, run_on, state, code, transfer, ended_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (schedule, run.place, run.run_on, run.state, run.code, run.transfer, run.ended_at),
    )


def lock(tx: Tx, id_: UUID) -> Schedule | None:
    """A schedule, locked until the end."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.schedule WHERE id = %s FOR UPDATE", (id_,)
    ).fetchone()
    return _row(row) if row else None


def read(tx: Tx, payer: UUID, id_: UUID) -> Schedule | None:
    """A payer's own schedule."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.schedule WHERE id = %s AND payer = %s", (id_, payer)
    ).fetchone()
    return _row(row) if row else None


def of(tx: Tx, payer: UUID, before: UUID | None, limit: int) -> list[Schedule]:
    """A payer's schedules, newest first."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.schedule
        WHERE payer = %(payer)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"payer": payer, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def count_open(tx: Tx, payer: UUID) -> int:
    """How many schedules of a payer have not ended."""
    row = tx.conn.execute(
        "SELECT count(*) FROM people.schedule WHERE payer = %s AND state <> 'ended'", (payer,)
    ).fetchone()
    return row[0] if row else 0


def runs(tx: Tx, schedule: UUID, limit: int) -> list[Run]:
    """What became of a schedule's days, newest first."""
    rows = tx.conn.execute(
        """
        SELECT place, run_on, state, code, transfer, ended_at FROM people.run
        WHERE schedule = %s ORDER BY place DESC LIMIT %s
        """,
        (schedule, limit),
    ).fetchall()
    found = []
    for row in rows:
        typed: tuple[Any, ...] = (*row[:2], RunState(row[2]), *row[3:])
        found.append(Run(*typed))
    return found


def due(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Schedules with a payment to make."""
    return tx.conn.execute(
        """
        SELECT due_at, id FROM people.schedule
        WHERE state = 'active' AND due_at <= %s AND (due_at, id) > (%s, %s)
        ORDER BY due_at, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()
