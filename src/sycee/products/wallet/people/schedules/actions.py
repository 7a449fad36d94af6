"""The verbs on schedules: make, run (the worker's), skip, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.tender import mandates
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public, uuid7
from sycee.kit.money import check_amount, check_currency
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.model import PayeeUnknown, Transfer, TransferToSelf
from sycee.products.wallet.people.schedules import calendars, model, store
from sycee.products.wallet.people.schedules.model import (
    NOUN,
    Rule,
    Run,
    RunState,
    Schedule,
    ScheduleStateDiffers,
    SchedulesTooMany,
    State,
)
from sycee.runtime.db import Tx


class Make(msgspec.Struct, frozen=True):
    """The command: pay `payee` on the days of a rule."""

    by: UUID
    payee: UUID
    amount_minor: int
    currency: str
    rule: Rule
    mandate: UUID | msgspec.UnsetType = msgspec.UNSET


class Turn(msgspec.Struct, frozen=True):
    """Skip the next day of a schedule, pause it, resume it or cancel it."""

    by: UUID
    schedule: UUID


class Planned(msgspec.Struct, frozen=True):
    """The answer of a write: the schedule, its state, and when it pays next."""

    id: str
    state: State
    next_at: datetime | None


def make(tx: Tx, command: Make) -> Planned:
    """Plan payments.

    Refuses `Invalid`, `TransferToSelf`, `PayeeUnknown`, the payer's standing, `SchedulesTooMany`;
    the mandate's, of a series that is not the one that was signed.
    """
    check_amount(command.amount_minor)
    check_currency(command.currency)
    if command.by == command.payee:
        raise TransferToSelf(party=public("par", command.by))
    if command.payee not in parties.read(tx, [command.payee]):
        raise PayeeUnknown(payee=public("par", command.payee))
    parties.active_purse(tx, command.by, command.currency)
    days = _days(tx, command.by, command.rule)
    rule = model.check(command.rule, days.today(tx))
    if store.count_open(tx, command.by) >= model.OPEN_MAX:
        raise SchedulesTooMany(limit=model.OPEN_MAX)
    row = Schedule(
        id=uuid7(),
        payer=command.by,
        payee=command.payee,
        amount_minor=command.amount_minor,
        currency=command.currency,
        rule=rule,
        state=State.ACTIVE,
        place=0,
        next_on=None,
        due_at=None,
        attempt=0,
        last_code=None,
        created_at=tx.now,
        ended_at=None,
    )
    row = _signed(tx, row, command.mandate)
    row = model.at(row, 0, days.zone, tx.now, days.paid_on)
    store.insert(tx, row)
    append(tx, [_entry(row, command.by, "schedule.made")])
    return _planned(row)


def run(tx: Tx, schedule: UUID) -> Planned:
    """Make the payment that is due; once a day of the schedule, whoever asks how often.

    A refused payment is tried again (`RETRY_AFTER`, `TRIES` in all); then the day has failed and
    the schedule is paused. Refuses `ScheduleStateDiffers` where nothing is due.
    """
    row = store.lock(tx, schedule)
    if row is None or row.state is not State.ACTIVE or row.due_at is None or row.due_at > tx.now:
        raise ScheduleStateDiffers(public(NOUN, schedule), str(row.state if row else State.ENDED))
    if not row.stands:
        return _stopped(tx, row)
    order = Transfer(row.payer, row.payee, row.amount_minor, row.currency, channel="job")
    made = wallet.transfer(tx, [order])[0]
    if isinstance(made, Refusal):
        return _refused(tx, row, made)
    row = _done(tx, row, RunState.PAID, transfer=parse(TRANSFER, made.id))
    append(tx, [_entry(row, None, "schedule.paid", transfer=made.id)])
    return _planned(row)


def _signed(tx: Tx, row: Schedule, mandate: UUID | msgspec.UnsetType) -> Schedule:
    """The series under its payer's signature, if one was brought."""
    if mandate is msgspec.UNSET:
        return row
    signed = model.authority(row.payer, row.payee, row.amount_minor, row.currency, row.rule)
    mandates.consume(
        tx, mandate, signed, row.amount_minor, row.currency, subject=row.id, by=row.payer
    )
    return msgspec.structs.replace(row, mandate=mandate, authority=signed)


def _stopped(tx: Tx, row: Schedule) -> Planned:
    """The series is not the one that was signed: nothing is paid, and nothing more by itself."""
    row = msgspec.structs.replace(row, state=State.PAUSED, last_code=model.UNSIGNED)
    store.save(tx, row)
    append(tx, [_entry(row, None, "schedule.stopped", why=model.UNSIGNED)])
    return _planned(row)


