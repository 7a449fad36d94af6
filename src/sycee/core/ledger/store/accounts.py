"""The statements about accounts, one function each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.core.ledger.chart import BY_NUMBER, CHART
from sycee.core.ledger.model import Balance, NewAccount
from sycee.runtime.db import Tx

_OPEN = """
    INSERT INTO ledger.accounts (id, owner, code, currency, floor_minor, ceiling_minor, last_at,
        opened_at)
    SELECT d.*, %s, %s
      FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::bigint[], %s::bigint[])
           AS d (id, owner, code, currency, floor_minor, ceiling_minor)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""
_READ = """
    SELECT id, owner, code, currency, debits_posted, credits_posted, debits_pending,
           credits_pending, floor_minor, ceiling_minor, frozen, closed
      FROM ledger.accounts
     WHERE id = ANY(%s)
"""
_OWNED = """
    SELECT id, owner, code, currency, debits_posted, credits_posted, debits_pending,
           credits_pending, floor_minor, ceiling_minor, frozen, closed
      FROM ledger.accounts
     WHERE owner = ANY(%s)
     ORDER BY opened_at, id
"""
_BOUND = """
    UPDATE ledger.accounts SET floor_minor = %s, ceiling_minor = %s
     WHERE id = %s AND NOT closed
    RETURNING id
"""
# In order of id, as posting locks them: `runtime.db.begin` leaves the planner no other way.
_LOCK = "UPDATE ledger.accounts SET last_at = last_at WHERE id = ANY(%s)"
_FREEZE = "UPDATE ledger.accounts SET frozen = %s WHERE id = %s AND NOT closed RETURNING id"
_CLOSE = """
    UPDATE ledger.accounts SET closed = true
     WHERE id = %s AND debits_posted = credits_posted AND debits_pending = 0
       AND credits_pending = 0 AND NOT closed
    RETURNING id
"""
_REOPEN = "UPDATE ledger.accounts SET closed = false WHERE id = %s RETURNING id"


def _balance(row: tuple[Any, ...]) -> Balance:
    id, owner, number, currency, dp, cp, dq, cq, floor, ceiling, frozen, closed = row
    line = BY_NUMBER[number]
    return Balance(
        id=id,
        owner=owner,
        code=line.name,
        currency=currency,
        credit_normal=line.credit_normal,
        debits_posted=dp,
        credits_posted=cp,
        debits_pending=dq,
        credits_pending=cq,
        floor=floor,
        ceiling=ceiling,
        frozen=frozen,
        closed=closed,
    )


def insert(tx: Tx, accounts: Sequence[NewAccount], now: datetime) -> set[UUID]:
    """Write accounts in order of id; the ids that were new."""
    ordered = sorted(accounts, key=lambda account: account.id.int)
    cursor = tx.conn.execute(
        _OPEN,
        (
            now,
            now,
            [account.id for account in ordered],
            [account.owner for account in ordered],
            [CHART[account.code].number for account in ordered],
            [account.currency for account in ordered],
            [account.floor for account in ordered],
            [account.ceiling for account in ordered],
        ),
    )
    return {id for (id,) in cursor.fetchall()}


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Balance]:
    """Accounts by id; unknown ids are left out."""
    found = tx.conn.execute(_READ, (list(ids),)).fetchall()
    return {row[0]: _balance(row) for row in found}


def owned(tx: Tx, owners: Sequence[UUID]) -> list[Balance]:
    """Every account of some owners, oldest first."""
    return [_balance(row) for row in tx.conn.execute(_OWNED, (list(owners),)).fetchall()]


def lock(tx: Tx, ids: Sequence[UUID]) -> None:
    """Lock accounts in order of id until the end; unknown ids are passed over."""
    tx.conn.execute(_LOCK, (sorted(ids),))


def bound(tx: Tx, id: UUID, floor: int | None, ceiling: int | None) -> bool:
    """Set both bounds of an open account; whether there was one."""
    return tx.conn.execute(_BOUND, (floor, ceiling, id)).fetchone() is not None


def freeze(tx: Tx, id: UUID, frozen: bool) -> bool:
    """Freeze or thaw an open account; whether there was one."""
    return tx.conn.execute(_FREEZE, (frozen, id)).fetchone() is not None


def close(tx: Tx, id: UUID) -> bool:
    """Close an account with nothing on it and nothing pending; whether that was so."""
    return tx.conn.execute(_CLOSE, (id,)).fetchone() is not None


def reopen(tx: Tx, id: UUID) -> bool:
    """Open a closed account again; whether there is such an account."""
    return tx.conn.execute(_REOPEN, (id,)).fetchone() is not None
