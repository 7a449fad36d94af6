"""The verbs of demands: receive, approve, decline, answer, tell.

Each is a row of the journal that names no person: how many, which fields, by whose word. While a
gag lasts, the published report shows such a row as its sealed leaf alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.core.journal.append import append
from sycee.core.journal.model import PUBLIC, Entry, Row
from sycee.core.parties import parties, readings
from sycee.core.parties.purposes import Purpose
from sycee.core.parties.readings import Reading
from sycee.kit.clock import micros
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.demands import model, store
from sycee.oversight.regulator.demands.model import (
    NOUN,
    Demand,
    DemandGrantDiffers,
    DemandIncomplete,
    DemandNeedsAnother,
    DemandNotStanding,
    Extent,
    State,
    Word,
)
from sycee.runtime.db import Tx

READINGS_MAX = 1_000


class Receive(msgspec.Struct, frozen=True):
    """A demand that came in; the verbatim text travels sealed beside it, under `id`."""

    by: UUID
    authority: str
    legal_basis: str
    offence: str
    sha256: str
    asked: Extent
    gag_until: datetime | None
    gag_basis: str | None


class Approve(msgspec.Struct, frozen=True):
    """One person's approval, with what they grant of it."""

    by: UUID
    credential: UUID
    demand: UUID
    granted: Extent


class Decline(msgspec.Struct, frozen=True):
    """One person's no, which ends it."""

    by: UUID
    credential: UUID
    demand: UUID


class Demanded(msgspec.Struct, frozen=True):
    """What became of a demand."""

    id: str
    state: State
    sha256: str


def receive(tx: Tx, command: Receive, *, id_: UUID, sealed: bytes) -> Demanded:
    """Take a complete demand. Refuses `Invalid`, `NotFound` for people who are not here."""
    if command.gag_until is not None:
        latest = tx.now + timedelta(days=model.GAG_DAYS_MAX)
        if not tx.now < command.gag_until <= latest:
            raise Invalid(field="gag_until", rule=f"must be within {model.GAG_DAYS_MAX} days")
    for subject in command.asked.subjects:
        parties.get(tx, parse("par", subject, "subjects"))
    demand = Demand(
        id=id_,
        authority=command.authority,
        legal_basis=command.legal_basis,
        offence=command.offence,
        sha256=bytes.fromhex(command.sha256),
        sealed=sealed,
        asked=command.asked.canonical,
        gag_until=command.gag_until,
        gag_basis=command.gag_basis,
        received_by=command.by,
        received_at=tx.now,
        state=State.RECEIVED,
        granted=None,
        answered_at=None,
        answer=None,
        told_at=None,
    )
    store.insert(tx, demand)
    _note(tx, "demand.received", demand, command.by, command.asked)
    return _demanded(demand, State.RECEIVED)


def approve(tx: Tx, command: Approve) -> Demanded:
    """Approve as the first or the second person.

    Refuses `NotFound`, `DemandNotStanding`, `DemandNeedsAnother`, `DemandGrantWider`,
    `DemandGrantDiffers`.
    """
    demand = _open(tx, command.demand, command.credential)
    model.check_narrower(model.extent(demand.asked), command.granted)
    granted = command.granted.canonical
    state = State.APPROVED_ONCE
    if demand.state is State.APPROVED_ONCE:
        if granted != demand.granted:
            raise DemandGrantDiffers(demand=demand.public_id)
        state = State.GRANTED
    store.say(tx, demand.id, Word(command.credential, command.by, "approve", tx.now))
    store.move(tx, demand.id, state, granted)
    if state is State.GRANTED:
        narrowed = granted != demand.asked
        _note(tx, "demand.granted", demand, command.by, command.granted, narrowed=narrowed)
    return _demanded(demand, state)


def decline(tx: Tx, command: Decline) -> Demanded:
    """Decline: one person is enough. Refuses `NotFound`, `DemandNotStanding`,
    `DemandNeedsAnother`."""
    demand = _open(tx, command.demand, command.credential)
    store.say(tx, demand.id, Word(command.credential, command.by, "decline", tx.now))
    store.move(tx, demand.id, State.DECLINED, None)
    _note(tx, "demand.declined", demand, command.by, model.extent(demand.asked))
    return _demanded(demand, State.DECLINED)


