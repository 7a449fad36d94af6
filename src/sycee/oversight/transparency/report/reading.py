"""The report as it is shown: opened rows with proofs, leaves of sealed ones, and the totals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from sycee.core.journal import read as journal
from sycee.core.journal.model import PUBLIC, Cursor, Row
from sycee.kit.clock import EPOCH
from sycee.oversight.transparency import reading, store
from sycee.oversight.transparency.model.tally import Totals, tally
from sycee.oversight.transparency.reading import EntryView
from sycee.runtime.db import Tx

ROWS_MAX = 10_000
_VERBS = ("demand.*",)


class SealedView(msgspec.Struct, frozen=True):
    """A row that the law keeps closed until `opens_at`: its leaf in base64, with its proof."""

    leaf_hash: str
    index: int | None
    proof: list[str]
    opens_at: datetime


class ReportView(msgspec.Struct, frozen=True):
    """Every demand of an authority for people's data, as rows of the log, and their totals.

    `totals` count `items` and nothing else, so anyone can count again; `log verify` proves each
    row. `sealed` are rows that a gag keeps closed; each opens by itself.
    """

    key: str | None
    checkpoint: str | None
    totals: Totals
    items: list[EntryView]
    sealed: list[SealedView]


def report(tx: Tx) -> ReportView:
    """The report over everything so far."""
    rows = _rows(tx)
    latest, key = store.latest(tx), store.read_head(tx).key
    size = 0 if latest is None else latest.size
    shut = [row for row in rows if _opens_at(row.body) > tx.now]
    open_ = [row for row in rows if _opens_at(row.body) <= tx.now]
    return ReportView(
        key=key,
        checkpoint=None if latest is None else reading.checkpoint_text(latest),
        totals=tally((row.verb, row.body) for row in open_),
        items=reading.opened(tx, open_, size),
        sealed=[
            SealedView(reading.text_of(row.leaf), view.index, view.proof, _opens_at(row.body))
            for row, view in zip(shut, reading.opened(tx, shut, size), strict=True)
        ],
    )


def _rows(tx: Tx) -> list[Row]:
    found: list[Row] = []
    after: Cursor | None = None
    while len(found) < ROWS_MAX:
        rows = journal.since(tx, after, journal.MOST_ROWS, verbs=_VERBS, party=PUBLIC)
        if not rows:
            break
        found += rows
        after = rows[-1].cursor
    return found


def _opens_at(body: dict[str, Any]) -> datetime:
    return EPOCH + timedelta(microseconds=body.get("sealed_until", 0))
