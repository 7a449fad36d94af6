"""Routes of requests to be paid."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.model import STANDING_REFUSALS
from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.api import PAYING, approval_of
from sycee.products.wallet.model import PayeeUnknown, TransferToSelf
from sycee.products.wallet.people.requests import actions, desk, reading
from sycee.products.wallet.people.requests.actions import RequestState
from sycee.products.wallet.people.requests.desk import PayBody, RequestBody
from sycee.products.wallet.people.requests.model import (
    ReminderTooSoon,
    RequestAmountDiffers,
    RequestNotOpen,
    RequestRefused,
    RequestsTooMany,
    State,
)
from sycee.products.wallet.people.requests.reading import Direction, LinkView, RequestView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, hot, read, write

ASKING = (
    Invalid,
    NotFound,
    *STANDING_REFUSALS,
    TransferToSelf,
    PayeeUnknown,
    RequestRefused,
    RequestsTooMany,
    *SEALING_REFUSALS,
)
_PAYING = (*PAYING, NotFound, RequestNotOpen, RequestAmountDiffers)


@direct("/v1/requests", scope="transfers:write", gives=RequestState, refuses=ASKING, status=201)
def ask(database: Database, body: RequestBody, *, caller: Caller, key: str) -> object:
    """Ask someone to pay you, or make a link that anyone may pay once.

    Without `payer` the answer carries a `token`: whoever has it may look at the request and pay it.
    """
    return desk.ask(database, caller.party, key, body)


@read("/v1/requests", scope="transfers:read", gives=Listing[RequestView], refuses=(Invalid,))
def requests(
    tx: Tx,
    *,
    caller: Caller,
    page: Page,
    direction: Direction = Direction.INCOMING,
    state: State | None = None,
) -> Listing[RequestView]:
    """List the requests made to you, or by you, newest first."""
    return reading.requests(tx, caller.party, page, direction, state)


@read("/v1/requests/{request:req}", scope="transfers:read", gives=RequestView, refuses=(NotFound,))
def request(tx: Tx, *, caller: Caller, request: UUID) -> RequestView:
    """Look up a request that you made, were sent or paid."""
    return reading.request(tx, caller.party, request)


@hot(
    "/v1/requests/{request:req}/pay",
    "request.pay",
    actions.pay,
    scope="transfers:write",
    gives=RequestState,
    refuses=_PAYING,
)
def pay(body: PayBody, *, caller: Caller, request: UUID) -> actions.Pay:
    """Pay a request that was made to you; it is paid once, whoever is first."""
    return actions.Pay(
        caller.party, request, None, body.amount_minor, *approval_of(caller, body.mandate)
    )


@write(
    "/v1/requests/{request:req}/decline",
    "request.decline",
    actions.decline,
    scope="transfers:write",
    gives=RequestState,
    refuses=(NotFound, RequestNotOpen),
)
def decline(*, caller: Caller, request: UUID) -> actions.Turn:
    """Say no to a request that was made to you."""
    return actions.Turn(caller.party, request)


@write(
    "/v1/requests/{request:req}/cancel",
    "request.cancel",
    actions.cancel,
    scope="transfers:write",
    gives=RequestState,
    refuses=(NotFound, RequestNotOpen),
)
def cancel(*, caller: Caller, request: UUID) -> actions.Turn:
    """Take back a request of your own."""
    return actions.Turn(caller.party, request)


@write(
    "/v1/requests/{request:req}/remind",
    "request.remind",
    actions.remind,
    scope="transfers:write",
    gives=RequestState,
    refuses=(NotFound, RequestNotOpen, ReminderTooSoon, RequestRefused),
)
def remind(*, caller: Caller, request: UUID) -> actions.Turn:
    """Tell the payer again: up to three times, a day apart."""
    return actions.Turn(caller.party, request)


@read(
    "/v1/request-links/{token}",
    scope="transfers:read",
    gives=LinkView,
    refuses=(NotFound, *OPENING_REFUSALS),
)
def link(database: Database, *, caller: Caller, token: str) -> LinkView:
    """Look at a request by its link; a memo is opened, which leaves a row in the journal."""
    return reading.link(database, caller.party, token)


@hot(
    "/v1/request-links/{token}/pay",
    "request.pay",
    actions.pay,
    scope="transfers:write",
    gives=RequestState,
    refuses=_PAYING,
)
def pay_link(body: PayBody, *, caller: Caller, token: str) -> actions.Pay:
    """Pay a request by its link; it is paid once, whoever is first."""
    return actions.Pay(
        caller.party, None, token, body.amount_minor, *approval_of(caller, body.mandate)
    )


routes = [ask, requests, request, pay, decline, cancel, remind, link, pay_link]
