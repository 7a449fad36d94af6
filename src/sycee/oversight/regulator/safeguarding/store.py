"""SQL of safeguarding runs, their breaks and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sycee.oversight.regulator.safeguarding.model import Break, Run, Sort
from sycee.runtime.db import MAX, Tx


def insert(tx: Tx, run: Run, breaks: Sequence[Break]) -> None:
    """Keep a run and the breaks that it names."""
    tx.conn.execute(
        """
        INSERT INTO regulator.run (id, day_on, currency, taken_at, accounts, requirement_minor,
                                   books_minor, bank_minor, lines, breaks, digest)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            run.id,
            run.day_on,
            run.currency,
            run.taken_at,
            run.accounts,
            run.requirement_minor,
            run.books_minor,
            run.bank_minor,
            run.lines,
            run.breaks,
            run.digest,
        ),
    )
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO regulator.difference (run, place, sort, subject, amount_minor)
            VALUES (%s, %s, %s, %s, %s)
            """,
            [
                (run.id, place, str(one.sort), one.subject, one.amount_minor)
                for place, one in enumerate(breaks)
            ],
        )


def done(tx: Tx, day: date) -> set[str]:
    """The currencies that have a run of a day."""
    rows = tx.conn.execute("SELECT currency FROM regulator.run WHERE day_on = %s", (day,))
    return {row[0] for row in rows.fetchall()}


def runs(
    tx: Tx, id_: UUID | None = None, before: UUID | None = None, limit: int = 100
) -> list[Run]:
    """One run, or the newest ones."""
    rows = tx.conn.execute(
        """
        SELECT id, day_on, currency, taken_at, accounts, requirement_minor, books_minor,
               bank_minor, lines, breaks, digest
        FROM regulator.run
        WHERE (%(id)s::uuid IS NULL OR id = %(id)s)
          AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"id": id_, "before": before or MAX, "limit": limit},
    ).fetchall()
    return [Run(*row) for row in rows]


def between(tx: Tx, first: date, last: date, currency: str) -> list[Run]:
    """The runs of some days in a currency, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, day_on, currency, taken_at, accounts, requirement_minor, books_minor,
               bank_minor, lines, breaks, digest
        FROM regulator.run WHERE day_on BETWEEN %s AND %s AND currency = %s ORDER BY day_on
        """,
        (first, last, currency),
    ).fetchall()
    return [Run(*row) for row in rows]


def breaks(tx: Tx, run: UUID) -> list[Break]:
    """The breaks that a run names, the largest first."""
    rows = tx.conn.execute(
        """
        SELECT sort, subject, amount_minor FROM regulator.difference
        WHERE run = %s ORDER BY place
        """,
        (run,),
    ).fetchall()
    return [Break(Sort(row[0]), row[1], row[2]) for row in rows]


def lock(tx: Tx, run: UUID) -> None:
    """Let one signature after the other be decided."""
    tx.conn.execute("SELECT 1 FROM regulator.run WHERE id = %s FOR UPDATE", (run,))


def signatures(tx: Tx, run: UUID) -> list[tuple[UUID, UUID, datetime]]:
    """Party, credential and time of who signed a run."""
    return tx.conn.execute(
        "SELECT party, credential, at FROM regulator.signature WHERE run = %s ORDER BY at", (run,)
    ).fetchall()


def sign(tx: Tx, run: UUID, party: UUID, credential: UUID) -> None:
    """Note a signature."""
    tx.conn.execute(
        "INSERT INTO regulator.signature (run, party, credential, at) VALUES (%s, %s, %s, %s)",
        (run, party, credential, tx.now),
    )
