"""Looking for movements: newest first, a bounded number of them looked at in one call.

Names are read from the directory. One's own names for contacts are opened once in a call, memos for
whoever wrote or got them chunk by chunk, each time behind a row in the journal. Whatever is looked
for is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.core.ledger import statements
from sycee.core.ledger.statements import Entry
from sycee.core.parties import parties
from sycee.kit.clock import micros
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, public
from sycee.products.wallet.model import NOUN
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.contacts import desk as contacts
from sycee.products.wallet.statements import finding, sorting
from sycee.products.wallet.statements.finding import Wanted
from sycee.products.wallet.statements.sorting import MovementView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Page, encode

_CHUNK = 500


class Found(msgspec.Struct, frozen=True):
    """What was found; `looked_back_to` is the oldest movement that was looked at.

    A call stops after so many movements, found or not: with `has_more`, pass `next` as `cursor` to
    look further back.
    """

    items: list[MovementView]
    has_more: bool
    next: str | None
    looked: int
    looked_back_to: datetime | None


class _Span(msgspec.Struct, frozen=True):
    """The moments between which is looked; rows with since ≤ posted_at < until."""

    since: datetime | None
    until: datetime


def search(database: Database, party: UUID, account: UUID, wanted: Wanted, page: Page) -> Found:
    """One page of the movements of a party's own account that are wanted, newest first.

    Raises `NotFound` for an account of someone else, `Invalid`, and as memos are opened.
    """
    wanted.check()
    with database.read() as tx:
        span = _span(tx, party, account, wanted)
    until = span.until if page.after is None else statements.position(page.after)
    found: list[MovementView] = []
    looked, oldest, more = 0, None, True
    called = contacts.nicknames(database, party) if wanted.text and wanted.nicknames else {}
    while more and len(found) <= page.limit and looked < wanted.looked_max:
        size = min(_CHUNK, wanted.looked_max - looked) if _choosy(wanted) else page.fetch
        with database.read() as tx:
            rows = _chunk(tx, party, account, min(until, span.until), size)
        more = len(rows) == size
        kept = [row for row in rows if span.since is None or row.posted_at >= span.since]
        more = more and len(kept) == len(rows)
        if not kept:
            break
        looked, until, oldest = looked + len(kept), kept[-1].posted_at, kept[-1].posted_at
        found += _matching(database, party, wanted, [_called(row, called) for row in kept])
    return _page(found, page.limit, more, until, looked, oldest)


def _choosy(wanted: Wanted) -> bool:
    days = {"from_on": None, "to_on": None}
    return msgspec.structs.replace(wanted, nicknames=False, memos=False, **days) != Wanted()


def _called(row: MovementView, names: Mapping[str, str]) -> MovementView:
    """A movement with the name that its owner gave the other side, where they did."""
    name = names.get(row.party or "")
    return row if name is None else msgspec.structs.replace(row, nickname=name)


def _page(
    found: list[MovementView],
    limit: int,
    more: bool,
    until: datetime,
    looked: int,
    oldest: datetime | None,
) -> Found:
    """The page; it goes on behind its last row, or behind the last one looked at if all fit."""
    items, rest = found[:limit], len(found) > limit
    behind = items[-1].posted_at if rest else until
    go_on = encode(str(micros(behind))) if rest or more else None
    return Found(items, go_on is not None, go_on, looked, behind if rest else oldest)


def _span(tx: Tx, party: UUID, account: UUID, wanted: Wanted) -> _Span:
    if account not in {each.account for each in parties.accounts_of(tx, party)}:
        raise NotFound(noun="account", id=public("acc", account))
    place = ZoneInfo(parties.get(tx, party).zone)
    first, last = wanted.from_on, wanted.to_on
    until = statements.END
    if last is not None and last < until.date():
        until = datetime.combine(last + timedelta(days=1), time(), place)
    return _Span(None if first is None else datetime.combine(first, time(), place), until)


def _chunk(tx: Tx, party: UUID, account: UUID, until: datetime, size: int) -> list[MovementView]:
    currency, entries = statements.latest(tx, account, until, size)
    return _views(tx, party, currency, entries)


def _views(tx: Tx, party: UUID, currency: str, entries: Sequence[Entry]) -> list[MovementView]:
    known = sorting.others(tx, party, {each.counterparty for each in entries})
    return sorting.views(entries, known, currency)


def _matching(
    database: Database, party: UUID, wanted: Wanted, rows: Sequence[MovementView]
) -> list[MovementView]:
    """The wanted ones of a chunk; where memos are searched, with those that were opened."""
    rows = [row for row in rows if finding.bounded(wanted, row)]
    text = finding.plain(wanted.text or "")
    if not text:
        return list(rows)
    said: dict[str, str] = {}
    if wanted.memos:
        said = memos.texts(database, party, [parse(NOUN, row.id) for row in rows])
    return [
        msgspec.structs.replace(row, memo=said.get(row.id))
        for row in rows
        if finding.named(text, row) or text in finding.plain(said.get(row.id, ""))
    ]
