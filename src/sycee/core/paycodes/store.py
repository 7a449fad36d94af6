"""SQL of `paycodes.*`: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.runtime.db import Tx

Row = tuple[Any, ...]
"""locator, device, party, sealed, ceiling_minor, currency, made_at."""


def save(
    tx: Tx,
    device: UUID,
    party: UUID,
    locator: int,
    sealed: bytes,
    ceiling_minor: int,
    currency: str,
) -> None:
    """Keep a device's seed; the one it had is gone."""
    tx.conn.execute(
        """
        INSERT INTO paycodes.seed (device, party, locator, sealed, ceiling_minor, currency, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (device) DO UPDATE SET party = EXCLUDED.party, locator = EXCLUDED.locator,
            sealed = EXCLUDED.sealed, ceiling_minor = EXCLUDED.ceiling_minor,
            currency = EXCLUDED.currency, made_at = EXCLUDED.made_at
        """,
        (device, party, locator, sealed, ceiling_minor, currency, tx.now),
    )


def crowd(tx: Tx, locator: int) -> int:
    """How many devices have a locator."""
    row = tx.conn.execute(
        "SELECT count(*) FROM paycodes.seed WHERE locator = %s", (locator,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def at(tx: Tx, locators: Sequence[int]) -> list[Row]:
    """The seeds at locators."""
    return tx.conn.execute(
        """
        SELECT locator, device, party, sealed, ceiling_minor, currency, made_at
        FROM paycodes.seed WHERE locator = ANY (%s)
        """,
        (list(locators),),
    ).fetchall()


def of_party(tx: Tx, party: UUID) -> list[Row]:
    """The seeds of a party's devices, in order of device."""
    return tx.conn.execute(
        """
        SELECT locator, device, party, sealed, ceiling_minor, currency, made_at
        FROM paycodes.seed WHERE party = %s ORDER BY device
        """,
        (party,),
    ).fetchall()


def drop(tx: Tx, device: UUID, party: UUID) -> bool:
    """Forget the seed of a party's device; whether there was one."""
    row = tx.conn.execute(
        "DELETE FROM paycodes.seed WHERE device = %s AND party = %s RETURNING device",
        (device, party),
    ).fetchone()
    return row is not None
