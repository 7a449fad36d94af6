"""SQL of `shops.offer`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.products.wallet.shops.offers.model import Offer, Sort, State
from sycee.runtime.db import MAX, NIL, Tx

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
    tx: Tx, payee: UUID, sorts: Sequence[Sort], state: State | None, before: UUID | None, limit: int
) -> list[Offer]:
    """A payee's offers of some sorts, newest first; by the state that each is in now.

    Each sort and state is a range of the index with its order, read as far as a page goes. Those
    that can be paid are few, and are found by their end among those that only say so.
    """
    if state is State.OPEN:
        return _live(tx, payee, sorts, before or MAX, limit)
    stored = {None: [State.OPEN, State.PAID, State.CLOSED], State.EXPIRED: [State.OPEN]}
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS}
        FROM unnest(%(sorts)s::text[]) AS k (kind)
        CROSS JOIN unnest(%(states)s::text[]) AS w (stored)
        CROSS JOIN LATERAL (
            SELECT * FROM shops.offer AS o
            WHERE (o.payee, o.sort, o.state, o.id) < (%(payee)s, k.kind, w.stored, %(before)s)
              AND (o.payee, o.sort, o.state, o.id) > (%(payee)s, k.kind, w.stored, %(least)s)
              AND coalesce(o.expires_at, 'infinity') <= %(end)s::text::timestamptz
            ORDER BY o.payee DESC, o.sort DESC, o.state DESC, o.id DESC LIMIT %(limit)s
        ) AS o
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "payee": payee,
            "sorts": list(sorts),
            "states": stored.get(state, [state]),
            "before": before or MAX,
            "least": NIL,
            "end": tx.now.isoformat() if state is State.EXPIRED else "infinity",
            "limit": limit,
        },
    ).fetchall()
    return [_offer(row) for row in rows]


def _live(tx: Tx, payee: UUID, sorts: Sequence[Sort], before: UUID, limit: int) -> list[Offer]:
    rows = tx.conn.execute(
        f"""
        WITH live AS MATERIALIZED (
            SELECT * FROM shops.offer
            WHERE payee = %s AND state = 'open' AND coalesce(expires_at, 'infinity') > %s
        )
        SELECT {COLUMNS} FROM live WHERE sort = ANY(%s) AND id < %s ORDER BY id DESC LIMIT %s
        """,
        (payee, tx.now, list(sorts), before, limit),
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
