"""SQL of top-ups, payments and batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from sycee.products.wallet.bank.model import Batch, Payment, PaymentState, TopUp
from sycee.runtime.db import MAX, Tx


def insert_top_up(tx: Tx, row: TopUp) -> None:
    """Keep a promise of money to come."""
    tx.conn.execute(
        """
        INSERT INTO bank.top_up (reference, id, party, account, amount_minor, currency, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            row.reference,
            row.id,
            row.party,
            row.account,
            row.amount_minor,
            row.currency,
            row.created_at,
        ),
    )


def top_ups(tx: Tx, references: Sequence[str]) -> dict[str, TopUp]:
    """Top-ups by reference, locked until the end."""
    rows = tx.conn.execute(
        """
        SELECT reference, id, party, account, amount_minor, currency, line, received_minor,
            created_at, credited_at
        FROM bank.top_up WHERE reference = ANY(%s) ORDER BY reference FOR UPDATE
        """,
        (sorted(set(references)),),
    ).fetchall()
    return {row[0]: TopUp(*row) for row in rows}


def credit_top_ups(tx: Tx, rows: Sequence[tuple[str, UUID, int]]) -> None:
    """Note (reference, line, received) of top-ups whose money came."""
    tx.conn.execute(
        """
        UPDATE bank.top_up AS t
        SET line = n.line, received_minor = n.minor, credited_at = %s
        FROM unnest(%s::text[], %s::uuid[], %s::bigint[]) AS n (reference, line, minor)
        WHERE t.reference = n.reference
        """,
        (tx.now, [r for r, _, _ in rows], [line for _, line, _ in rows], [m for *_, m in rows]),
    )


