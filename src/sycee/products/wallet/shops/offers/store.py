"""SQL of `shops.offer`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.products.wallet.shops.offers.model import Offer, Sort, State
from sycee.runtime.db import MAX, Tx

COLUMNS = """id, payee, sort, token, amount_minor, least_minor, most_minor, currency, once, tips,
    title, memo, place, category, device, state, transfer, created_at, expires_at, ended_at,
    return_url"""


def _offer(row: Sequence[Any]) -> Offer:
    typed: tuple[Any, ...] = (*row[:2], Sort(row[2]), *row[3:15], State(row[15]), *row[16:])
    return Offer(*typed)


def insert(tx: Tx, offer: Offer) -> None:
    """Keep a new offer."""
    tx.conn.execute(
        """
        INSERT INTO shops.offer (id, payee, sort, token, amount_minor, least_minor, most_minor,
            currency, once, tips, title, memo, place, category, device, state, created_at,
            expires_at, return_url)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'open', %s, %s, %s)
        """,
        (
            offer.id,
            offer.payee,
            offer.sort,
            offer.token,
            offer.amount_minor,
            offer.least_minor,
            offer.most_minor,
            offer.currency,
            offer.once,
            offer.tips,
            offer.title,
            offer.memo,
            offer.place,
            offer.category,
            offer.device,
            offer.created_at,
            offer.expires_at,
            offer.return_url,
        ),
    )


def by_tokens(tx: Tx, tokens: Sequence[str]) -> dict[str, Offer]:
    """Offers by token."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM shops.offer WHERE token = ANY(%s)", (list(tokens),)
    ).fetchall()
    return {row[3]: _offer(row) for row in rows}


def read(tx: Tx, payee: UUID, id_: UUID) -> Offer | None:
    """One offer of a payee."""
    row = tx.conn.execute(
        f"SELECT {COLUMNS} FROM shops.offer WHERE id = %s AND payee = %s", (id_, payee)
    ).fetchone()
    return _offer(row) if row else None


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """Offers by id, locked in order of id until the end."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM shops.offer WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        (sorted(set(ids)),),
    ).fetchall()
    return {row[0]: _offer(row) for row in rows}


def page(
    tx: Tx, payee: UUID, sorts: Sequence[Sort], state: str | None, before: UUID | None, limit: int
) -> list[Offer]:
    """A payee's offers of some sorts, newest first; by the state that each is in now."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM shops.offer
        WHERE payee = %(payee)s AND sort = ANY(%(sorts)s)
            AND id < %(before)s
            AND (%(state)s::text IS NULL OR %(state)s = CASE
                WHEN state = 'open' AND expires_at <= %(now)s THEN 'expired' ELSE state END)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "payee": payee,
            "sorts": [str(sort) for sort in sorts],
            "before": before or MAX,
            "state": state,
            "now": tx.now,
            "limit": limit,
        },
    ).fetchall()
    return [_offer(row) for row in rows]


def count_open(tx: Tx, payee: UUID) -> int:
    """How many offers of a payee can be paid."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM shops.offer
        WHERE payee = %s AND state = 'open' AND coalesce(expires_at, 'infinity') > %s
        """,
        (payee, tx.now),
    ).fetchone()
    assert row is not None
    return row[0]


def pay(tx: Tx, id_: UUID, transfer: UUID) -> None:
    """Note the one payment of an offer."""
    tx.conn.execute(
        "UPDATE shops.offer SET state = 'paid', transfer = %s, ended_at = %s WHERE id = %s",
        (transfer, tx.now, id_),
    )


def close(tx: Tx, id_: UUID) -> None:
    """Note that an offer was taken back."""
    tx.conn.execute(
        "UPDATE shops.offer SET state = 'closed', ended_at = %s WHERE id = %s", (tx.now, id_)
    )


def forget(tx: Tx, payee: UUID) -> None:
    """Close a payee's open offers, and wipe what the payee wrote on any in plain words."""
    tx.conn.execute(
        """
        UPDATE shops.offer SET title = NULL, place = '', return_url = NULL,
            ended_at = CASE WHEN state = 'open' THEN %s ELSE ended_at END,
            state = CASE WHEN state = 'open' THEN 'closed' ELSE state END
        WHERE payee = %s
        """,
        (tx.now, payee),
    )


def publics(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The public ids of offers."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM shops.offer WHERE id = ANY(%s)", (list(ids),)
    ).fetchall()
    return {row[0]: _offer(row).public for row in rows}
