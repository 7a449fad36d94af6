"""Routes of events: what the journal says of the caller."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.journal import model
from sycee.core.journal import read as journal
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page, encode
from sycee.runtime.http.routes import read, stream
from sycee.runtime.http.streams import Happening, Strand

_LAST = 999_999_999
"""Behind whatever one transaction has written."""

_MOST = 100
"""How many events are sent at once."""

Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Event(msgspec.Struct, frozen=True):
    """Something that happened to the caller; webhooks carry the same object.

    `type` is the verb (`trade.paid`), `data` holds ids, amounts and states, `subject` is the id of
    the thing inside the house, the same in all its events.
    """

    id: str
    type: str
    timestamp: datetime
    subject: UUID
    data: dict[str, Any]


class Events(msgspec.Struct, frozen=True):
    """One page of events in commit order; `next` is set as soon as there is an event.

    Keep `next` and ask with it again later: what comes after is exactly what has not been seen.
    """

    items: list[Event]
    has_more: bool
    next: str | None


@read("/v1/events", scope="journal:read", gives=Events, refuses=(Invalid,))
def list_events(
    tx: Tx, *, caller: Caller, page: Page, types: list[Pattern] | None = None
) -> Events:
    """List one's own events, oldest first.

    `types` keeps some, such as `trade.*`; it may be repeated. A call looks at a few thousand
    events, so with `types` a page may be short or empty and have more. Events appear once every
    write that began before them has ended: within half a second.
    """
    after, end = _cursor(page.after), None
    if types:
        rows, end = journal.search(tx, caller.party, after, page.fetch, types)
    else:
        rows = journal.since(tx, after, page.fetch, party=caller.party)
    shown, more = rows[: page.limit], len(rows) > page.limit
    last = end if end is not None and not more else shown[-1].cursor if shown else after
    return Events(
        [_event(row) for row in shown],
        more or end is not None,
        None if last is None else encode(str(last)),
    )


@stream("/v1/events/stream", scope="journal:read", gives=Event, refuses=(Invalid,))
def hear_events(tx: Tx, *, caller: Caller, after: str | None) -> Strand:
    """Hear of one's own events as they happen: server-sent events, each typed by its verb.

    Come back with `Last-Event-ID` when the stream ends, as it does every half minute: nothing is
    missed. Without one it begins now.
    """
    if after is None:
        return Strand([], str(model.Cursor(journal.end(tx).xid - 1, _LAST)))
    cursor = _cursor(after, "Last-Event-ID")
    rows = journal.since(tx, cursor, _MOST, party=caller.party)
    told = [Happening(str(row.cursor), row.verb, _event(row)) for row in rows]
    return Strand(told, str(rows[-1].cursor) if rows else after)


def _event(row: model.Row) -> Event:
    return Event(public("evt", row.id), row.verb, row.at, row.subject, row.body)


def _cursor(text: str | None, field: str = "cursor") -> model.Cursor | None:
    try:
        return None if text is None else model.cursor(text)
    except ValueError:
        raise Invalid(field=field, rule="must be a cursor that this server gave") from None


routes = [list_events, hear_events]
