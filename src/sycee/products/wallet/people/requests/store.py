"""SQL of `people.request`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.products.wallet.people.requests.model import PayRequest, State
from sycee.runtime.db import MAX, Place, Tx

COLUMNS = """id, payee, payer, amount_minor, currency, token, split, memo, state, transfer, paid_by,
    paid_minor, reminders, reminded_at, created_at, expires_at, ended_at"""


def _row(row: Sequence[Any]) -> PayRequest:
    typed: tuple[Any, ...] = (*row[:8], State(row[8]), *row[9:])
    return PayRequest(*typed)


def insert(tx: Tx, rows: Sequence[PayRequest]) -> None:
    """Keep new requests."""
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO people.request (id, payee, payer, amount_minor, currency, token, split,
                memo, state, created_at, expires_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'open', %s, %s)
            """,
            [
                (
                    row.id,
                    row.payee,
                    row.payer,
                    row.amount_minor,
                    row.currency,
                    row.token,
                    row.split,
                    row.memo,
                    row.created_at,
                    row.expires_at,
                )
                for row in rows
            ],
        )


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, PayRequest]:
    """Requests by id, locked in order of id until the end."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.request WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        (sorted(set(ids)),),
    ).fetchall()
    return {row[0]: _row(row) for row in rows}


def lock_open(tx: Tx, party: UUID) -> list[PayRequest]:
    """What someone asks for or is asked for that is open, locked in order of id until the end."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.request
        WHERE (payee = %(party)s OR payer = %(party)s) AND state = 'open' ORDER BY id FOR UPDATE
        """,
        {"party": party},
    ).fetchall()
    return [_row(row) for row in rows]


def read(tx: Tx, id_: UUID) -> PayRequest | None:
    """One request."""
    row = tx.conn.execute(f"SELECT {COLUMNS} FROM people.request WHERE id = %s", (id_,)).fetchone()
    return _row(row) if row else None


def by_tokens(tx: Tx, tokens: Sequence[str]) -> dict[str, UUID]:
    """The ids of links."""
    rows = tx.conn.execute(
        "SELECT token, id FROM people.request WHERE token = ANY(%s)", (list(tokens),)
    ).fetchall()
    return dict(rows)


def of_split(tx: Tx, split: UUID) -> list[PayRequest]:
    """The requests of a split, in order."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.request WHERE split = %s ORDER BY id", (split,)
    ).fetchall()
    return [_row(row) for row in rows]


def count_open(tx: Tx, payee: UUID, payer: UUID | None) -> int:
    """How many open requests someone has made, to one person or of all."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM people.request
        WHERE payee = %(payee)s AND state = 'open' AND expires_at > %(now)s
            AND (%(payer)s::uuid IS NULL OR payer = %(payer)s)
        """,
        {"payee": payee, "payer": payer, "now": tx.now},
    ).fetchone()
    assert row is not None
    return row[0]


def pay(tx: Tx, id_: UUID, transfer: UUID, by: UUID, minor: int) -> None:
    """Note that a request was paid."""
    tx.conn.execute(
        """
        UPDATE people.request
        SET state = 'paid', transfer = %s, paid_by = %s, paid_minor = %s, ended_at = %s
        WHERE id = %s
        """,
        (transfer, by, minor, tx.now, id_),
    )


def end(tx: Tx, ids: Sequence[UUID], state: State) -> None:
    """Note that requests ended unpaid."""
    tx.conn.execute(
        "UPDATE people.request SET state = %s, ended_at = %s WHERE id = ANY(%s)",
        (str(state), tx.now, list(ids)),
    )


def remind(tx: Tx, id_: UUID) -> None:
    """Count a reminder."""
    tx.conn.execute(
        """
        UPDATE people.request SET reminders = reminders + 1, reminded_at = %s WHERE id = %s
        """,
        (tx.now, id_),
    )


def outgoing(
    tx: Tx, payee: UUID, state: str | None, before: UUID | None, limit: int
) -> list[PayRequest]:
    """The requests someone made, newest first."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.request
        WHERE payee = %(party)s AND id < %(before)s
            AND (%(state)s::text IS NULL OR state = %(state)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": payee, "state": state, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def incoming(
    tx: Tx, payer: UUID, state: str | None, before: UUID | None, limit: int
) -> list[PayRequest]:
    """The requests made to someone, newest first."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.request
        WHERE payer = %(party)s AND id < %(before)s
            AND (%(state)s::text IS NULL OR state = %(state)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": payer, "state": state, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def due(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Open requests whose time is over."""
    return tx.conn.execute(
        """
        SELECT expires_at, id FROM people.request
        WHERE state = 'open' AND expires_at <= %s AND (expires_at, id) > (%s, %s)
        ORDER BY expires_at, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()
