"""Routes of the operator's view of envelopes."""

from __future__ import annotations

from uuid import UUID

from sycee.kit.errors import Invalid, NotFound
from sycee.products.envelopes.actions import circles
from sycee.products.envelopes.actions.circles import Seen
from sycee.products.envelopes.watch import reading
from sycee.products.envelopes.watch.reading import CircleView, RushView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write


@read("/v1/envelope-rush", scope="operator", gives=RushView)
def rush(tx: Tx, *, caller: Caller) -> RushView:
    """See how the evening goes: sums of the last hour, and the latest envelopes."""
    return reading.rush(tx)


@read(
    "/v1/envelope-circles",
    scope="operator",
    gives=Listing[CircleView],
    refuses=(Invalid,),
)
def found(tx: Tx, *, caller: Caller, page: Page) -> Listing[CircleView]:
    """List circles: envelopes whose money came back to its sender through friends.

    Found hourly in the ledger, over a week. Nothing is done to anyone by a program.
    """
    return reading.circles(tx, page)


@write(
    "/v1/envelope-circles/{circle:crc}/seen",
    "envelope.see-circle",
    circles.see,
    scope="operator",
    gives=Seen,
    refuses=(NotFound,),
)
def see(*, caller: Caller, circle: UUID) -> circles.See:
    """Note that you have looked into a circle."""
    return circles.See(caller.party, circle)


routes = [rush, found, see]
