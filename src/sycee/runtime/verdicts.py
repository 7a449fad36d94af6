"""What the doctor found, each time it was asked, so that a console can show the last word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from sycee.kit.ids import uuid7
from sycee.runtime.db import Tx
from sycee.runtime.retention import Rule


class Checked(msgspec.Struct, frozen=True):
    """One thing looked at: what, whether it is sound, what was seen; `advice` is no fault."""

    what: str
    ok: bool
    seen: str
    advice: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """One examination of this installation and its books."""

    taken_at: datetime
    sound: bool
    checks: list[Checked]


def keep(tx: Tx, sound: bool, checks: Sequence[Checked]) -> None:
    """Write down a verdict."""
    tx.conn.execute(
        "INSERT INTO runtime.verdicts (id, taken_at, sound, checks) VALUES (%s, %s, %s, %s)",
        (uuid7(), tx.now, sound, Jsonb(msgspec.to_builtins(checks))),
    )


def latest(tx: Tx) -> Verdict | None:
    """The last verdict, or None where the doctor was never asked."""
    row: tuple[Any, ...] | None = tx.conn.execute(
        "SELECT taken_at, sound, checks FROM runtime.verdicts ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else Verdict(row[0], row[1], msgspec.convert(row[2], list[Checked]))


def _forget(tx: Tx, before: datetime, limit: int) -> int:
    return tx.conn.execute(
        """
        DELETE FROM runtime.verdicts WHERE id IN (
            SELECT id FROM runtime.verdicts WHERE taken_at < %s LIMIT %s
        )
        """,
        (before, limit),
    ).rowcount


KEPT = Rule(
    "runtime.verdicts",
    "What the doctor found, each time it was asked.",
    days=365,
    purge=_forget,
)
"""How long verdicts are kept."""
