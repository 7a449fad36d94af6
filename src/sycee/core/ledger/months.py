"""Months: the partitions of the log, made before they are needed."""

from __future__ import annotations

from datetime import timedelta

from sycee.core.ledger.store import reading as store
from sycee.runtime.db import Tx


def prepare(tx: Tx, ahead: int = 3) -> int:
    """Make the partitions of this month and the next `ahead`; how many were missing.

    Run by the worker once an hour. While a backup or the doctor reads the log, a partition cannot
    be made: then this fails at once, so that no posting waits behind it, and the next hour tries
    again. A month that began without its partition keeps its rows in the default one, where they
    are found just the same.
    """
    month = tx.clock.now().replace(day=1)
    made = 0
    for _ in range(ahead + 1):
        made += store.prepare_month(tx, month)
        month = (month + timedelta(days=32)).replace(day=1)
    return made
