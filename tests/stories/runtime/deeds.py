"""Actions that a lanes' process can find by name, for the stories about it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import uuid7
from sycee.runtime.db import Tx

TABLE = """
    CREATE TABLE public.deeds (id uuid PRIMARY KEY, who uuid, n bigint, at timestamptz,
                               pid bigint, tries bigint)
"""


@dataclass(unsafe_hash=True)
class TooMany(Refusal):
    """The stories refuse this number."""

    code = "test-too-many-deeds"
    kind = Kind.LIMIT
    n: int


class Do(msgspec.Struct, frozen=True):
    """Write `n` down. `how`: "raise" and "kill" end badly, "die-once" only at the first try."""

    n: int
    who: UUID
    how: str = ""
    at: datetime | None = None
    mark: str = ""


class Done(msgspec.Struct, frozen=True):
    n: int
    pid: int


def act(tx: Tx, commands: Sequence[Do]) -> list[Done | Refusal]:
    """The plural verb of these stories."""
    outcomes: list[Done | Refusal] = []
    for command in commands:
        if command.how == "raise":
            raise RuntimeError("this command is poison")
        if command.n > 1_000:
            outcomes.append(TooMany(command.n))
            continue
        tx.conn.execute(
            "INSERT INTO public.deeds VALUES (%s, %s, %s, %s, %s)",
            (uuid7(), command.who, command.n, command.at, os.getpid()),
        )
        outcomes.append(Done(command.n, os.getpid()))
    for command in commands:
        if command.how == "kill" or (
            command.how == "die-once" and not os.path.exists(command.mark)
        ):
            with open(command.mark or os.devnull, "w", encoding="utf-8"):
                os.kill(os.getpid(), signal.SIGKILL)
        if command.how == "slow":
            time.sleep(0.3)
    return outcomes
