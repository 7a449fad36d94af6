"""Planning payments: who is paid is looked up, and the passkey must just have been touched."""

from __future__ import annotations

from datetime import date

from sycee.core.parties.identity import sessions
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.schedules import actions
from sycee.products.wallet.people.schedules.actions import Make
from sycee.products.wallet.people.schedules.model import Every, Rule, Times
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency
from sycee.runtime.perform import Call, perform_one


class ScheduleBody(Body, frozen=True):
    """Who is paid, how much, and on which days.

    A series has an end: `times`, `ends_on`, or both.
    """

    payee: PayeeRef
    amount_minor: Amount
    currency: Currency
    every: Every
    starts_on: date
    times: Times | None = None
    ends_on: date | None = None


def make(database: Database, caller: Caller, key: str, body: ScheduleBody) -> object:
    """Plan payments; the stored answer for a known key. Refuses as `actions.make`."""
    sessions.check_fresh(database, caller)
    payee = resolve(database, caller.party, body.payee)
    rule = Rule(body.every, body.starts_on, body.times, body.ends_on)
    command = Make(caller.party, payee.id, body.amount_minor, body.currency, rule)
    return perform_one(
        database, Call(caller.party, key, "schedule.make", command), actions.make
    ).unwrap()
