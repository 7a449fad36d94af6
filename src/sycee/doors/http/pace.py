"""How fast the demo town lives: read by the town, set by the console. In demo mode only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.runtime import settings as installation
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Body
from sycee.runtime.settings import TOWN_PACE_MOST


class PaceView(msgspec.Struct, frozen=True):
    """Deeds a minute on average, 0 to `most`. `lives` is false where the town was left still."""

    per_minute: int
    most: int
    lives: bool
    changed_at: datetime | None


class PaceBody(Body, frozen=True):
    """How many deeds a minute there shall be, 0 for none."""

    per_minute: Annotated[int, msgspec.Meta(ge=0, le=TOWN_PACE_MOST)]


class SetPace(msgspec.Struct, frozen=True):
    """The command: let the town live at this pace."""

    by: UUID
    per_minute: int


def look(tx: Tx) -> PaceView:
    """The pace as it was set, or as the settings have it."""
    row = tx.conn.execute("SELECT per_minute, changed_at FROM town.pace WHERE id = 1").fetchone()
    usual = installation.load().town_pace
    pace, changed_at = row or (usual, None)
    return PaceView(pace, TOWN_PACE_MOST, usual > 0, changed_at)


def change(tx: Tx, command: SetPace) -> PaceView:
    """Set the pace."""
    tx.conn.execute(
        """
        INSERT INTO town.pace (id, per_minute, changed_at) VALUES (1, %s, %s)
        ON CONFLICT (id) DO UPDATE SET
            per_minute = excluded.per_minute, changed_at = excluded.changed_at
        """,
        (command.per_minute, tx.now),
    )
    body = {"per_minute": command.per_minute}
    append(tx, [Entry(command.by, "town.paced", command.by, (), "demo", body)])
    return look(tx)


@read("/v1/demo/pace", scope="operator", gives=PaceView)
def show(tx: Tx) -> PaceView:
    """Read the pace of the town."""
    return look(tx)


@write("/v1/demo/pace", "town.pace", change, scope="operator", gives=PaceView, method="PUT")
def set_pace(body: PaceBody, *, caller: Caller) -> SetPace:
    """Set the pace of the town; it follows within seconds."""
    return SetPace(caller.party, body.per_minute)


routes = [show, set_pace]
