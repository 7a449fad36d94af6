"""The demo town's safeguarding account, here and at the sandbox bank."""

from __future__ import annotations

from sycee.doors.bank.books import Books
from sycee.products.wallet.bank.actions import receiving
from sycee.products.wallet.bank.model import BankAccountExists
from sycee.runtime.db import Database
from sycee.runtime.perform import HOUSE, Call, perform_one

NUMBER = "DE93999999990000000001"  # no bank has the code 9999 9999
BIC = "SYCEDEFFXXX"
NAME = "Sycee Sandbox Safeguarding"
CURRENCY = "CNY"


def seed(database: Database, books: Books) -> None:
    """Open the account on both sides, once."""
    books.open(NUMBER, CURRENCY, NAME)
    command = receiving.OpenAccount(NUMBER, BIC, NAME, CURRENCY, None)
    call = Call(HOUSE, None, "bank.open-account", command)
    answer = perform_one(database, call, receiving.open_account)
    if answer.refusal is not None and answer.refusal.code != BankAccountExists.code:
        answer.unwrap()