def granted(demand: Demand | None, id_: UUID) -> Demand:
    """A demand that may be answered; refuses `NotFound`, `DemandNotStanding`."""
    if demand is None:
        raise NotFound(noun="demand", id=public(NOUN, id_))
    if demand.state is not State.GRANTED or demand.granted is None:
        raise DemandNotStanding(demand=demand.public_id, state=str(demand.state))
    return demand


def answer(tx: Tx, id_: UUID, by: UUID, sealed: bytes, provided: int) -> Demanded:
    """Keep the sealed answer and note it. Refuses `NotFound`, `DemandNotStanding`."""
    demand = granted(store.lock(tx, id_), id_)
    store.answer(tx, id_, sealed)
    extent = model.extent(demand.granted or b"")
    narrowed = demand.granted != demand.asked
    _note(tx, "demand.answered", demand, by, extent, narrowed=narrowed, provided=provided)
    return _demanded(demand, State.ANSWERED)


def kept_under(tx: Tx, id_: UUID) -> UUID | None:
    """The demand, where its gag keeps a reading that is noted now from its person.

    Under the demand's lock, so that `tell` finds the reading, or it is told like any other.
    """
    demand = store.lock(tx, id_)
    kept = demand is not None and demand.told_at is None and demand.gagged(tx.now)
    return id_ if kept else None


def tell(tx: Tx, id_: UUID) -> int:
    """Tell everyone whom a demand's readings concern, once its gag has ended; how many readings."""
    people = {_person(row) for row in _sealed(tx, id_)}
    readings.lock(tx, sorted(people))
    demand = store.lock(tx, id_)
    if demand is None or demand.told_at is not None or demand.gagged(tx.now):
        return 0
    rows = _sealed(tx, id_)  # once more: now that it is locked no other comes
    if not {_person(row) for row in rows} <= people:
        return 0  # the next look takes their locks too
    for row in reversed(rows):
        more = {
            "case": demand.public_id,
            "read_at": micros(row.at),
            "place": str(row.cursor),
            "leaf": row.leaf.hex(),
        }
        told = {_person(row): Reading(row.body["fields"], more)}
        readings.note(tx, row.actor, readings.DISCLOSED, str(Purpose.LEGAL_ORDER), told)
    store.told(tx, id_)
    return len(rows)


def _sealed(tx: Tx, id_: UUID) -> list[Row]:
    return journal.latest(tx, id_, (readings.SEALED,), None, READINGS_MAX)


def _person(row: Row) -> UUID:
    return parse("par", row.body["person"])


def check_complete(text: str, command: Receive) -> None:
    """Refuse `DemandIncomplete` with what is missing."""
    lacks = model.missing(
        command.authority,
        command.legal_basis,
        text,
        command.asked,
        command.gag_until,
        command.gag_basis,
    )
    if lacks:
        raise DemandIncomplete(missing=lacks)


def new_id() -> UUID:
    """The id of a demand, made before its text is sealed under it."""
    return uuid7()


def _open(tx: Tx, id_: UUID, credential: UUID) -> Demand:
    demand = store.lock(tx, id_)
    if demand is None:
        raise NotFound(noun="demand", id=public(NOUN, id_))
    if demand.state not in (State.RECEIVED, State.APPROVED_ONCE):
        raise DemandNotStanding(demand=demand.public_id, state=str(demand.state))
    if any(word.credential == credential for word in store.words(tx, id_)):
        raise DemandNeedsAnother(demand=demand.public_id)
    return demand


def _demanded(demand: Demand, state: State) -> Demanded:
    return Demanded(demand.public_id, state, demand.sha256.hex())


def _note(tx: Tx, verb: str, demand: Demand, by: UUID, extent: Extent, **more: int | bool) -> None:
    body: dict[str, object] = {
        "id": demand.public_id,
        "authority": demand.authority,
        "legal_basis": demand.legal_basis,
        "sha256": demand.sha256.hex(),
        "subjects": len(set(extent.subjects)),
        "fields": sorted(str(field) for field in extent.fields),
        **more,
    }
    if demand.gag_until is not None:
        body["sealed_until"] = micros(demand.gag_until)
    append(tx, [Entry(by, verb, demand.id, (PUBLIC,), str(Purpose.LEGAL_ORDER), body)])
