"""Who gave to whom through pots: read from the log by code, whatever product the pots are of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sycee.core.ledger.chart import CHART, REASONS
from sycee.core.ledger.store import gifts as store
from sycee.runtime.db import Tx

Gift = tuple[UUID, UUID, str, int]
"""Giver, taker, currency, sum in minor units."""


def between(
    tx: Tx,
    pot: str,
    fund: str,
    claim: str,
    since: datetime,
    *,
    opened_since: datetime,
    least_minor: int,
    limit: int,
) -> list[Gift]:
    """Sums from giver to taker since a moment, the most first; of `least_minor` and more.

    `fund` and `claim` are the codes by which money goes into a pot of that kind and out of it. Pots
    that were opened before `opened_since` are not looked at.
    """
    into, out = REASONS[fund].number, REASONS[claim].number
    kind = CHART[pot].number
    return store.between(tx, kind, into, out, since, opened_since, least_minor, limit)
