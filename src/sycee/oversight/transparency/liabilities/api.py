"""Routes of the totals: public, and the proof that one's own balance is in them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sycee.kit.errors import Invalid
from sycee.oversight.transparency.liabilities import reading
from sycee.oversight.transparency.liabilities.desk import LiabilitiesKeyAbsent
from sycee.oversight.transparency.liabilities.reading import (
    ProofView,
    PublishedView,
    TotalAbsent,
    TotalView,
)
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read

Epoch = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


@read("/v1/liabilities", scope=None, gives=Listing[TotalView], refuses=(Invalid,))
def totals(tx: Tx, *, page: Page) -> Listing[TotalView]:
    """List what the house owed, each day and in each currency; newest first.

    Anyone may. Each total is a Merkle-sum tree over every balance, and one row of the log.
    """
    return reading.totals(tx, page)


@read(
    "/v1/liabilities/proofs",
    scope="accounts:read",
    gives=list[ProofView],
    refuses=(Invalid, TotalAbsent, LiabilitiesKeyAbsent),
)
def proofs(tx: Tx, *, caller: Caller, epoch: Epoch | None = None) -> list[ProofView]:
    """Prove that your accounts' balances are in the published total.

    In the newest one, or that of the day `epoch`.
    """
    return reading.proofs(tx, caller.party, epoch)


@read("/v1/liabilities/rows", scope=None, gives=PublishedView, refuses=(Invalid, TotalAbsent))
def rows(tx: Tx, *, epoch: Epoch | None = None) -> PublishedView:
    """Open the rows of the log that published the newest totals, or those of a day. Anyone may."""
    return reading.published(tx, epoch)


routes = [totals, proofs, rows]
