"""Routes of the whole ledger, for the operator; a party's own accounts are in `core/parties`."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger import explorer, trial
from sycee.core.ledger.explorer import LedgerAccount, LedgerTransfer, Movement, SubjectMoney
from sycee.core.ledger.trial import TrialLine
from sycee.kit.errors import Invalid, NotFound
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read


@read("/v1/trial-balance", scope="operator", gives=list[TrialLine])
def trial_balance(tx: Tx) -> list[TrialLine]:
    """Read the trial balance: every kind of account with its live totals."""
    return trial.balance(tx)


@read(
    "/v1/ledger/accounts",
    scope="operator",
    gives=Listing[LedgerAccount],
    refuses=(Invalid,),
)
def accounts(
    tx: Tx, *, page: Page, code: str | None = None, owner: str | None = None
) -> Listing[LedgerAccount]:
    """List the accounts of the books, by line of the chart (`code`), by party (`owner`), or all."""
    return explorer.accounts(tx, code, owner, page)


@read(
    "/v1/ledger/accounts/{account:acc}",
    scope="operator",
    gives=LedgerAccount,
    refuses=(Invalid, NotFound),
)
def account(tx: Tx, *, account: UUID) -> LedgerAccount:
    """Read any account of the books."""
    return explorer.account(tx, account)


@read(
    "/v1/ledger/accounts/{account:acc}/activity",
    scope="operator",
    gives=Listing[Movement],
    refuses=(Invalid, NotFound),
)
def account_activity(tx: Tx, *, account: UUID, page: Page) -> Listing[Movement]:
    """Read what moved on any account of the books, newest first."""
    return explorer.activity(tx, account, page)


@read(
    "/v1/ledger/transfers/{transfer:tfr}",
    scope="operator",
    gives=LedgerTransfer,
    refuses=(Invalid, NotFound),
)
def transfer(tx: Tx, *, transfer: UUID) -> LedgerTransfer:
    """Read any row of the log, with the accounts on both its sides."""
    return explorer.transfer(tx, transfer)


@read(
    "/v1/ledger/subjects/{subject}",
    scope="operator",
    gives=SubjectMoney,
    refuses=(Invalid, NotFound),
)
def subject(tx: Tx, *, subject: str) -> SubjectMoney:
    """Read where the money of a trade, an envelope or a payment came from and went.

    `subject` is a public id, such as `trd_…`, or the UUID that a transfer names.
    """
    return explorer.money(tx, subject)


routes = [trial_balance, accounts, account, account_activity, transfer, subject]
