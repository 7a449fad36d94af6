"""Routes of statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.people.memos import OPENING
from sycee.products.wallet.statements import desk, reading
from sycee.products.wallet.statements.desk import StatementFile
from sycee.products.wallet.statements.model import Format, StatementTooLong
from sycee.products.wallet.statements.reading import PeriodStatement
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page
from sycee.runtime.http.routes import read
from sycee.runtime.http.shapes import public_id

AccountId = Annotated[str, public_id("acc")]


@read(
    "/v1/statements",
    scope="accounts:read",
    gives=PeriodStatement,
    refuses=(Invalid, NotFound),
)
def show(
    tx: Tx,
    *,
    caller: Caller,
    account: AccountId,
    page: Page,
    from_on: date | None = None,
    to_on: date | None = None,
) -> PeriodStatement:
    """Read the statement of one of your accounts, line by line, oldest first.

    The period is whole days where you are, the last included, 366 at most; left out, this month.
    """
    return reading.page(
        tx, caller.party, ids.parse("acc", account, "account"), from_on, to_on, page
    )


@read(
    "/v1/statement-files",
    scope="accounts:read",
    gives=StatementFile,
    refuses=(Invalid, NotFound, StatementTooLong, *OPENING),
)
def take_away(
    database: Database,
    *,
    caller: Caller,
    account: AccountId,
    format: Format,
    from_on: date | None = None,
    to_on: date | None = None,
    memos: bool = False,
) -> StatementFile:
    """Take a statement away as CSV, as camt.053 or as PDF.

    At most 10,000 lines, 2,000 as PDF. With `memos`, what was written to you and by you is opened
    and stands in the file; that leaves a row in the journal.
    """
    named = ids.parse("acc", account, "account")
    return desk.take_away(database, caller.party, named, (from_on, to_on), format, memos)


routes = [show, take_away]
