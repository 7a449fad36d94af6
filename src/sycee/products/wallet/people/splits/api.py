"""Routes of split bills."""

from __future__ import annotations

from uuid import UUID

from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.people.requests.api import ASKING
from sycee.products.wallet.people.splits import actions, desk, reading
from sycee.products.wallet.people.splits.actions import SplitState
from sycee.products.wallet.people.splits.desk import SplitBody
from sycee.products.wallet.people.splits.model import SplitNotOpen, SplitPartlyPaid
from sycee.products.wallet.people.splits.reading import SplitView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write


@direct("/v1/splits", scope="transfers:write", gives=SplitState, refuses=ASKING, status=201)
def divide(database: Database, body: SplitBody, *, caller: Caller, key: str) -> object:
    """Divide a bill that you have paid, and ask the others for their parts.

    The parts sum to the total to the last unit: equally, by shares, by exact amounts, or by what
    each had, the tip in proportion. Units that do not divide go to the earlier parts.
    """
    return desk.divide(database, caller.party, key, body)


@read("/v1/splits", scope="transfers:read", gives=Listing[SplitView], refuses=(Invalid,))
def splits(tx: Tx, *, caller: Caller, page: Page) -> Listing[SplitView]:
    """List your split bills with who has paid, newest first."""
    return reading.splits(tx, caller.party, page)


@read("/v1/splits/{split:spl}", scope="transfers:read", gives=SplitView, refuses=(NotFound,))
def split(tx: Tx, *, caller: Caller, split: UUID) -> SplitView:
    """Look up one of your split bills: who has paid, and what is left."""
    return reading.split(tx, caller.party, split)


@write(
    "/v1/splits/{split:spl}/close",
    "split.close",
    actions.close,
    scope="transfers:write",
    gives=SplitState,
    refuses=(NotFound, SplitNotOpen),
)
def close(*, caller: Caller, split: UUID) -> actions.Turn:
    """Ask for nothing more; what was paid stays paid."""
    return actions.Turn(caller.party, split)


@write(
    "/v1/splits/{split:spl}/cancel",
    "split.cancel",
    actions.cancel,
    scope="transfers:write",
    gives=SplitState,
    refuses=(NotFound, SplitNotOpen, SplitPartlyPaid),
)
def cancel(*, caller: Caller, split: UUID) -> actions.Turn:
    """Take a split back while nobody has paid."""
    return actions.Turn(caller.party, split)


routes = [divide, splits, split, close, cancel]
