"""SQL of `wallet.refunds`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.products.wallet.refunds.model import Reason, Refund
from sycee.runtime.db import Tx

COLUMNS = """payer, id, transfer, payee, amount_minor, tip_minor, currency, reason, device,
    made_at"""


def _row(row: Sequence[Any]) -> Refund:
    typed: tuple[Any, ...] = (*row[:7], Reason(row[7]), *row[8:])
    return Refund(*typed)


def insert(tx: Tx, refund: Refund) -> None:
    """Keep a refund."""
    tx.conn.execute(
        """
        INSERT INTO wallet.refunds (payer, id, transfer, payee, amount_minor, tip_minor, currency,
            reason, device, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            refund.payer,
            refund.id,
            refund.transfer,
            refund.payee,
            refund.amount_minor,
            refund.tip_minor,
            refund.currency,
            refund.reason,
            refund.device,
            refund.made_at,
        ),
    )


def of_transfer(tx: Tx, payer: UUID, transfer: UUID) -> list[Refund]:
    """The refunds of a payment, oldest first."""
    rows = tx.conn.execute(
        f"SELECT {COLUMNS} FROM wallet.refunds WHERE payer = %s AND transfer = %s ORDER BY id",
        (payer, transfer),
    ).fetchall()
    return [_row(row) for row in rows]


def given_by(
    tx: Tx, payee: UUID, devices: Sequence[UUID], currency: str, since: datetime, first: UUID
) -> int:
    """What devices of a payee gave back since a moment; `first` is the least id of that moment."""
    row = tx.conn.execute(
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM wallet.refunds
        WHERE payee = %s AND id >= %s AND made_at >= %s AND currency = %s AND device = ANY(%s)
        """,
        (payee, first, since, currency, list(devices)),
    ).fetchone()
    assert row is not None
    return row[0]


def broken(tx: Tx) -> list[tuple[UUID, int, int]]:
    """(payment, sum of its refunds, what it says) where the two differ or pass what was paid."""
    return tx.conn.execute(
        """
        SELECT t.id, coalesce(r.amount, 0)::bigint, t.refunded_minor
        FROM wallet.transfers AS t
        LEFT JOIN (
            SELECT payer, transfer, sum(amount_minor) AS amount
            FROM wallet.refunds GROUP BY payer, transfer
        ) AS r ON r.payer = t.payer AND r.transfer = t.id
        WHERE (t.refunded_minor > 0 OR r.amount IS NOT NULL)
          AND (t.refunded_minor <> coalesce(r.amount, 0) OR t.refunded_minor > t.amount_minor)
        ORDER BY t.id LIMIT 100
        """
    ).fetchall()
