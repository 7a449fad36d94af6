"""An envelope as it is opened: each share that is taken is an event, and so is the end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.clock import EPOCH, from_micros, micros
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.envelopes import reading
from sycee.products.envelopes.model.envelope import Envelope, State
from sycee.products.envelopes.store import claims
from sycee.runtime.db import Tx
from sycee.runtime.http.streams import Happening, Strand

AT_ONCE = 200


class TakenEvent(msgspec.Struct, frozen=True):
    """A share was taken. By whom and how much is told to those who are in the envelope alone."""

    taker: str | None
    name: str | None
    amount_minor: int | None
    claimed_at: datetime


class EndedEvent(msgspec.Struct, frozen=True):
    """The envelope is empty or its time is over: look at it again for the best luck."""

    state: State


def strand(tx: Tx, party: UUID, id_: UUID, after: str | None) -> Strand:
    """What happened to an envelope behind a cursor, from its beginning without one.

    Times of claims grow with each one, as they are the ledger's on one pot. Raises `NotFound`,
    `Invalid` for a cursor that this server did not give.
    """
    envelope = reading.mine(tx, party, id_)
    since, told = _place(after)
    rows = claims.since(tx, id_, since, AT_ONCE)
    events = _taken(tx, envelope, party, rows, told)
    last = micros(rows[-1][2]) if rows else micros(since)
    if envelope.ended_at is not None and len(rows) < AT_ONCE and not told:
        told = True
        events.append(Happening(f"{last}.1", "ended", EndedEvent(envelope.state)))
    return Strand(events, f"{last}.{int(told)}")


def _taken(
    tx: Tx, envelope: Envelope, party: UUID, rows: list[tuple[UUID, int, datetime]], told: bool
) -> list[Happening]:
    within = bool(rows) and reading.inside(tx, envelope, party)
    people = parties.read(tx, {by for by, *_ in rows}) if within else {}
    return [
        Happening(
            f"{micros(at)}.{int(told)}",
            "taken",
            TakenEvent(
                public("par", by) if within else None,
                people[by].display_name if by in people else None,
                minor if within else None,
                at,
            ),
        )
        for by, minor, at in rows
    ]


def _place(after: str | None) -> tuple[datetime, bool]:
    if after is None:
        return EPOCH, False
    at, _, told = after.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) <= 17 and told in ("0", "1")):
        raise Invalid("Last-Event-ID", "must be a cursor that this server gave")
    return from_micros(int(at)), told == "1"
