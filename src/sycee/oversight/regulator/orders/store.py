"""SQL of `regulator`: signing keys, orders, the steps that they took, and what was already sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.runtime.db import MAX, Tx


class Key(msgspec.Struct, frozen=True):
    """Someone's signing key. `credential` is the device or API key it was registered from."""

    id: UUID
    party: UUID
    public: bytes
    credential: UUID
    registered_at: datetime
    revoked_at: datetime | None


class Directive(msgspec.Struct, frozen=True):
    """An order as handed in."""

    id: UUID
    document: bytes
    proposer: UUID
    key: UUID
    credential: UUID
    signature: bytes
    proposed_at: datetime


class Order(Directive, frozen=True):
    """An order with the times of its steps."""

    issued_at: datetime | None = None
    effective_at: datetime | None = None
    declined_at: datetime | None = None
    ends_at: datetime | None = None
    ended_by: UUID | None = None
    approver: UUID | None = None
    cut: str | None = None


def lock_head(tx: Tx) -> tuple[int, bytes]:
    """How many steps orders have taken, and the hash over them; locked until the end."""
    row = tx.conn.execute("SELECT steps, hash FROM regulator.head WHERE one FOR UPDATE").fetchone()
    assert row is not None, "the migration made the head"
    return row[0], bytes(row[1])


def head(tx: Tx) -> tuple[int, bytes]:
    """The head without a lock."""
    row = tx.conn.execute("SELECT steps, hash FROM regulator.head WHERE one").fetchone()
    assert row is not None, "the migration made the head"
    return row[0], bytes(row[1])


def save_head(tx: Tx, steps: int, hash_: bytes) -> None:
    """Move the head on."""
    tx.conn.execute("UPDATE regulator.head SET steps = %s, hash = %s WHERE one", (steps, hash_))


def insert_key(tx: Tx, key: Key) -> bool:
    """Register a key; false if its public half is known."""
    done = tx.conn.execute(
        """
        INSERT INTO regulator.key (id, party, public, credential, registered_at)
        VALUES (%s, %s, %s, %s, %s) ON CONFLICT (public) DO NOTHING
        """,
        (key.id, key.party, key.public, key.credential, key.registered_at),
    )
    return done.rowcount == 1


def revoke_key(tx: Tx, party: UUID, key: UUID) -> bool:
    """Revoke one of a party's keys; false if there is none."""
    done = tx.conn.execute(
        """
        UPDATE regulator.key SET revoked_at = coalesce(revoked_at, %s)
        WHERE id = %s AND party = %s
        """,
        (tx.now, key, party),
    )
    return done.rowcount == 1


def keys(tx: Tx, ids: Sequence[UUID] | None = None, party: UUID | None = None) -> list[Key]:
    """Keys by id or of a party, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, party, public, credential, registered_at, revoked_at FROM regulator.key
        WHERE (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s))
          AND (%(party)s::uuid IS NULL OR party = %(party)s)
        ORDER BY id
        """,
        {"ids": None if ids is None else list(ids), "party": party},
    ).fetchall()
    return [Key(row[0], row[1], bytes(row[2]), *row[3:]) for row in rows]


