"""The report as it is shown: opened rows with proofs, leaves of sealed ones, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from sycee.core.journal.model import Cursor, cursor
from sycee.kit.clock import from_micros
from sycee.oversight.transparency import reading, store
from sycee.oversight.transparency.model.tally import Totals, tally
from sycee.oversight.transparency.reading import EntryView
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import decode, encode

ROWS_MAX = 10_000
"""How many rows one piece of the report shows."""

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
    row. `sealed` are rows that a gag keeps closed; each opens by itself. `next` is the cursor of
    the next piece, where there are more rows than one shows; totals of pieces add up.
    """

    key: str | None
    checkpoint: str | None
    totals: Totals
    items: list[EntryView]
    sealed: list[SealedView]
    next: str | None = None


def report(tx: Tx, after: Cursor | None = None, most: int = ROWS_MAX) -> ReportView:
    """The report over everything so far, the oldest rows first, from behind a place."""
    found = list(islice(reading.public_rows(tx, _VERBS, after), most + 1))
    rows = found[:most]
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
        next=encode(str(rows[-1].cursor)) if len(found) > most else None,
    )


def pieces(tx: Tx, most: int = ROWS_MAX) -> Iterator[ReportView]:
    """The whole report, piece after piece."""
    after: Cursor | None = None
    while True:
        view = report(tx, after, most)
        yield view
        if view.next is None:
            return
        after = cursor(decode(view.next))


def summary(tx: Tx) -> tuple[Totals, int]:
    """The totals of all pieces together, and how many rows are sealed; without any proof."""
    shut = 0

    def opened() -> Iterator[tuple[str, dict[str, Any]]]:
        nonlocal shut
        for row in reading.public_rows(tx, _VERBS):
            if _opens_at(row.body) > tx.now:
                shut += 1
            else:
                yield row.verb, row.body

    return tally(opened()), shut


def _opens_at(body: dict[str, Any]) -> datetime:
    return from_micros(body.get("sealed_until", 0))
