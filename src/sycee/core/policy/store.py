"""Policy's SQL: `policy.gate`, `policy.limit_rule` and the advisory locks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from sycee.core.policy.model import Gate, InFlight, Initiator, Limit, Window
from sycee.runtime import arrays
from sycee.runtime.db import Tx

Cursor = psycopg.Cursor[tuple[Any, ...]]

LIMITS = "limits"
"""The name of the lock under which limit packs change."""

_GATE: LiteralString = """
    id, product, operation, jurisdiction, exempt, order_id, effective_at, activated_at, lift_at,
    channels, tiers, initiator, accounts, in_flight, deadline
"""
_LIMIT: LiteralString = """
    id, pack, name, jurisdiction, tier, product, operation, currency, "window", amount_minor, count,
    from_at, until_at, grade, code, counter
"""
# Each payment asks these two: as one text each, psycopg knows them again by identity.
_STANDING: LiteralString = f"""
    SELECT {_GATE} FROM policy.gate
    WHERE product = ANY (%s) AND operation = ANY (%s)
      AND (activated_at IS NOT NULL OR effective_at <= %s)
      AND (lift_at IS NULL OR lift_at > %s)
    ORDER BY id
"""
_BOUNDING: LiteralString = f"""
    SELECT {_LIMIT} FROM policy.limit_rule
    WHERE currency = ANY (%s)
      AND ("window" = 'balance' OR product = ANY (%s) AND string_to_array(operation, ' ') && %s
           AND from_at <= %s AND (until_at IS NULL OR until_at > %s))
"""


def lock_key(*names: str) -> int:
    """The advisory lock of a product × operation: 64 bits of SHA-256, signed."""
    digest = hashlib.sha256("\x00".join(("policy", *names)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def lock_shared(tx: Tx, keys: Sequence[int]) -> None:
    """Take the locks shared, in the given (sorted) order, until the transaction ends."""
    tx.conn.execute(
        "SELECT count(pg_advisory_xact_lock_shared(key)) FROM unnest(%s) AS key",
        (arrays.bigints(keys),),
    )


def lock_exclusive(tx: Tx, keys: Sequence[int]) -> None:
    """Take the locks exclusively, in the given (sorted) order, until the transaction ends."""
    tx.conn.execute(
        "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key",
        (list(keys),),
    )


def standing_gates(tx: Tx, products: Sequence[str], operations: Sequence[str]) -> Cursor:
    """Gates of these products and operations that are shut at `tx.now`."""
    return tx.conn.execute(
        _STANDING,
        (_texts(*products, "*"), _texts(*operations, "*"), tx.now, tx.now),
    )


def _texts(*values: str) -> arrays.Texts:
    return arrays.texts([value.encode() for value in values])


def bounding_limits(
    tx: Tx, products: Sequence[str], operations: Sequence[str], currencies: Sequence[str]
) -> Cursor:
    """Limits in force at `tx.now` that could bound these products, operations and currencies.

    And every limit on what wallets in these currencies may hold, past and future ones too.
    """
    return tx.conn.execute(
        _BOUNDING,
        (_texts(*currencies), _texts(*products, "*"), _texts(*operations, "*"), tx.now, tx.now),
    )


def currency_limits(tx: Tx, currency: str) -> Cursor:
    """Every limit in force at `tx.now` in a currency, of whatever product."""
    return tx.conn.execute(
        f"""
        SELECT {_LIMIT} FROM policy.limit_rule
        WHERE currency = %s AND from_at <= %s AND (until_at IS NULL OR until_at > %s)
        """,
        (currency, tx.now, tx.now),
    )


def balance_limits(tx: Tx, currency: str) -> Cursor:
    """Every limit on what wallets in a currency may hold, past and future ones too."""
    return tx.conn.execute(
        f"""
        SELECT {_LIMIT} FROM policy.limit_rule
        WHERE currency = %s AND "window" = 'balance'
        """,
        (currency,),
    )


def allowances(
    tx: Tx, parties: Sequence[UUID], currencies: Sequence[str]
) -> dict[tuple[UUID, str], int]:
    """What parties have said may go in a day without a touch; left out = they said nothing."""
    rows = tx.conn.execute(
        """
        SELECT party, currency, amount_minor FROM policy.allowance
        WHERE party = ANY (%s) AND currency = ANY (%s)
        """,
        (list(parties), list(currencies)),
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def save_allowance(tx: Tx, party: UUID, currency: str, amount_minor: int) -> None:
    """Keep what a party says may go in a day without a touch."""
    tx.conn.execute(
        """
        INSERT INTO policy.allowance (party, currency, amount_minor, changed_at)
        VALUES (%s, %s, %s, %s)
        ON CONFLICT (party, currency) DO UPDATE
            SET amount_minor = excluded.amount_minor, changed_at = excluded.changed_at
        """,
        (party, currency, amount_minor, tx.now),
    )


def pack_limits(tx: Tx, pack: str) -> Cursor:
    """Every limit of a pack, past and future ones too."""
    return tx.conn.execute(
        f"""
        SELECT {_LIMIT} FROM policy.limit_rule WHERE pack = %s ORDER BY name, from_at
        """,
        (pack,),
    )


def to_gates(cursor: Cursor) -> list[Gate]:
    """The gates that a query found."""
    return [_gate(*row) for row in cursor.fetchall()]


def to_limits(cursor: Cursor) -> list[Limit]:
    """The limits that a query found."""
    return [_limit(*row) for row in cursor.fetchall()]


def _gate(*columns: Any) -> Gate:
    typed: tuple[Any, ...] = (
        *columns[:4],
        tuple(columns[4]),
        *columns[5:9],
        tuple(columns[9]),
        tuple(columns[10]),
        None if columns[11] is None else Initiator(columns[11]),
        tuple(columns[12]),
        InFlight(columns[13]),
        columns[14],
    )
    return Gate(*typed)


def _limit(*columns: Any) -> Limit:
    typed: tuple[Any, ...] = (*columns[:8], Window(columns[8]), *columns[9:])
    return Limit(*typed)


def insert_gate(tx: Tx, gate: Gate) -> None:
    """Insert a new gate."""
    tx.conn.execute(
        """
        INSERT INTO policy.gate (id, product, operation, jurisdiction, exempt, order_id,
                                 effective_at, activated_at, lift_at, created_at,
                                 channels, tiers, initiator, accounts, in_flight, deadline)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            gate.id,
            gate.product,
            gate.operation,
            gate.jurisdiction,
            list(gate.exempt),
            gate.order_id,
            gate.effective_at,
            gate.activated_at,
            gate.lift_at,
            tx.now,
            list(gate.channels),
            list(gate.tiers),
            gate.initiator,
            list(gate.accounts),
            gate.in_flight,
            gate.deadline,
        ),
    )


