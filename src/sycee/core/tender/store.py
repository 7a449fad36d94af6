"""Tender's SQL: `tender.mandate`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sycee.core.tender.model import Mandate
from sycee.runtime.db import Tx


def insert(tx: Tx, mandate: Mandate) -> bool:
    """Insert a mandate; false if its id is taken."""
    row = tx.conn.execute(
        """
        INSERT INTO tender.mandate (id, kind, payer, account, ceiling_minor, currency, payee,
                                    issued_at, expires_at, device)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (id) DO NOTHING RETURNING id
        """,
        (
            mandate.id,
            mandate.kind,
            mandate.payer,
            mandate.account,
            mandate.ceiling_minor,
            mandate.currency,
            mandate.payee,
            mandate.issued_at,
            mandate.expires_at,
            mandate.device,
        ),
    ).fetchone()
    return row is not None


def insert_all(tx: Tx, mandates: Sequence[Mandate]) -> None:
    """Insert mandates; one whose id is taken stays as it is, after its writer has ended."""
    ordered = sorted(mandates, key=lambda mandate: mandate.id)
    tx.conn.execute(
        """
        INSERT INTO tender.mandate (id, kind, payer, account, ceiling_minor, currency,
                                    issued_at, expires_at)
        SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[],
                             %s::text[], %s::timestamptz[], %s::timestamptz[])
        ON CONFLICT (id) DO NOTHING
        """,
        (
            [each.id for each in ordered],
            [each.kind for each in ordered],
            [each.payer for each in ordered],
            [each.account for each in ordered],
            [each.ceiling_minor for each in ordered],
            [each.currency for each in ordered],
            [each.issued_at for each in ordered],
            [each.expires_at for each in ordered],
        ),
    )


def lock(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    """Lock mandates until the transaction ends and read them.

    A plural lock is an `UPDATE … RETURNING`, which also exists on a cluster; nothing is changed.
    """
    rows = tx.conn.execute(
        """
        UPDATE tender.mandate AS m SET kind = m.kind
        FROM (SELECT id FROM unnest(%s::uuid[]) AS id ORDER BY id) AS wanted
        WHERE m.id = wanted.id
        RETURNING m.id, m.kind, m.payer, m.account, m.ceiling_minor, m.currency, m.payee,
                  m.issued_at, m.expires_at, m.revoked_at, m.spent_at, m.spent_by, m.spent_to,
                  m.spent_minor, m.device
        """,
        (list(ids),),
    ).fetchall()
    return {row[0]: Mandate(*row) for row in rows}


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    """Mandates by id, without a lock; unknown ids are left out."""
    rows = tx.conn.execute(
        """
        SELECT id, kind, payer, account, ceiling_minor, currency, payee, issued_at, expires_at,
               revoked_at, spent_at, spent_by, spent_to, spent_minor, device
        FROM tender.mandate WHERE id = ANY (%s)
        """,
        (list(ids),),
    ).fetchall()
    return {row[0]: Mandate(*row) for row in rows}


def spend(
    tx: Tx,
    ids: Sequence[UUID],
    subjects: Sequence[UUID],
    payees: Sequence[UUID],
    amounts: Sequence[int],
) -> None:
    """Mark locked mandates spent at `tx.now`."""
    tx.conn.execute(
        """
        UPDATE tender.mandate AS m SET
            spent_at = %s, spent_by = u.subject, spent_to = u.payee, spent_minor = u.amount_minor
        FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[])
             AS u (id, subject, payee, amount_minor)
        WHERE m.id = u.id
        """,
        (tx.now, list(ids), list(subjects), list(payees), list(amounts)),
    )


def unspend(tx: Tx, ids: Sequence[UUID], subjects: Sequence[UUID]) -> None:
    """Make mandates usable again that this transaction spent on these subjects."""
    tx.conn.execute(
        """
        UPDATE tender.mandate AS m SET
            spent_at = NULL, spent_by = NULL, spent_to = NULL, spent_minor = NULL
        FROM unnest(%s::uuid[], %s::uuid[]) AS u (id, subject)
        WHERE m.id = u.id AND m.spent_by = u.subject AND m.spent_at = %s
        """,
        (list(ids), list(subjects), tx.now),
    )


def revoke(tx: Tx, mandate: UUID) -> None:
    """Mark a locked, unspent mandate withdrawn at `tx.now`."""
    tx.conn.execute(
        "UPDATE tender.mandate SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL",
        (tx.now, mandate),
    )


def purge(tx: Tx, before: datetime, limit: int) -> int:
    """Delete unspent mandates that expired before a moment; how many went."""
    return tx.conn.execute(
        """
        DELETE FROM tender.mandate WHERE id IN (
            SELECT id FROM tender.mandate WHERE spent_at IS NULL AND expires_at < %s
            ORDER BY expires_at LIMIT %s
        ) AND spent_at IS NULL
        """,
        (before, limit),
    ).rowcount
