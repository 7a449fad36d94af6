"""Planning payments: who is paid is looked up, and the passkey must just have been touched."""

from __future__ import annotations

from datetime import date

import msgspec

from sycee.core.parties.identity import sessions
from sycee.kit.ids import parse, public
from sycee.products.wallet.api import Mandate
from sycee.products.wallet.approvals import actions as approvals
from sycee.products.wallet.approvals.actions import Asked
from sycee.products.wallet.approvals.model import SERIES, Wish
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.schedules import actions
from sycee.products.wallet.people.schedules.actions import Make
from sycee.products.wallet.people.schedules.model import ClosedDays, Every, Rule, Times, authority
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency
from sycee.runtime.perform import Call, perform_one


class SeriesBody(Body, frozen=True):
    """Who is paid, how much, and on which days.

    A series has an end: `times`, `ends_on`, or both. `closed_days` says what becomes of a day that
    is a weekend or a holiday where the payer is.
    """

    payee: PayeeRef
    amount_minor: Amount
    currency: Currency
    every: Every
    starts_on: date
    times: Times | None = None
    ends_on: date | None = None
    closed_days: ClosedDays | msgspec.UnsetType = msgspec.UNSET

    @property
    def rule(self) -> Rule:
        return Rule(self.every, self.starts_on, self.times, self.ends_on, self.closed_days)


class ScheduleBody(SeriesBody, frozen=True):
    """A series, and the mandate of the approval of just this one."""

    mandate: Mandate | msgspec.UnsetType = msgspec.UNSET


def ask(database: Database, caller: Caller, body: SeriesBody) -> Asked:
    """Ask for the approval of a series: the payee, the amount, the days and the end are signed."""
    payee = resolve(database, caller.party, body.payee)
    signed = authority(caller.party, payee.id, body.amount_minor, body.currency, body.rule)
    wish = Wish(
        SERIES,
        signed,
        body.amount_minor,
        body.currency,
        to=(public("par", payee.id),),
        terms=body.rule.terms,
        party=payee.id,
    )
    return approvals.offer(database, caller, wish, payee.display_name)


def make(database: Database, caller: Caller, key: str, body: ScheduleBody) -> object:
    """Plan payments; the stored answer for a known key. Refuses as `actions.make`."""
    if body.mandate is msgspec.UNSET:
        sessions.check_fresh(database, caller)
    payee = resolve(database, caller.party, body.payee)
    signed = body.mandate
    command = Make(
        caller.party,
        payee.id,
        body.amount_minor,
        body.currency,
        body.rule,
        signed if signed is msgspec.UNSET else parse("mdt", signed, "mandate"),
    )
    return perform_one(
        database, Call(caller.party, key, "schedule.make", command), actions.make
    ).unwrap()