def read_gates(tx: Tx, ids: Sequence[UUID]) -> Cursor:
    """Gates by id; unknown ids are left out."""
    return tx.conn.execute(
        f"""
        SELECT {_GATE} FROM policy.gate WHERE id = ANY (%s) ORDER BY id
        """,
        (list(ids),),
    )


def unlifted_gates(tx: Tx) -> Cursor:
    """Every gate that is shut or will be."""
    return tx.conn.execute(
        f"""
        SELECT {_GATE} FROM policy.gate WHERE lift_at IS NULL OR lift_at > %s ORDER BY id
        """,
        (tx.now,),
    )


def due_gates(tx: Tx, limit: int) -> list[UUID]:
    """Gates whose time has come but which no exclusive lock has activated yet."""
    rows = tx.conn.execute(
        """
        SELECT id FROM policy.gate WHERE activated_at IS NULL AND effective_at <= %s
        ORDER BY effective_at LIMIT %s
        """,
        (tx.now, limit),
    ).fetchall()
    return [row[0] for row in rows]


def activate_gate(tx: Tx, gate: UUID) -> None:
    """Mark a gate active at `tx.now`, once."""
    tx.conn.execute(
        "UPDATE policy.gate SET activated_at = %s WHERE id = %s AND activated_at IS NULL",
        (tx.now, gate),
    )


def lift_gate(tx: Tx, gate: UUID, lift_at: datetime | None) -> None:
    """Date the end of a gate, or take the date back, unless it has ended already."""
    tx.conn.execute(
        "UPDATE policy.gate SET lift_at = %s WHERE id = %s AND (lift_at IS NULL OR lift_at > %s)",
        (lift_at, gate, tx.now),
    )


def save_limit(tx: Tx, limit: Limit) -> None:
    """Insert a limit; of one that exists only the end may change."""
    tx.conn.execute(
        """
        INSERT INTO policy.limit_rule (id, pack, name, jurisdiction, tier, product, operation,
                                       currency, "window", amount_minor, count, from_at, until_at,
                                       grade, code, counter)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at
        """,
        (
            limit.id,
            limit.pack,
            limit.name,
            limit.jurisdiction,
            limit.tier,
            limit.product,
            limit.operation,
            limit.currency,
            limit.window,
            limit.amount_minor,
            limit.count,
            limit.from_at,
            limit.until_at,
            limit.grade,
            limit.code,
            limit.counter,
        ),
    )


def insert_sent(tx: Tx, rows: Sequence[tuple[object, ...]]) -> None:
    """Mark what leaves the house."""
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO policy.sent (subject, product, operation, jurisdiction, party,
                                     amount_minor, currency, sent_at, tier, code, channel,
                                     initiator, accounts)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            rows,
        )


def delete_sent(tx: Tx, subjects: Sequence[UUID]) -> None:
    """Strike the marks of what has been answered."""
    tx.conn.execute("DELETE FROM policy.sent WHERE subject = ANY (%s)", (list(subjects),))


def read_sent(tx: Tx, limit: int) -> list[tuple[Any, ...]]:
    """What is on its way, oldest first."""
    return tx.conn.execute(
        """
        SELECT subject, product, operation, jurisdiction, party, amount_minor, currency, sent_at,
            tier, code, channel, initiator, accounts
        FROM policy.sent ORDER BY sent_at, subject LIMIT %s
        """,
        (limit,),
    ).fetchall()


def end_blockers(conn: psycopg.Connection[tuple[Any, ...]], pid: int) -> int:
    """Terminate who holds an advisory lock shared that `pid` waits for; how many there were."""
    rows = conn.execute(
        """
        SELECT pg_terminate_backend(h.pid)
        FROM (
            SELECT DISTINCT pid FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
              AND pid = ANY (pg_blocking_pids(%s))
        ) AS h
        """,
        (pid,),
    ).fetchall()
    return len(rows)
