"""SQL of `parties.consent`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from sycee.runtime.db import MAX, Tx

_COLUMNS: LiteralString = (
    "party, id, purpose, language, jurisdiction, method, notice, given_at, withdrawn_at"
)


class Consent(msgspec.Struct, frozen=True):
    """One consent: whose, for what, how it was given, and whether it was taken back."""

    party: UUID
    id: UUID
    purpose: str
    language: str
    jurisdiction: str
    method: str
    notice: str
    given_at: datetime
    withdrawn_at: datetime | None


def _consents(rows: list[tuple[Any, ...]]) -> list[Consent]:
    return [Consent(*row) for row in rows]


def insert(tx: Tx, row: Consent) -> None:
    """Keep a new consent."""
    tx.conn.execute(
        """
        INSERT INTO parties.consent
            (party, id, purpose, language, jurisdiction, method, notice, given_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (row.party, row.id, row.purpose, row.language, row.jurisdiction, row.method, row.notice,
         row.given_at),
    )  # fmt: skip


def standing(tx: Tx, party: UUID, purpose: str) -> list[Consent]:
    """The consent that stands for a purpose, if there is one."""
    return _consents(
        tx.conn.execute(
            f"""
            SELECT {_COLUMNS} FROM parties.consent
            WHERE party = %s AND purpose = %s AND withdrawn_at IS NULL
            """,
            (party, purpose),
        ).fetchall()
    )


def agreed(tx: Tx, parties: Sequence[UUID], purpose: str) -> set[UUID]:
    """Those of the parties that agree to a purpose now."""
    rows = tx.conn.execute(
        """
        SELECT party FROM parties.consent
        WHERE party = ANY (%s) AND purpose = %s AND withdrawn_at IS NULL
        """,
        (list(parties), purpose),
    ).fetchall()
    return {row[0] for row in rows}


def read(tx: Tx, party: UUID, id_: UUID) -> list[Consent]:
    """One consent of a party's, if it is there."""
    return _consents(
        tx.conn.execute(
            f"SELECT {_COLUMNS} FROM parties.consent WHERE party = %s AND id = %s", (party, id_)
        ).fetchall()
    )


def withdraw(tx: Tx, party: UUID, id_: UUID) -> None:
    """End a consent now."""
    tx.conn.execute(
        """
        UPDATE parties.consent SET withdrawn_at = %s
        WHERE party = %s AND id = %s AND withdrawn_at IS NULL
        """,
        (tx.now, party, id_),
    )


def page(tx: Tx, party: UUID, before: UUID | None, limit: int) -> list[Consent]:
    """A party's consents, newest first, those taken back too."""
    return _consents(
        tx.conn.execute(
            f"""
            SELECT {_COLUMNS} FROM parties.consent
            WHERE party = %(party)s AND id < %(before)s
            ORDER BY id DESC LIMIT %(limit)s
            """,
            {"party": party, "before": before or MAX, "limit": limit},
        ).fetchall()
    )
