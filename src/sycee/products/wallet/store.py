"""SQL of `wallet.*`: one function a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import LiteralString, NamedTuple
from uuid import UUID

from sycee.products.wallet.model import Row
from sycee.runtime import arrays
from sycee.runtime.db import MAX, Tx

COLUMNS: LiteralString = """
    id, payer, payee, amount_minor, currency, out_ref, posted_at, tip_minor, grade, device, origin,
    refunded_minor
"""

# A side at a time: in a write one condition for both would have every payment looked through.
FIND: LiteralString = f"""
    SELECT {COLUMNS} FROM wallet.transfers WHERE payer = %(party)s AND id = %(id)s
    UNION ALL
    SELECT {COLUMNS} FROM wallet.transfers WHERE payee = %(party)s AND id = %(id)s
"""


class OfOrigin(NamedTuple):
    """What was paid by one code or link."""

    payments: int = 0
    paid_minor: int = 0
    tip_minor: int = 0
    refunded_minor: int = 0


def claim_refs(tx: Tx, claims: Sequence[tuple[UUID, str, UUID]]) -> dict[tuple[UUID, str], UUID]:
    """Claim `(payer, out_ref, transfer)`; returns who has each reference now.

    Sorted, so that two batches cannot wait for each other. A rival that has not committed is waited
    for, and its row is then seen by the second statement.
    """
    ordered = sorted(claims)
    columns = (
        [payer for payer, _, _ in ordered],
        [ref for _, ref, _ in ordered],
        [transfer for _, _, transfer in ordered],
    )
    tx.conn.execute(
        """
        INSERT INTO wallet.out_refs (payer, out_ref, transfer)
        SELECT payer, out_ref, transfer
        FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS r (payer, out_ref, transfer)
        ON CONFLICT (payer, out_ref) DO NOTHING
        """,
        columns,
    )
    rows = tx.conn.execute(
        """
        SELECT h.payer, h.out_ref, h.transfer
        FROM unnest(%s::uuid[], %s::text[]) AS r (payer, out_ref)
        JOIN wallet.out_refs AS h ON h.payer = r.payer AND h.out_ref = r.out_ref
        """,
        columns[:2],
    ).fetchall()
    return {(payer, ref): transfer for payer, ref, transfer in rows}


def free_refs(tx: Tx, claims: Sequence[tuple[UUID, str]]) -> None:
    """Give back references whose transfers were refused."""
    tx.conn.execute(
        """
        DELETE FROM wallet.out_refs AS h
        USING unnest(%s::uuid[], %s::text[]) AS r (payer, out_ref)
        WHERE h.payer = r.payer AND h.out_ref = r.out_ref
        """,
        ([payer for payer, _ in claims], [ref for _, ref in claims]),
    )


def insert(tx: Tx, rows: Sequence[Row]) -> None:
    """Keep posted transfers."""
    tx.conn.execute(
        """
        INSERT INTO wallet.transfers
            (payer, id, payee, amount_minor, currency, out_ref, posted_at, tip_minor, grade, device,
             origin)
        SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            arrays.uuids([row.payer.bytes for row in rows]),
            arrays.uuids([row.id.bytes for row in rows]),
            arrays.uuids([row.payee.bytes for row in rows]),
            arrays.bigints([row.amount_minor for row in rows]),
            arrays.texts([row.currency.encode() for row in rows]),
            arrays.texts([row.out_ref.encode() if row.out_ref else None for row in rows]),
            arrays.times([row.posted_at for row in rows]),
            arrays.bigints([row.tip_minor for row in rows]),
            arrays.texts([row.grade.encode() if row.grade else None for row in rows]),
            arrays.uuids([row.device.bytes if row.device else None for row in rows]),
            arrays.uuids([row.origin.bytes if row.origin else None for row in rows]),
        ),
    )


def find(tx: Tx, party: UUID, id_: UUID) -> Row | None:
    """The transfer of that id, if `party` paid or received it."""
    row = tx.conn.execute(FIND, {"id": id_, "party": party}).fetchone()
    return Row(*row) if row else None


