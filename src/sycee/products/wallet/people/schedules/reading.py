"""Schedules as their payers see them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.people import faces
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.people.schedules import calendars, store
from sycee.products.wallet.people.schedules.model import (
    NOUN,
    ClosedDays,
    Every,
    RunState,
    Schedule,
    State,
)
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page

_RUNS_SHOWN = 24


class RunView(msgspec.Struct, frozen=True):
    """What became of a day; `code` says why a payment failed."""

    on: date
    state: RunState
    code: str | None
    transfer: str | None


class ScheduleView(msgspec.Struct, frozen=True):
    """A schedule; `runs` are its last days, newest first, and empty in a list of schedules.

    `attempt` counts the refused tries of the next payment, `last_code` says why. `next_on` is the
    day of the rule and `next_at` when it is paid; where the two differ, `moved_for` says what made
    that day none of business: a holiday's name, or `weekend`. `mandate` is the approval that it
    runs under, null for one that was planned after a touch alone or by a key.
    """

    id: str
    payee: Face
    amount_minor: int
    currency: str
    every: Every
    starts_on: date
    times: int | None
    ends_on: date | None
    state: State
    next_on: date | None
    next_at: datetime | None
    attempt: int
    last_code: str | None
    created_at: datetime
    ended_at: datetime | None
    runs: list[RunView]
    closed_days: ClosedDays = ClosedDays.KEEP
    moved_for: str | None = None
    mandate: str | None = None


def schedule(tx: Tx, payer: UUID, id_: UUID) -> ScheduleView:
    """One schedule of a payer's own; raises `NotFound`."""
    row = store.read(tx, payer, id_)
    if row is None:
        raise NotFound(noun="schedule", id=public(NOUN, id_))
    runs = [
        RunView(
            run.run_on,
            run.state,
            run.code,
            None if run.transfer is None else public(TRANSFER, run.transfer),
        )
        for run in store.runs(tx, id_, _RUNS_SHOWN)
    ]
    where = parties.get(tx, payer).jurisdiction
    return _view(row, faces.read(tx, [row.payee]), runs, where)


def schedules(tx: Tx, payer: UUID, page: Page) -> Listing[ScheduleView]:
    """A page of a payer's schedules, newest first."""
    before = page.after_id(NOUN)
    rows = store.of(tx, payer, before, page.fetch)
    known = faces.read(tx, [row.payee for row in rows])
    where = parties.get(tx, payer).jurisdiction
    return page.of([_view(row, known, [], where) for row in rows], key=lambda view: view.id)


def _view(row: Schedule, known: dict[UUID, Face], runs: list[RunView], where: str) -> ScheduleView:
    active = row.state is State.ACTIVE
    return ScheduleView(
        id=row.public,
        payee=known[row.payee],
        amount_minor=row.amount_minor,
        currency=row.currency,
        every=row.rule.every,
        starts_on=row.rule.starts_on,
        times=row.rule.times,
        ends_on=row.rule.ends_on,
        state=row.state,
        next_on=row.next_on if active else None,
        next_at=row.due_at if active else None,
        attempt=row.attempt,
        last_code=row.last_code,
        created_at=row.created_at,
        ended_at=row.ended_at,
        runs=runs,
        closed_days=row.rule.closed,
        moved_for=_moved_for(row, where) if active else None,
        mandate=None if row.mandate is None else public("mdt", row.mandate),
    )


def _moved_for(row: Schedule, where: str) -> str | None:
    """Why the next day is not paid on itself."""
    if row.next_on is None or row.rule.closed is ClosedDays.KEEP:
        return None
    return calendars.closed(row.next_on, where)
