"""What has moved lately, by code: what an order would have stopped."""

from __future__ import annotations

from datetime import datetime

from sycee.core.ledger.chart import CODE_NAMES
from sycee.core.ledger.store import reading as store
from sycee.kit.clock import micros
from sycee.runtime.db import Tx

Sum = tuple[str, str, int, int]
"""Code, currency, count, amount in minor units."""


def by_code(tx: Tx, since: datetime) -> list[Sum]:
    """Movements since a moment, by code and currency; an order of ids is an order of time."""
    rows = store.recent_by_code(tx, micros(since) // 1_000)
    return [
        (CODE_NAMES.get(number, str(number)), currency, count, amount)
        for number, currency, count, amount in rows
    ]
