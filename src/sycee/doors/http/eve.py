"""The demo town's New Year's Eve: when it is, read by the town; asked for by the console.

In demo mode only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.doors.http import pace
from sycee.doors.http.evenings import evening
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Body

LONGEST_SECONDS = 3_600


class EveView(msgspec.Struct, frozen=True):
    """Whether the town celebrates now and until when, or when it next does by itself.

    `next_at` is None where nobody lives in the town, or at pace 0.
    """

    on: bool
    ends_at: datetime | None
    next_at: datetime | None
    lives: bool


class EveBody(Body, frozen=True):
    """For how long from now the town shall celebrate; 0 ends it."""

    seconds: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_SECONDS)]


class Ask(msgspec.Struct, frozen=True):
    """The command: celebrate for so long."""

    by: UUID
    seconds: int


def look(tx: Tx) -> EveView:
    """The evening that was asked for, or the calendar's unless it was ended."""
    row = tx.conn.execute("SELECT ends_at FROM town.eve WHERE id = 1").fetchone()
    asked = None if row is None else row[0]
    paced = pace.look(tx)
    if asked is not None and tx.now < asked:
        return EveView(paced.lives, asked, None, paced.lives)
    if not paced.lives or paced.per_minute == 0:
        return EveView(False, None, None, paced.lives)
    begins, ends = evening(tx.now)
    if begins <= tx.now and (asked is None or asked < begins):
        return EveView(True, ends, None, paced.lives)
    if begins <= tx.now:
        begins, _ = evening(ends)
    return EveView(False, None, begins, paced.lives)


def ask(tx: Tx, command: Ask) -> EveView:
    """Begin an evening, or end the one that is on."""
    ends_at = tx.now + timedelta(seconds=command.seconds)
    tx.conn.execute(
        """
        INSERT INTO town.eve (id, asked_at, ends_at) VALUES (1, %(now)s, %(ends)s)
        ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at, ends_at = excluded.ends_at
        """,
        {"now": tx.now, "ends": ends_at},
    )
    body = {"seconds": command.seconds}
    append(tx, [Entry(command.by, "town.celebrated", command.by, (), "demo", body)])
    return look(tx)


@read("/v1/demo/eve", scope="operator", gives=EveView)
def show(tx: Tx) -> EveView:
    """Read whether the town celebrates, and when it next does."""
    return look(tx)


@write("/v1/demo/eve", "town.celebrate", ask, scope="operator", gives=EveView, method="PUT")
def celebrate(body: EveBody, *, caller: Caller) -> Ask:
    """Let the town celebrate a New Year's Eve from now on; it begins within seconds."""
    return Ask(caller.party, body.seconds)


routes = [show, celebrate]
