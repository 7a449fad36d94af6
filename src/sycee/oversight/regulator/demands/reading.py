"""Demands as the operator sees them: never what was answered, nor the request unopened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.oversight.regulator.demands import desk, model, store
from sycee.oversight.regulator.demands.desk import Answer
from sycee.oversight.regulator.demands.model import NOUN, Demand, DemandNotStanding, Extent, State
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class WordView(msgspec.Struct, frozen=True):
    """Someone's word: whose, `approve` or `decline`, and when."""

    party: str
    kind: str
    at: datetime


class DemandView(msgspec.Struct, frozen=True):
    """A demand: what was asked, what two people grant of it, and where it stands.

    `sha256` is of the request word for word. `told_at` is when the people concerned could see it,
    where a gag kept it from them.
    """

    id: str
    state: State
    authority: str
    legal_basis: str
    offence: str
    sha256: str
    asked: Extent
    granted: Extent | None
    gag_until: datetime | None
    gag_basis: str | None
    received_by: str
    received_at: datetime
    words: list[WordView]
    answered_at: datetime | None
    told_at: datetime | None


def demands(tx: Tx, page: Page) -> Listing[DemandView]:
    """Demands, newest first."""
    before = page.after_id(NOUN)
    rows = store.page(tx, before, page.fetch)
    return page.of([_view(tx, row) for row in rows], key=lambda view: view.id)


def demand(tx: Tx, id_: UUID) -> DemandView:
    """One demand; raises `NotFound`."""
    return _view(tx, _read(tx, id_))


def answer(tx: Tx, id_: UUID) -> Answer:
    """The sealed answer, again; raises `NotFound`, `DemandNotStanding`."""
    found = _read(tx, id_)
    if found.answer is None:
        raise DemandNotStanding(demand=found.public_id, state=str(found.state))
    return desk.view(found, found.answer)


def _read(tx: Tx, id_: UUID) -> Demand:
    found = store.read(tx, id_)
    if found is None:
        raise NotFound(noun="demand", id=public(NOUN, id_))
    return found


def _view(tx: Tx, row: Demand) -> DemandView:
    return DemandView(
        id=row.public_id,
        state=row.state,
        authority=row.authority,
        legal_basis=row.legal_basis,
        offence=row.offence,
        sha256=row.sha256.hex(),
        asked=model.extent(row.asked),
        granted=None if row.granted is None else model.extent(row.granted),
        gag_until=row.gag_until,
        gag_basis=row.gag_basis,
        received_by=public("par", row.received_by),
        received_at=row.received_at,
        words=[
            WordView(public("par", word.party), word.kind, word.at)
            for word in store.words(tx, row.id)
        ],
        answered_at=row.answered_at,
        told_at=row.told_at,
    )
