"""Routes of safeguarding: runs, their breaks, and the two signatures."""

from __future__ import annotations

from uuid import UUID

from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.regulator.safeguarding import actions, reading, returns
from sycee.oversight.regulator.safeguarding.actions import Sign, Signed
from sycee.oversight.regulator.safeguarding.model import RunSigned
from sycee.oversight.regulator.safeguarding.reading import RunView
from sycee.oversight.regulator.safeguarding.returns import MonthlyReturn, ReturnFile
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Currency


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


@read(
    "/v1/safeguarding-returns/{month}",
    scope="oversight:read",
    gives=MonthlyReturn,
    refuses=(Invalid, NotFound),
)
def monthly(tx: Tx, *, month: str, currency: Currency) -> MonthlyReturn:
    """Read a month's return in the sections of the United Kingdom's REP027.

    What the books do not know is named in `own_words`, for the firm to add.
    """
    return returns.month(tx, month, currency)


@read(
    "/v1/safeguarding-return-files/{month}",
    scope="oversight:read",
    gives=ReturnFile,
    refuses=(Invalid, NotFound),
)
def monthly_file(tx: Tx, *, month: str, currency: Currency) -> ReturnFile:
    """Take a month's return away as CSV."""
    return returns.as_csv(returns.month(tx, month, currency))


routes = [runs, run, sign, monthly, monthly_file]
