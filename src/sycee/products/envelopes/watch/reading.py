"""The rush, as figures of an hour and the latest envelopes; circles as the ledger shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.clock import micros
from sycee.kit.ids import public
from sycee.products.envelopes.model.circles import NOUN as CIRCLE
from sycee.products.envelopes.model.circles import Circle
from sycee.products.envelopes.model.envelope import NOUN, State
from sycee.products.envelopes.model.shares import Kind
from sycee.products.envelopes.reading import key_of
from sycee.products.envelopes.store import circles as circlerows
from sycee.products.envelopes.store import watch as store
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page

LATEST = 12
OVER = timedelta(hours=1)


class Sum(msgspec.Struct, frozen=True):
    """Envelopes of one currency that were sent in the last hour."""

    currency: str
    envelopes: int
    open: int
    shares: int
    claimed: int
    amount_minor: int
    claimed_minor: int
    refunded_minor: int


class LatestView(msgspec.Struct, frozen=True):
    """One of the latest envelopes. `emptied_ms` is how long it took to empty or end."""

    id: str
    sender_name: str
    kind: Kind
    cover: str
    currency: str
    amount_minor: int
    shares: int
    claimed: int
    state: State
    created_at: datetime
    emptied_ms: int | None


class RushView(msgspec.Struct, frozen=True):
    """The last hour, the latest envelopes, and how many circles nobody has looked into."""

    at: datetime
    sums: list[Sum]
    latest: list[LatestView]
    circles_unseen: int


class PersonView(msgspec.Struct, frozen=True):
    """Somebody in a circle."""

    party: str
    name: str


class CircleView(msgspec.Struct, frozen=True):
    """A round of gifts: the money went from each person to the next, and from the last back.

    `round_minor` went all the way; `sent_minor` is the most that one of them gave to the next.
    """

    id: str
    people: list[PersonView]
    currency: str
    round_minor: int
    sent_minor: int
    since_at: datetime
    found_at: datetime
    seen_by: str | None
    seen_at: datetime | None


def rush(tx: Tx) -> RushView:
    """How the evening goes."""
    first = UUID(int=(micros(tx.now - OVER) // 1_000) << 80)
    found = store.latest(tx, LATEST)
    names = parties.read(tx, {each.sender for each in found})
    return RushView(
        at=tx.now,
        sums=[Sum(*row) for row in store.sums(tx, first)],
        latest=[
            LatestView(
                id=public(NOUN, each.id),
                sender_name=names[each.sender].display_name if each.sender in names else "",
                kind=each.kind,
                cover=each.cover,
                currency=each.currency,
                amount_minor=each.amount_minor,
                shares=each.count,
                claimed=each.claimed,
                state=each.state,
                created_at=each.created_at,
                emptied_ms=None
                if each.ended_at is None
                else (micros(each.ended_at) - micros(each.created_at)) // 1_000,
            )
            for each in found
        ],
        circles_unseen=store.unseen(tx),
    )


def circles(tx: Tx, page: Page) -> Listing[CircleView]:
    """Circles, the latest first."""
    before = key_of(page)
    part = page.of(circlerows.page(tx, before, page.fetch), lambda each: str(each.id))
    people = parties.read(tx, {party for each in part.items for party in each.people})
    names = {party: found.display_name for party, found in people.items()}
    return Listing([_view(each, names) for each in part.items], part.has_more, part.next)


def _view(circle: Circle, names: dict[UUID, str]) -> CircleView:
    return CircleView(
        id=public(CIRCLE, circle.id),
        people=[PersonView(public("par", each), names.get(each, "")) for each in circle.people],
        currency=circle.currency,
        round_minor=circle.round_minor,
        sent_minor=circle.sent_minor,
        since_at=circle.since_at,
        found_at=circle.found_at,
        seen_by=None if circle.seen_by is None else public("par", circle.seen_by),
        seen_at=circle.seen_at,
    )
