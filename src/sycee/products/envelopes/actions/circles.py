"""Looking for circles in the ledger, and noting that somebody looked into one."""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import gifts
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.envelopes.model import circles as rules
from sycee.products.envelopes.model.circles import NOUN
from sycee.products.envelopes.model.envelope import LIFE_MOST
from sycee.products.envelopes.store import circles as store
from sycee.runtime.db import Tx

POT, FUND, CLAIM = "envelope", "envelope.fund", "envelope.claim"


class See(msgspec.Struct, frozen=True):
    """Somebody has looked into a circle."""

    by: UUID
    circle: UUID


class Seen(msgspec.Struct, frozen=True):
    """A circle that somebody has looked into."""

    id: str


def look(tx: Tx) -> int:
    """Find the circles of the last days and keep those that are new; how many."""
    since = tx.now - rules.WITHIN
    given = gifts.between(
        tx,
        POT,
        FUND,
        CLAIM,
        since,
        opened_since=since - LIFE_MOST,
        least_minor=rules.LEAST_MINOR,
        limit=rules.STEPS_MOST,
    )
    found = rules.find(given, since, tx.now)
    fresh = set(store.insert(tx, found))
    append(
        tx,
        [
            Entry(
                None,
                "envelope.circle-found",
                circle.id,
                (),
                "oversight",
                {
                    "circle": public(NOUN, circle.id),
                    "people": len(circle.people),
                    "round_minor": circle.round_minor,
                    "currency": circle.currency,
                },
            )
            for circle in found
            if circle.id in fresh
        ],
    )
    return len(fresh)


def see(tx: Tx, command: See) -> Seen:
    """Note who looked. Raises `NotFound`."""
    if not store.see(tx, command.circle, command.by):
        raise NotFound(noun="circle", id=public(NOUN, command.circle))
    body: dict[str, int | str] = {"circle": public(NOUN, command.circle)}
    append(tx, [Entry(command.by, "envelope.circle-seen", command.circle, (), "oversight", body)])
    return Seen(public(NOUN, command.circle))
