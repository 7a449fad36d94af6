"""Routes of a shop's sales."""

from __future__ import annotations

from datetime import date

from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.shops.sales import reading
from sycee.products.wallet.shops.sales.reading import DayTotals, SaleEvent, SaleView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, stream
from sycee.runtime.http.streams import Strand


@read("/v1/sales", scope="transfers:read", gives=Listing[SaleView], refuses=(Invalid,))
def sales(tx: Tx, *, caller: Caller, page: Page, mine: bool = False) -> Listing[SaleView]:
    """List the payments that came in, newest first; with `mine` those taken at this device."""
    return reading.sales(tx, caller, page, mine)


@stream("/v1/sales/stream", scope="transfers:read", gives=SaleEvent, refuses=(Invalid,))
def happen(tx: Tx, *, caller: Caller, after: str | None) -> Strand:
    """Hear of payments as they come in, and of refunds: server-sent events.

    An event's `data` is the schema here, its type `transfer.made` or `transfer.refunded`. Come back
    with `Last-Event-ID` when the stream ends, as it does every half minute: nothing is missed.
    """
    return reading.stream(tx, caller.party, after)


@read(
    "/v1/shops/totals", scope="transfers:read", gives=list[DayTotals], refuses=(Invalid, NotFound)
)
def totals(tx: Tx, *, caller: Caller, on: date | None = None) -> list[DayTotals]:
    """Read a day in numbers, by hour, in your own zone: sales, tips, refunds, fees.

    Today, unless `on` names a day. They are added up from the ledger, by code.
    """
    return reading.totals(tx, caller.party, on)


routes = [sales, happen, totals]
