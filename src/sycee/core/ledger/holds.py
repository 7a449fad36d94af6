"""Holds: how they stand, which are due, and the two steps that time takes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.ledger.chart import CODE_NAMES
from sycee.core.ledger.model import Capture, Expire, Outcome
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import HoldNotFound
from sycee.core.ledger.store import reading as store
from sycee.kit.clock import micros
from sycee.kit.ids import uuid7
from sycee.runtime.db import Place, Tx
from sycee.runtime.sweeps import START


class HoldBalance(msgspec.Struct, frozen=True):
    """A hold as it stands, in minor units; `closed_at` None = open."""

    id: UUID
    debit: UUID
    credit: UUID | None
    code: str
    subject: UUID | None
    amount_minor: int
    captured_minor: int
    released_minor: int
    expires_at: datetime | None
    capture_at: datetime | None
    made_at: datetime
    closed_at: datetime | None

    @property
    def left_minor(self) -> int:
        """What is still reserved."""
        return self.amount_minor - self.captured_minor - self.released_minor


def _hold(row: tuple[Any, ...]) -> HoldBalance:
    hold = HoldBalance(*row)
    return msgspec.structs.replace(hold, code=CODE_NAMES.get(row[3], str(row[3])))


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, HoldBalance]:
    """Holds by id; unknown ids are left out."""
    return {row[0]: _hold(row) for row in store.holds(tx, ids)}


def standing(tx: Tx, account: UUID, limit: int = 100) -> list[HoldBalance]:
    """Open holds on an account, oldest first."""
    return [_hold(row) for row in store.open_holds(tx, account, limit)]


def due_captures(tx: Tx, limit: int, after: Place = START) -> list[Place]:
    """Open holds whose `capture_at` has come and that have not expired, by that time and id."""
    return store.due_captures(tx, tx.clock.now(), limit, after)


def due_expiries(tx: Tx, limit: int, after: Place = START) -> list[Place]:
    """Open holds whose `expires_at` has come, by that time and id."""
    return store.due_expiries(tx, tx.clock.now(), limit, after)


def capture_due(tx: Tx, id: UUID) -> Outcome:
    """Capture the rest of a due hold towards its named payee; refused when another was faster."""
    hold = read(tx, [id]).get(id)
    if hold is None or hold.credit is None:
        return HoldNotFound(str(id))
    step = Capture(uuid7(_now(tx)), id, hold.credit, None, hold.code, True, hold.subject)
    return post(tx, [step])[0]


def expire_due(tx: Tx, id: UUID) -> Outcome:
    """Free the rest of a hold whose time is over; refused when another was faster."""
    return post(tx, [Expire(uuid7(_now(tx)), id)])[0]


def _now(tx: Tx) -> int:
    return micros(tx.clock.now()) // 1000
