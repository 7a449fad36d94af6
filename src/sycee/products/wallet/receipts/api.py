"""Routes of receipts."""

from __future__ import annotations

from uuid import UUID

from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.receipts import reading
from sycee.products.wallet.receipts.model import Receipt, Verdict
from sycee.products.wallet.receipts.reading import ReceiptFile
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import read


@read(
    "/v1/receipts/{transfer:tfr}",
    scope="transfers:read",
    gives=Receipt,
    refuses=(Invalid, NotFound),
)
def show(tx: Tx, *, caller: Caller, transfer: UUID) -> Receipt:
    """Read the receipt of a movement on one of your accounts, as payer or as payee."""
    return reading.receipt(tx, caller.party, transfer)


@read(
    "/v1/receipt-files/{transfer:tfr}",
    scope="transfers:read",
    gives=ReceiptFile,
    refuses=(Invalid, NotFound),
)
def take_away(tx: Tx, *, caller: Caller, transfer: UUID) -> ReceiptFile:
    """Take a receipt away as PDF."""
    return reading.printed(tx, caller.party, transfer)


@read("/v1/receipts/check", method="POST", scope=None, gives=Verdict)
def check(tx: Tx, *, body: Receipt) -> Verdict:
    """Check a receipt that someone shows you against the books.

    Anyone may. Of a receipt that was changed, the changed field is named if its digest is the real
    one; a receipt with another digest is not genuine, and nothing more is said.
    """
    return reading.check(tx, body)


routes = [show, take_away, check]
