"""The statements of the explorer: accounts of a kind, one row of the log, and a pot's flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.runtime.db import NIL, Tx


def of_code(tx: Tx, number: int, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of accounts of one kind, in order of id."""
    found = tx.conn.execute(
        "SELECT id FROM ledger.accounts WHERE code = %s AND id > %s ORDER BY id LIMIT %s",
        (number, after or NIL, limit),
    ).fetchall()
    return [id for (id,) in found]


def of_owner(
    tx: Tx, owner: UUID, numbers: Sequence[int], after: UUID | None, limit: int
) -> list[UUID]:
    """Ids of a party's accounts of some kinds, in order of id."""
    found = tx.conn.execute(
        """
        SELECT id FROM ledger.accounts
        WHERE owner = %s AND code = ANY(%s) AND id > %s ORDER BY id LIMIT %s
        """,
        (owner, list(numbers), after or NIL, limit),
    ).fetchall()
    return [id for (id,) in found]


def of_all(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of all accounts, in order of id."""
    found = tx.conn.execute(
        "SELECT id FROM ledger.accounts WHERE id > %s ORDER BY id LIMIT %s", (after or NIL, limit)
    ).fetchall()
    return [id for (id,) in found]


def transfer(tx: Tx, id: UUID) -> tuple[Any, ...] | None:
    """One row of the log."""
    return tx.conn.execute(
        """
        SELECT id, debit, credit, amount_minor, code, kind, posted_at, effective_at, debit_after,
               credit_after, subject, linked, reverses, hold
          FROM ledger.transfers WHERE id = %s
        """,
        (id,),
    ).fetchone()


def flows(tx: Tx, subject: UUID, *, pot: bool) -> list[tuple[Any, ...]]:
    """What moved for a subject, by debit, credit and code, the earliest first.

    The rows are the one that has the subject's id as its own and, with `pot`, those on the account
    that has it.
    """
    return tx.conn.execute(
        """
        SELECT debit, credit, code, count(*), sum(amount_minor)::bigint, min(posted_at),
               max(posted_at)
          FROM (
            SELECT * FROM ledger.transfers WHERE %(pot)s AND debit = %(id)s AND kind < 10
            UNION
            SELECT * FROM ledger.transfers WHERE %(pot)s AND credit = %(id)s AND kind < 10
            UNION
            SELECT * FROM ledger.transfers WHERE id = %(id)s AND kind < 10
          ) AS moved
         GROUP BY debit, credit, code ORDER BY min(posted_at), code
        """,
        {"id": subject, "pot": pot},
    ).fetchall()