def _refused(tx: Tx, row: Schedule, refusal: Refusal) -> Planned:
    row = msgspec.structs.replace(row, attempt=row.attempt + 1, last_code=refusal.code)
    if row.attempt < model.TRIES:
        row = msgspec.structs.replace(row, due_at=tx.now + model.RETRY_AFTER)
        store.save(tx, row)
        append(tx, [_entry(row, None, "schedule.waiting", why=refusal.code, tries=row.attempt)])
        return _planned(row)
    row = _done(tx, msgspec.structs.replace(row, state=State.PAUSED), RunState.FAILED)
    append(tx, [_entry(row, None, "schedule.failed", why=refusal.code)])
    return _planned(row)


def _done(tx: Tx, row: Schedule, state: RunState, transfer: UUID | None = None) -> Schedule:
    """The day is over, one way or another: on to the next."""
    assert row.next_on is not None, "a schedule that goes on has a next day"
    code = row.last_code if state is RunState.FAILED else None
    store.insert_run(tx, row.id, Run(row.place, row.next_on, state, code, transfer, tx.now))
    days = _days(tx, row.payer, row.rule)
    row = model.at(row, row.place + 1, days.zone, tx.now, days.paid_on)
    store.save(tx, row)
    return row


def skip(tx: Tx, command: Turn) -> Planned:
    """Leave out the next day. Refuses `NotFound`, `ScheduleStateDiffers`."""
    row = _done(tx, _own(tx, command, State.ACTIVE), RunState.SKIPPED)
    append(tx, [_entry(row, command.by, "schedule.skipped")])
    return _planned(row)


def pause(tx: Tx, command: Turn) -> Planned:
    """Pay nothing until it is resumed. Refuses `NotFound`, `ScheduleStateDiffers`."""
    row = msgspec.structs.replace(_own(tx, command, State.ACTIVE), state=State.PAUSED)
    return _turned(tx, row, command.by, "schedule.paused")


def resume(tx: Tx, command: Turn) -> Planned:
    """Go on with the next day that has not passed. Refuses `NotFound`, `ScheduleStateDiffers`."""
    row = msgspec.structs.replace(_own(tx, command, State.PAUSED), state=State.ACTIVE)
    days = _days(tx, row.payer, row.rule)
    place = model.place_from(row.rule, row.place, days.today(tx), days.paid_on)
    row = model.at(row, place, days.zone, tx.now, days.paid_on)
    return _turned(tx, row, command.by, "schedule.resumed")


def cancel(tx: Tx, command: Turn) -> Planned:
    """End it for good. Refuses `NotFound`, `ScheduleStateDiffers`."""
    row = _own(tx, command, State.ACTIVE, State.PAUSED)
    ended = {"state": State.ENDED, "next_on": None, "due_at": None, "ended_at": tx.now}
    return _turned(tx, msgspec.structs.replace(row, **ended), command.by, "schedule.cancelled")


def _turned(tx: Tx, row: Schedule, by: UUID, verb: str) -> Planned:
    store.save(tx, row)
    append(tx, [_entry(row, by, verb)])
    return _planned(row)


def _own(tx: Tx, command: Turn, *states: State) -> Schedule:
    row = store.lock(tx, command.schedule)
    if row is None or row.payer != command.by:
        raise NotFound(noun="schedule", id=public(NOUN, command.schedule))
    if row.state not in states:
        raise ScheduleStateDiffers(row.public, str(row.state))
    return row


class _Days(NamedTuple):
    """How days run for a payer: its zone, and when a day of the rule is paid."""

    zone: str
    paid_on: Callable[[date], date]

    def today(self, tx: Tx) -> date:
        return tx.now.astimezone(ZoneInfo(self.zone)).date()


def _days(tx: Tx, payer: UUID, rule: Rule) -> _Days:
    party = parties.get(tx, payer)
    return _Days(party.zone, lambda on: calendars.moved(on, rule.closed, party.jurisdiction))


def _planned(row: Schedule) -> Planned:
    return Planned(row.public, row.state, row.due_at if row.state is State.ACTIVE else None)


def _entry(row: Schedule, actor: UUID | None, verb: str, **more: str | int) -> Entry:
    body: dict[str, str | int] = {
        "schedule": row.public,
        "state": str(row.state),
        "payee": public("par", row.payee),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        **more,
    }
    if row.next_on is not None:
        body["next_on"] = row.next_on.isoformat()
    return Entry(actor, verb, row.id, (row.payer,), "payment", dict(body))
