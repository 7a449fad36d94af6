"""Routes of schedules."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.tender.model import APPROVAL_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.approvals.actions import Asked
from sycee.products.wallet.approvals.model import ApprovalNotYours
from sycee.products.wallet.model import PayeeUnknown, TransferToSelf
from sycee.products.wallet.people.schedules import actions, desk, reading
from sycee.products.wallet.people.schedules.actions import Planned, Turn
from sycee.products.wallet.people.schedules.desk import ScheduleBody, SeriesBody
from sycee.products.wallet.people.schedules.model import ScheduleStateDiffers, SchedulesTooMany
from sycee.products.wallet.people.schedules.reading import ScheduleView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write


@direct(
    "/v1/schedule-approvals",
    scope="transfers:write",
    gives=Asked,
    refuses=(Invalid, ApprovalNotYours, TransferToSelf, PayeeUnknown, NotFound),
    status=201,
)
def ask(database: Database, body: SeriesBody, *, caller: Caller) -> Asked:
    """Ask for the approval of a series: payee, amount, days and end are what is signed.

    Give it by `POST /v1/approvals/{approval}`, and plan the series with its mandate: one touch, and
    then it runs by itself. Whatever is changed on the way makes the mandate refuse.
    """
    return desk.ask(database, caller, body)


TURNING = (NotFound, ScheduleStateDiffers)


@direct(
    "/v1/schedules",
    scope="transfers:write",
    gives=Planned,
    refuses=(
        *(Invalid, NotFound, *TOUCH_REFUSALS, TransferToSelf, PayeeUnknown),
        *STANDING_REFUSALS,
        *APPROVAL_REFUSALS,
        SchedulesTooMany,
    ),
    status=201,
)
def make(database: Database, body: ScheduleBody, *, caller: Caller, key: str) -> object:
    """Plan a payment for a day, or a series of them, with one touch of the passkey.

    A session brings the `mandate` of an approval of just this series, or has touched its passkey a
    moment ago. Each is made at nine where you are, within your limits of that day. A refused one is
    tried again after four hours, three times in all; then the schedule is paused. `closed_days`
    moves a day that is a weekend or a holiday where you are to one of business.
    """
    return desk.make(database, caller, key, body)


@read("/v1/schedules", scope="transfers:read", gives=Listing[ScheduleView], refuses=(Invalid,))
def schedules(tx: Tx, *, caller: Caller, page: Page) -> Listing[ScheduleView]:
    """List your schedules, newest first."""
    return reading.schedules(tx, caller.party, page)


@read(
    "/v1/schedules/{schedule:sch}", scope="transfers:read", gives=ScheduleView, refuses=(NotFound,)
)
def schedule(tx: Tx, *, caller: Caller, schedule: UUID) -> ScheduleView:
    """Look up one of your schedules, and what became of its last days."""
    return reading.schedule(tx, caller.party, schedule)


@write(
    "/v1/schedules/{schedule:sch}/skip",
    "schedule.skip",
    actions.skip,
    scope="transfers:write",
    gives=Planned,
    refuses=TURNING,
)
def skip(*, caller: Caller, schedule: UUID) -> Turn:
    """Leave out the next payment; the one after it is made."""
    return Turn(caller.party, schedule)


@write(
    "/v1/schedules/{schedule:sch}/pause",
    "schedule.pause",
    actions.pause,
    scope="transfers:write",
    gives=Planned,
    refuses=TURNING,
)
def pause(*, caller: Caller, schedule: UUID) -> Turn:
    """Make no payment until the schedule is resumed."""
    return Turn(caller.party, schedule)


@write(
    "/v1/schedules/{schedule:sch}/resume",
    "schedule.resume",
    actions.resume,
    scope="transfers:write",
    gives=Planned,
    refuses=TURNING,
)
def resume(*, caller: Caller, schedule: UUID) -> Turn:
    """Go on with the next day that has not passed; what was missed is not made up for."""
    return Turn(caller.party, schedule)


@write(
    "/v1/schedules/{schedule:sch}",
    "schedule.cancel",
    actions.cancel,
    scope="transfers:write",
    gives=Planned,
    refuses=TURNING,
    method="DELETE",
)
def cancel(*, caller: Caller, schedule: UUID) -> Turn:
    """End a schedule for good."""
    return Turn(caller.party, schedule)


routes = [ask, make, schedules, schedule, skip, pause, resume, cancel]
