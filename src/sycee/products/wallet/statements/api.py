"""Routes of statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from sycee.core.parties.vault import OPENING_REFUSALS
from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.people.categories.model import Category
from sycee.products.wallet.statements import desk, reading, searching, spending
from sycee.products.wallet.statements.desk import StatementFile
from sycee.products.wallet.statements.finding import Direction, Wanted
from sycee.products.wallet.statements.model import Format, StatementTooLong
from sycee.products.wallet.statements.reading import PeriodStatement
from sycee.products.wallet.statements.searching import Found
from sycee.products.wallet.statements.spending import Spending
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page
from sycee.runtime.http.routes import read
from sycee.runtime.http.shapes import AmountOrNone, Body, public_id

AccountId = Annotated[str, public_id("acc")]
SearchText = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SearchBody(Body, frozen=True):
    """What is looked for; what is left out may be anything.

    `text` stands in the other side's name or handle, in the amount, with `nicknames` in your own
    name for the other side, or with `memos` in what was written. Amounts are sizes, whichever way
    the money went.
    """

    account: AccountId
    text: SearchText | None = None
    nicknames: bool = False
    memos: bool = False
    from_on: date | None = None
    to_on: date | None = None
    least_minor: AmountOrNone | None = None
    most_minor: AmountOrNone | None = None
    direction: Direction | None = None
    categories: Annotated[tuple[Category, ...], msgspec.Meta(max_length=len(Category))] = ()

    def searches(self) -> bool:
        """Whether thousands of movements may be looked at before a page is found."""
        chosen = (self.text, self.least_minor, self.most_minor, self.direction)
        return bool(self.categories) or any(each is not None for each in chosen)

    def wanted(self) -> Wanted:
        """The same without the account."""
        fields = msgspec.structs.asdict(self)
        del fields["account"]
        return Wanted(**fields)


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
    refuses=(Invalid, NotFound, StatementTooLong, *OPENING_REFUSALS),
    slow=True,
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


@read(
    "/v1/movements/search",
    method="POST",
    scope="accounts:read",
    gives=Found,
    refuses=(Invalid, NotFound, *OPENING_REFUSALS),
    slow=SearchBody.searches,
)
def search(database: Database, body: SearchBody, *, caller: Caller, page: Page) -> Found:
    """Look for movements on one of your accounts, newest first.

    A call looks at 5,000 movements at most, at 2,000 with `memos`, and says how far back it came:
    `next` goes on from there. With `nicknames`, your own names for contacts are opened, with
    `memos` what was written to you and by you; that leaves rows in the journal. It is a POST so
    that what is looked for stands in no address.
    """
    account = ids.parse("acc", body.account, "account")
    return searching.search(database, caller.party, account, body.wanted(), page)


@read("/v1/spending", scope="accounts:read", gives=Spending, refuses=(Invalid, NotFound))
def spent(tx: Tx, *, caller: Caller, account: AccountId, month: str | None = None) -> Spending:
    """Read what a month came to on one of your accounts, heading by heading.

    A heading comes from what the money moved for, or is the one that you chose for the other side.
    """
    return spending.month(tx, caller.party, ids.parse("acc", account, "account"), month)


routes = [show, take_away, search, spent]