def referred(tx: Tx, payer: UUID, out_ref: str, before: UUID | None) -> list[Row]:
    """The payer's transfer under a reference of its own, if it is before a given one."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM wallet.transfers
        WHERE payer = %(payer)s AND id < %(before)s AND id = (
            SELECT transfer FROM wallet.out_refs WHERE payer = %(payer)s AND out_ref = %(ref)s
        )
        """,
        {"payer": payer, "ref": out_ref, "before": before or MAX},
    ).fetchall()
    return [Row(*row) for row in rows]


def of(tx: Tx, party: UUID, *, before: UUID | None, limit: int) -> list[Row]:
    """The transfers that `party` paid or received, newest first."""
    rows = tx.conn.execute(
        f"""
        (SELECT {COLUMNS}
         FROM wallet.transfers
         WHERE payer = %(party)s AND id < %(before)s
         ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT {COLUMNS}
         FROM wallet.transfers
         WHERE payee = %(party)s AND id < %(before)s
         ORDER BY id DESC LIMIT %(limit)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"party": party, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [Row(*row) for row in rows]


def last_paid(tx: Tx, payer: UUID, payees: Sequence[UUID], among: int) -> dict[UUID, Row]:
    """The payer's last transfer to each of the payees, among its last transfers of all."""
    rows = tx.conn.execute(
        f"""
        SELECT DISTINCT ON (payee) {COLUMNS}
        FROM (
            SELECT {COLUMNS}
            FROM wallet.transfers WHERE payer = %s ORDER BY id DESC LIMIT %s
        ) AS recent
        WHERE payee = ANY(%s) ORDER BY payee, id DESC
        """,
        (payer, among, list(payees)),
    ).fetchall()
    return {row[2]: Row(*row) for row in rows}


def lock(tx: Tx, id_: UUID, payee: UUID) -> Row | None:
    """A transfer that `payee` got, under an exclusive row lock."""
    row = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM wallet.transfers WHERE payee = %s AND id = %s FOR UPDATE
        """,
        (payee, id_),
    ).fetchone()
    return Row(*row) if row else None


def refund(tx: Tx, row: Row, amount_minor: int) -> None:
    """Note that so much of a locked transfer went back."""
    tx.conn.execute(
        """
        UPDATE wallet.transfers SET refunded_minor = refunded_minor + %s
        WHERE payer = %s AND id = %s
        """,
        (amount_minor, row.payer, row.id),
    )


def moved(tx: Tx) -> Iterator[tuple[UUID, UUID, int, int, int]]:
    """Every transfer in order of id: id, payee, price, tip, and what went back; for the doctor."""
    with tx.conn.cursor(name="moved") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, payee, amount_minor - tip_minor, tip_minor, refunded_minor
            FROM wallet.transfers ORDER BY id
            """
        )
        yield from cursor


def by_origin(tx: Tx, payee: UUID, origins: Sequence[UUID]) -> dict[UUID, OfOrigin]:
    """What a payee got by each of its codes and links; those that nobody paid are left out.

    One by one: for many at once a plan may look through all that the payee ever got.
    """
    rows = tx.conn.execute(
        """
        SELECT o.origin, t.* FROM unnest(%s::uuid[]) AS o (origin) CROSS JOIN LATERAL (
            SELECT count(*), sum(amount_minor)::bigint, sum(tip_minor)::bigint,
                   sum(refunded_minor)::bigint
            FROM wallet.transfers WHERE payee = %s AND origin = o.origin HAVING count(*) > 0
        ) AS t
        """,
        (list(origins), payee),
    ).fetchall()
    return {row[0]: OfOrigin(*row[1:]) for row in rows}


def got(
    tx: Tx, payee: UUID, device: UUID | None, after: UUID, before: UUID | None, limit: int
) -> list[Row]:
    """The transfers that a payee got, of all its devices or one, newest first, behind `after`."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM wallet.transfers
        WHERE payee = %(payee)s
          AND (%(device)s::uuid IS NULL OR device = %(device)s)
          AND id > %(after)s AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "payee": payee,
            "device": device,
            "after": after,
            "before": before or MAX,
            "limit": limit,
        },
    ).fetchall()
    return [Row(*row) for row in rows]
