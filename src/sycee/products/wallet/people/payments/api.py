"""Routes of payments with a memo, and of memos."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.api import PAYING
from sycee.products.wallet.model import Made
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.memos import MemoView, Subject
from sycee.products.wallet.people.payments import desk
from sycee.products.wallet.people.payments.desk import PaymentBody
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, read

Subjects = Annotated[list[Subject], msgspec.Meta(min_length=1, max_length=memos.MOST_AT_ONCE)]


@direct(
    "/v1/payments",
    scope="transfers:write",
    gives=Made,
    refuses=(*PAYING, NotFound, *SEALING_REFUSALS),
)
def pay(database: Database, body: PaymentBody, *, caller: Caller, key: str) -> object:
    """Pay someone by handle or id, with a memo that only the two of you can read.

    The payment is a transfer like those of `/v1/transfers`, which is the faster way without a memo.
    """
    return desk.pay(database, caller, key, body)


@read(
    "/v1/memos", scope="transfers:read", gives=list[MemoView], refuses=(Invalid, *OPENING_REFUSALS)
)
def show(database: Database, *, caller: Caller, of: Subjects) -> list[MemoView]:
    """Open the memos on up to 100 transfers, requests and splits.

    What you neither wrote nor got is left out. It leaves one row in the journal.
    """
    return memos.show(database, caller.party, of)


routes = [pay, show]
