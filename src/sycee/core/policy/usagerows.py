"""SQL of `policy.usage`: what parties have used of their limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.core.policy.model import Usage, UsageKey
from sycee.runtime import arrays
from sycee.runtime.db import Tx


def add(tx: Tx, sums: dict[UsageKey, Usage]) -> dict[UsageKey, Usage]:
    """Add to the usage rows, made where missing, in key order; returns what stands after.

    The statement also locks the rows, so whoever decides next sees this decision.
    """
    keys = sorted(sums)
    after = [sums[key] for key in keys]
    rows = tx.conn.execute(
        """
        INSERT INTO policy.usage AS u (party, limit_id, window_on, amount_minor, count, first_at)
        SELECT k.*, %s FROM unnest(%s, %s, %s, %s, %s) AS k
        ON CONFLICT (party, limit_id, window_on) DO UPDATE SET
            amount_minor = greatest(0, u.amount_minor + excluded.amount_minor),
            count = greatest(0, u.count + excluded.count)
        RETURNING party, limit_id, window_on, amount_minor, count
        """,
        (
            tx.now,
            *_packed(keys),
            arrays.bigints([usage.amount_minor for usage in after]),
            arrays.bigints([usage.count for usage in after]),
        ),
        binary=True,
    ).fetchall()
    return _usages(rows)


def subtract(tx: Tx, sums: dict[UsageKey, Usage], at: datetime) -> None:
    """Take from the usage rows that counted at a moment, in key order, never below nothing.

    Some moments are that of an id, which is a little earlier than the transaction's own.
    """
    keys = sorted(sums)
    tx.conn.execute(
        """
        UPDATE policy.usage AS u SET
            amount_minor = greatest(0, u.amount_minor - k.amount_minor),
            count = greatest(0, u.count - k.count)
        FROM unnest(%s, %s, %s, %s, %s) AS k (party, limit_id, window_on, amount_minor, count)
        WHERE u.party = k.party AND u.limit_id = k.limit_id AND u.window_on = k.window_on
            AND (u.first_at IS NULL OR u.first_at <= %s + interval '1 second')
        """,
        (
            *_packed(keys),
            arrays.bigints([sums[key].amount_minor for key in keys]),
            arrays.bigints([sums[key].count for key in keys]),
            at,
        ),
    )


def begin(tx: Tx, party: UUID, tier: str) -> None:
    """Let the rows that a party has of a tier count as from now; what stands in them stays."""
    tx.conn.execute(
        """
        UPDATE policy.usage AS u SET first_at = %s
        FROM policy.limit_rule AS r WHERE u.party = %s AND r.id = u.limit_id AND r.tier = %s
        """,
        (tx.now, party, tier),
    )


def read(tx: Tx, keys: Sequence[UsageKey]) -> dict[UsageKey, Usage]:
    """What stands in the usage rows of `keys`; missing rows are left out."""
    rows = tx.conn.execute(
        """
        SELECT party, limit_id, window_on, amount_minor, count FROM policy.usage
        JOIN unnest(%s, %s, %s) AS k (party, limit_id, window_on)
        USING (party, limit_id, window_on)
        """,
        _packed(keys),
        binary=True,
    ).fetchall()
    return _usages(rows)


def _packed(keys: Sequence[UsageKey]) -> list[arrays.Packed]:
    return [
        arrays.uuids([key[0].to_bytes(16) for key in keys]),
        arrays.uuids([key[1].to_bytes(16) for key in keys]),
        arrays.dates([key[2] for key in keys]),
    ]


def _usages(rows: Sequence[tuple[Any, ...]]) -> dict[UsageKey, Usage]:
    return {(row[0].int, row[1].int, row[2]): Usage(row[3], row[4]) for row in rows}


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete what was used in days, months and years that began before a moment; how many rows."""
    return tx.conn.execute(
        """
        DELETE FROM policy.usage WHERE (party, limit_id, window_on) IN (
            SELECT party, limit_id, window_on FROM policy.usage
            WHERE window_on < %s AND window_on > '0001-01-01'
            LIMIT %s
        )
        """,
        (before.date(), limit),
    ).rowcount
