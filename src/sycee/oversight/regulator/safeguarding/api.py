"""Routes of safeguarding: runs, their breaks, and the two signatures."""

from __future__ import annotations

from uuid import UUID

from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.regulator.safeguarding import actions, reading
from sycee.oversight.regulator.safeguarding.actions import Sign, Signed
from sycee.oversight.regulator.safeguarding.model import RunSigned
from sycee.oversight.regulator.safeguarding.reading import RunView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write


@read("/v1/safeguarding", scope="oversight:read", gives=Listing[RunView], refuses=(Invalid,))
def runs(tx: Tx, *, page: Page) -> Listing[RunView]:
    """List the daily reconciliations, newest first."""
    return reading.runs(tx, page)


@read(
    "/v1/safeguarding/{run:sgr}",
    scope="oversight:read",
    gives=RunView,
    refuses=(Invalid, NotFound),
)
def run(tx: Tx, *, run: UUID) -> RunView:
    """Read a reconciliation with its breaks, each to the cent."""
    return reading.run(tx, run)


@write(
    "/v1/safeguarding/{run:sgr}/sign",
    "safeguarding.sign",
    actions.sign,
    scope="oversight:write",
    gives=Signed,
    refuses=(Invalid, NotFound, RunSigned),
)
def sign(*, caller: Caller, run: UUID) -> Sign:
    """Sign a reconciliation; two different people sign each."""
    return Sign(caller.party, caller.eyes, run)


routes = [runs, run, sign]