def insert_order(tx: Tx, order: Directive) -> None:
    """Keep an order as it was handed in."""
    tx.conn.execute(
        """
        INSERT INTO regulator.directive (id, document, proposer, key, credential, signature,
                                         proposed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            order.id,
            order.document,
            order.proposer,
            order.key,
            order.credential,
            order.signature,
            order.proposed_at,
        ),
    )


def insert_step(tx: Tx, order: UUID, kind: str, **columns: Any) -> None:
    """Note that an order was `issued` or `declined`; each is taken once. See `save_end`."""
    named = {"by_party": None, "key": None, "signature": None, "cut": None, "effective_at": None}
    tx.conn.execute(
        """
        INSERT INTO regulator.step (directive, kind, at, by_party, key, signature, cut,
                                    effective_at)
        VALUES (%(order)s, %(kind)s, %(at)s, %(by_party)s, %(key)s, %(signature)s,
                %(cut)s::pg_snapshot, %(effective_at)s)
        """,
        {**named, **columns, "order": order, "kind": kind, "at": tx.now},
    )


def save_end(tx: Tx, order: UUID, at: datetime | None, by: UUID | None) -> None:
    """Note when an order ends (None = it stands after all); the last word on it counts."""
    tx.conn.execute(
        """
        INSERT INTO regulator.step (directive, kind, at, effective_at, by_directive)
        VALUES (%s, 'ended', %s, %s, %s)
        ON CONFLICT (directive, kind) DO UPDATE
        SET at = excluded.at, effective_at = excluded.effective_at,
            by_directive = excluded.by_directive
        """,
        (order, tx.now, at, by),
    )


def ending_by(tx: Tx, orders: Sequence[UUID]) -> list[UUID]:
    """The orders whose end by one of these is still to come."""
    rows = tx.conn.execute(
        """
        SELECT directive FROM regulator.step
        WHERE kind = 'ended' AND by_directive = ANY (%s) AND effective_at > %s ORDER BY directive
        """,
        (list(orders), tx.now),
    ).fetchall()
    return [row[0] for row in rows]


def cut(tx: Tx) -> str:
    """The snapshot of now: what is visible in it was posted before."""
    row = tx.conn.execute("SELECT pg_current_snapshot()::text").fetchone()
    assert row is not None
    return row[0]


def beginning(tx: Tx, limit: int) -> list[UUID]:
    """Orders that were dated and have begun, and have no snapshot of it yet."""
    rows = tx.conn.execute(
        """
        SELECT i.directive FROM regulator.step AS i
        LEFT JOIN regulator.step AS e ON e.directive = i.directive AND e.kind = 'ended'
        WHERE i.kind = 'issued' AND i.cut IS NULL AND i.effective_at > i.at
          AND i.effective_at <= %(now)s
          AND (e.effective_at IS NULL OR e.effective_at > i.effective_at)
        ORDER BY i.effective_at LIMIT %(limit)s
        """,
        {"now": tx.now, "limit": limit},
    ).fetchall()
    return [row[0] for row in rows]


def save_cut(tx: Tx, order: UUID, cut: str) -> None:
    """Keep the snapshot of an order's beginning, once."""
    tx.conn.execute(
        """
        UPDATE regulator.step SET cut = %s::pg_snapshot
        WHERE directive = %s AND kind = 'issued' AND cut IS NULL
        """,
        (cut, order),
    )


def orders(
    tx: Tx,
    ids: Sequence[UUID] | None = None,
    before: UUID | None = None,
    limit: int | None = None,
    in_force: bool = False,
) -> list[Order]:
    """Orders by id, or all, newest first; `in_force` keeps those that are so now."""
    rows = tx.conn.execute(
        """
        SELECT d.id, d.document, d.proposer, d.key, d.credential, d.signature, d.proposed_at,
               i.at, i.effective_at, r.at, e.effective_at,
               CASE WHEN e.effective_at IS NOT NULL THEN e.by_directive END, i.by_party,
               i.cut::text
        FROM regulator.directive AS d
        LEFT JOIN regulator.step AS i ON i.directive = d.id AND i.kind = 'issued'
        LEFT JOIN regulator.step AS r ON r.directive = d.id AND r.kind = 'declined'
        LEFT JOIN regulator.step AS e ON e.directive = d.id AND e.kind = 'ended'
        WHERE (%(ids)s::uuid[] IS NULL OR d.id = ANY (%(ids)s))
          AND d.id < %(before)s
          AND (NOT %(in_force)s OR r.at IS NULL AND i.effective_at <= %(now)s
               AND (e.effective_at IS NULL OR e.effective_at > %(now)s))
        ORDER BY d.id DESC LIMIT %(limit)s
        """,
        {
            "ids": None if ids is None else list(ids),
            "before": before or MAX,
            "limit": limit,
            "in_force": in_force,
            "now": tx.now,
        },
    ).fetchall()
    return [
        Order(row[0], bytes(row[1]), *row[2:5], bytes(row[5]), *row[6:])  # type: ignore[call-arg]
        for row in rows
    ]


def steps(tx: Tx) -> list[tuple[Any, ...]]:
    """Every step of every order, in the order they were taken, for the export."""
    return tx.conn.execute(
        """
        SELECT directive, kind, at, by_party, key, signature, effective_at, by_directive
        FROM regulator.step ORDER BY at, directive, kind
        """
    ).fetchall()


def insert_sent(tx: Tx, order: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep what was already sent when an order took effect."""
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO regulator.sent (directive, subject, product, operation, amount_minor,
                                        currency, sent_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            [(order, *row) for row in rows],
        )


def sent(tx: Tx, order: UUID) -> list[tuple[Any, ...]]:
    """What was already sent when an order took effect."""
    return tx.conn.execute(
        """
        SELECT subject, product, operation, amount_minor, currency, sent_at
        FROM regulator.sent WHERE directive = %s ORDER BY sent_at, subject
        """,
        (order,),
    ).fetchall()


def placed(tx: Tx) -> tuple[str, int]:
    """Which database this is: the cluster's identifier, and its timeline."""
    row = tx.conn.execute(
        """
        SELECT s.system_identifier::text, c.timeline_id
        FROM pg_control_system() AS s, pg_control_checkpoint() AS c
        """
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def signers(tx: Tx, order: UUID) -> list[UUID]:
    """The keys that proposed, approved or declined an order."""
    rows = tx.conn.execute(
        """
        SELECT key FROM regulator.directive WHERE id = %(order)s
        UNION
        SELECT key FROM regulator.step WHERE directive = %(order)s AND key IS NOT NULL
        """,
        {"order": order},
    ).fetchall()
    return [row[0] for row in rows]


def superseded(tx: Tx, order: UUID) -> list[UUID]:
    """The orders that an order has ended."""
    rows = tx.conn.execute(
        """
        SELECT directive FROM regulator.step
        WHERE by_directive = %s AND effective_at IS NOT NULL ORDER BY directive
        """,
        (order,),
    ).fetchall()
    return [row[0] for row in rows]
