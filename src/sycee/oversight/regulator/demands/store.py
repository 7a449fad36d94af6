"""SQL of `regulator.demand` and `demand_word`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from sycee.oversight.regulator.demands.model import Demand, State, Word
from sycee.runtime.db import MAX, Place, Tx

_COLUMNS: LiteralString = """
    id, authority, legal_basis, offence, sha256, sealed, asked, gag_until, gag_basis, received_by,
    received_at, state, granted, answered_at, answer, told_at
"""


def _demands(rows: Sequence[tuple[Any, ...]]) -> list[Demand]:
    return [_demand(*row) for row in rows]


def _demand(*row: Any) -> Demand:
    typed: tuple[Any, ...] = (
        *row[:4], bytes(row[4]), bytes(row[5]), bytes(row[6]), *row[7:11], State(row[11]),
        *(None if each is None else bytes(each) for each in row[12:13]), row[13],
        *(None if each is None else bytes(each) for each in row[14:15]), row[15],
    )  # fmt: skip
    return Demand(*typed)


def insert(tx: Tx, row: Demand) -> None:
    """Keep a demand that came in."""
    tx.conn.execute(
        """
        INSERT INTO regulator.demand (id, authority, legal_basis, offence, sha256, sealed, asked,
            gag_until, gag_basis, received_by, received_at, state)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (row.id, row.authority, row.legal_basis, row.offence, row.sha256, row.sealed, row.asked,
         row.gag_until, row.gag_basis, row.received_by, row.received_at, str(row.state)),
    )  # fmt: skip


def lock(tx: Tx, id_: UUID) -> Demand | None:
    """A demand under its row's lock."""
    found = _demands(
        tx.conn.execute(
            f"SELECT {_COLUMNS} FROM regulator.demand WHERE id = %s FOR UPDATE", (id_,)
        ).fetchall()
    )
    return found[0] if found else None


def read(tx: Tx, id_: UUID) -> Demand | None:
    """A demand."""
    found = _demands(
        tx.conn.execute(f"SELECT {_COLUMNS} FROM regulator.demand WHERE id = %s", (id_,)).fetchall()
    )
    return found[0] if found else None


def page(tx: Tx, before: UUID | None, limit: int) -> list[Demand]:
    """Demands, newest first."""
    return _demands(
        tx.conn.execute(
            f"""
            SELECT {_COLUMNS} FROM regulator.demand
            WHERE id < %(before)s
            ORDER BY id DESC LIMIT %(limit)s
            """,
            {"before": before or MAX, "limit": limit},
        ).fetchall()
    )


def words(tx: Tx, id_: UUID) -> list[Word]:
    """The words on a demand, in order."""
    return [
        Word(*row)
        for row in tx.conn.execute(
            """
            SELECT credential, party, kind, at FROM regulator.demand_word
            WHERE demand = %s ORDER BY at, credential
            """,
            (id_,),
        ).fetchall()
    ]


def say(tx: Tx, id_: UUID, word: Word) -> None:
    """Keep someone's word."""
    tx.conn.execute(
        """
        INSERT INTO regulator.demand_word (demand, credential, party, kind, at)
        VALUES (%s, %s, %s, %s, %s)
        """,
        (id_, word.credential, word.party, word.kind, word.at),
    )


def move(tx: Tx, id_: UUID, state: State, granted: bytes | None) -> None:
    """Bring a demand to a state, with what is granted so far."""
    tx.conn.execute(
        "UPDATE regulator.demand SET state = %s, granted = %s WHERE id = %s",
        (str(state), granted, id_),
    )


def answer(tx: Tx, id_: UUID, sealed: bytes) -> None:
    """Keep the sealed answer."""
    tx.conn.execute(
        """
        UPDATE regulator.demand SET state = 'answered', answered_at = %s, answer = %s WHERE id = %s
        """,
        (tx.now, sealed, id_),
    )


def untold(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Demands whose gag has ended and whose people do not know yet."""
    return tx.conn.execute(
        """
        SELECT gag_until, id FROM regulator.demand
        WHERE gag_until IS NOT NULL AND told_at IS NULL
          AND gag_until <= %s AND (gag_until, id) > (%s, %s)
        ORDER BY gag_until, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def told(tx: Tx, id_: UUID) -> None:
    """Note that everybody concerned knows."""
    tx.conn.execute("UPDATE regulator.demand SET told_at = %s WHERE id = %s", (tx.now, id_))