def top_ups_of(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[TopUp]:
    """A party's top-ups, newest first."""
    rows = tx.conn.execute(
        """
        SELECT reference, id, party, account, amount_minor, currency, line, received_minor,
            created_at, credited_at
        FROM bank.top_up
        WHERE party = %(party)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [TopUp(*row) for row in rows]


def top_up(tx: Tx, party: UUID, id_: UUID) -> TopUp | None:
    """One of a party's top-ups."""
    row = tx.conn.execute(
        """
        SELECT reference, id, party, account, amount_minor, currency, line, received_minor,
            created_at, credited_at
        FROM bank.top_up WHERE party = %s AND id = %s
        """,
        (party, id_),
    ).fetchone()
    return TopUp(*row) if row else None


def insert_payment(tx: Tx, row: Payment) -> None:
    """Keep a payment that waits for its file."""
    tx.conn.execute(
        """
        INSERT INTO bank.payment (id, account, party, line, amount_minor, currency, state,
            seal_subject, sealed, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            row.id,
            row.account,
            row.party,
            row.line,
            row.amount_minor,
            row.currency,
            str(row.state),
            row.seal_subject,
            row.sealed,
            row.created_at,
        ),
    )


def _payment(row: tuple[Any, ...]) -> Payment:
    return msgspec.structs.replace(Payment(*row), state=PaymentState(row[6]))


def payments(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Payment]:
    """Payments by id, locked until the end."""
    rows = tx.conn.execute(
        """
        SELECT id, account, party, line, amount_minor, currency, state, reason, batch,
            seal_subject, sealed, created_at, sent_at, booked_at, ended_at
        FROM bank.payment WHERE id = ANY(%s) ORDER BY id FOR UPDATE
        """,
        (sorted(set(ids)),),
    ).fetchall()
    return {row[0]: _payment(row) for row in rows}


def open_of(tx: Tx, party: UUID, limit: int = 50) -> list[UUID]:
    """A party's payments that the bank has not booked yet, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM bank.payment
        WHERE party = %s AND state IN ('queued', 'sent', 'accepted') ORDER BY id DESC LIMIT %s
        """,
        (party, limit),
    ).fetchall()
    return [row[0] for row in rows]


def payments_of(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[Payment]:
    """A party's withdrawals, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id, account, party, line, amount_minor, currency, state, reason, batch,
            seal_subject, sealed, created_at, sent_at, booked_at, ended_at
        FROM bank.payment
        WHERE party = %(party)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [_payment(row) for row in rows]


def payment(tx: Tx, party: UUID, id_: UUID) -> Payment | None:
    """One of a party's withdrawals."""
    row = tx.conn.execute(
        """
        SELECT id, account, party, line, amount_minor, currency, state, reason, batch,
            seal_subject, sealed, created_at, sent_at, booked_at, ended_at
        FROM bank.payment WHERE id = %s AND party = %s
        """,
        (id_, party),
    ).fetchone()
    return _payment(row) if row else None


def queued(tx: Tx, account: UUID, after: UUID, limit: int) -> list[Payment]:
    """Payments of an account that wait for a file, in order after one, locked until the end."""
    rows = tx.conn.execute(
        """
        SELECT id, account, party, line, amount_minor, currency, state, reason, batch,
            seal_subject, sealed, created_at, sent_at, booked_at, ended_at
        FROM bank.payment WHERE account = %s AND state = 'queued' AND id > %s
        ORDER BY id LIMIT %s FOR UPDATE
        """,
        (account, after, limit),
    ).fetchall()
    return [_payment(row) for row in rows]


def accounts_waiting(tx: Tx, limit: int) -> list[UUID]:
    """Accounts with payments that wait for a file."""
    rows = tx.conn.execute(
        "SELECT DISTINCT account FROM bank.payment WHERE state = 'queued' LIMIT %s", (limit,)
    ).fetchall()
    return [row[0] for row in rows]


def send(tx: Tx, batch: UUID, ids: Sequence[UUID]) -> None:
    """Mark payments as sent in a batch, in this order."""
    tx.conn.execute(
        """
        UPDATE bank.payment AS p
        SET state = 'sent', batch = %s, place = n.place, sent_at = %s
        FROM unnest(%s::uuid[]) WITH ORDINALITY AS n (id, place) WHERE p.id = n.id
        """,
        (batch, tx.now, list(ids)),
    )


def insert_batch(tx: Tx, batch: UUID, account: UUID, payments: int, total: int) -> None:
    """Keep a batch that is to be written."""
    tx.conn.execute(
        """
        INSERT INTO bank.batch (id, account, payments, total_minor, sent_at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        (batch, account, payments, total, tx.now),
    )


def batch(tx: Tx, id_: UUID) -> Batch | None:
    """A batch with its payments; None where there is none of that id."""
    head = tx.conn.execute(
        "SELECT account, sent_at, written_at FROM bank.batch WHERE id = %s", (id_,)
    ).fetchone()
    if head is None:
        return None
    rows = tx.conn.execute(
        """
        SELECT id, account, party, line, amount_minor, currency, state, reason, batch,
            seal_subject, sealed, created_at, sent_at, booked_at, ended_at
        FROM bank.payment WHERE batch = %s ORDER BY place
        """,
        (id_,),
    ).fetchall()
    return Batch(head[0], head[1], head[2], [_payment(row) for row in rows])


def note_written(tx: Tx, batch: UUID, sha256: str) -> None:
    """The batch's file is in the bank's folder."""
    tx.conn.execute(
        "UPDATE bank.batch SET written_at = %s, sha256 = %s WHERE id = %s AND written_at IS NULL",
        (tx.now, sha256, batch),
    )


def turn(tx: Tx, rows: Sequence[tuple[UUID, PaymentState, str | None]]) -> None:
    """Move payments to another state, with the bank's reason.

    `booked` may also be noted of a payment that came back before it was booked, which then stays
    returned. What says to whom it went is wiped at the end.
    """
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            UPDATE bank.payment SET
                state = CASE WHEN state = 'returned' THEN state ELSE %(state)s END,
                reason = coalesce(%(reason)s, reason),
                booked_at = CASE WHEN %(state)s = 'booked' THEN %(now)s ELSE booked_at END,
                ended_at = CASE WHEN %(state)s <> 'accepted' THEN %(now)s ELSE ended_at END,
                sealed = CASE WHEN %(state)s = 'accepted' THEN sealed END
            WHERE id = %(id)s
            """,
            [{"id": i, "state": str(s), "reason": r, "now": tx.now} for i, s, r in rows],
        )


def in_transit(tx: Tx, currency: str) -> int:
    """What is on its way out: sent or about to be, neither booked nor rejected."""
    row = tx.conn.execute(
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM bank.payment
        WHERE currency = %s AND state <> 'rejected' AND booked_at IS NULL
        """,
        (currency,),
    ).fetchone()
    assert row is not None
    return row[0]


def moved(tx: Tx) -> Iterator[tuple[UUID, int, str, str]]:
    """Every payment in order of id: id, minor units, the codes by which it set out and came back.

    One that the bank did not reject has the first twice.
    """
    with tx.conn.cursor(name="moved_payments") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, amount_minor, way, CASE state WHEN 'rejected' THEN 'bank.reject' ELSE way END
            FROM (SELECT id, amount_minor, state, CASE WHEN party IS NULL THEN 'bank.send-back'
                    ELSE 'bank.withdraw' END AS way FROM bank.payment) AS payment ORDER BY id
            """
        )
        yield from cursor
