"""SQL of `people.gift`: one function a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sycee.products.wallet.people.gifts.model import Card, Gift, State, Why
from sycee.runtime.db import MAX, NIL, Place, Tx

COLUMNS = """id, sender, recipient, digest, amount_minor, currency, card, memo, state, claimed_by,
    created_at, expires_at, ended_at, account, why, transfer"""


def _row(row: Sequence[Any]) -> Gift:
    typed: tuple[Any, ...] = (
        *row[:3],
        None if row[3] is None else bytes(row[3]),
        *row[4:6],
        Card(row[6]),
        row[7],
        State(row[8]),
        *row[9:14],
        None if row[14] is None else Why(row[14]),
        row[15],
    )
    return Gift(*typed)


def insert(tx: Tx, gift: Gift) -> None:
    """Keep a new gift."""
    tx.conn.execute(
        """
        INSERT INTO people.gift (id, sender, recipient, digest, amount_minor, currency, card, memo,
            state, created_at, expires_at, account)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(gift.id, gift.sender, gift.recipient, gift.digest, gift.amount_minor, gift.currency),
            *(gift.card, gift.memo, gift.state, gift.created_at, gift.expires_at, gift.account),
        ),
    )


def end(tx: Tx, gift: Gift) -> None:
    """Keep what became of a gift."""
    tx.conn.execute(
        """
        UPDATE people.gift SET state = %s, claimed_by = %s, why = %s, transfer = %s, ended_at = %s
        WHERE id = %s
        """,
        (gift.state, gift.claimed_by, gift.why, gift.transfer, gift.ended_at, gift.id),
    )


def lock(tx: Tx, id_: UUID) -> Gift | None:
    """A gift, locked until the end."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM people.gift WHERE id = %s FOR UPDATE", (id_,)
    ).fetchone()
    return _row(row) if row else None


def read(tx: Tx, id_: UUID) -> Gift | None:
    """One gift."""
    row = tx.conn.execute(f"SELECT {COLUMNS} FROM people.gift WHERE id = %s", (id_,)).fetchone()
    return _row(row) if row else None


def linked(tx: Tx, digest: bytes) -> UUID | None:
    """The id behind a link."""
    row = tx.conn.execute("SELECT id FROM people.gift WHERE digest = %s", (digest,)).fetchone()
    return row[0] if row else None


def count_waiting(tx: Tx, sender: UUID) -> int:
    """How many gifts of a sender wait."""
    row = tx.conn.execute(
        "SELECT count(*) FROM people.gift WHERE sender = %s AND state = 'waiting'", (sender,)
    ).fetchone()
    assert row is not None
    return row[0]


def sent(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[Gift]:
    """The gifts that a party sent, newest first."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.gift
        WHERE sender = %(party)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def got(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[Gift]:
    """The gifts that were sent to a party, or opened by it, newest first."""
    rows = tx.conn.execute(
        f"""
        (SELECT {COLUMNS} FROM people.gift
         WHERE recipient = %(party)s AND id < %(before)s
         ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT {COLUMNS} FROM people.gift
         WHERE claimed_by = %(party)s AND recipient IS NULL
           AND id < %(before)s
         ORDER BY id DESC LIMIT %(limit)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]


def due(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Gifts that nobody opened in time."""
    return tx.conn.execute(
        """
        SELECT expires_at, id FROM people.gift
        WHERE state = 'waiting' AND expires_at <= %s AND (expires_at, id) > (%s, %s)
        ORDER BY expires_at, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def known(tx: Tx, ids: list[UUID]) -> set[UUID]:
    """Those of some ids that are gifts that wait: for the doctor."""
    query = "SELECT id FROM people.gift WHERE state = 'waiting' AND id = ANY(%s)"
    return {row[0] for row in tx.conn.execute(query, (ids,))}


def moved(tx: Tx) -> Iterator[tuple[UUID, int, str | None]]:
    """Every gift in order of id: id, amount, and the code of how it ended; for the doctor."""
    with tx.conn.cursor(name="moved") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, amount_minor, CASE state WHEN 'claimed' THEN 'gift.open'
                WHEN 'returned' THEN 'gift.return' END
            FROM people.gift ORDER BY id
            """
        )
        yield from cursor


def homes(tx: Tx) -> list[tuple[UUID, UUID, UUID, str]]:
    """(id, the sender's account, sender, currency) of gifts that wait: for the doctor."""
    return tx.conn.execute(
        "SELECT id, account, sender, currency FROM people.gift WHERE state = 'waiting'"
    ).fetchall()


def waiting(tx: Tx, after: UUID | None, limit: int) -> list[Gift]:
    """Gifts that wait, by id: for the doctor."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM people.gift
        WHERE state = 'waiting' AND id > %(after)s
        ORDER BY id LIMIT %(limit)s
        """,
        {"after": after or NIL, "limit": limit},
    ).fetchall()
    return [_row(row) for row in rows]
