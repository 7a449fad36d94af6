"""What a shop, or a cashier at its till, sees of its sales."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.core.journal import model as journal
from sycee.core.journal import read
from sycee.core.ledger import activity
from sycee.core.ledger.model import ID_WINDOW_SECONDS
from sycee.core.parties import parties
from sycee.core.parties.identity import devices
from sycee.core.parties.model import PURSE
from sycee.kit.clock import micros
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, public
from sycee.products.wallet import store as transfers
from sycee.products.wallet.model import NOUN, Row
from sycee.products.wallet.people import faces
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.shops.offers import store as offers
from sycee.products.wallet.shops.sales import model
from sycee.products.wallet.shops.sales.model import Moved, SaleSums
from sycee.runtime.db import NIL, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.streams import Happening, Strand

TOLD = ("transfer.made", "transfer.refunded")
LAST = 999_999_999
"""Behind whatever one transaction has written."""

MOST = 100
"""How many events are sent at once."""


class SaleView(msgspec.Struct, frozen=True):
    """A payment that came in. `device` is the till that took it, `offer` its code or link."""

    transfer: str
    payer: Face
    amount_minor: int
    tip_minor: int
    refunded_minor: int
    currency: str
    device: str | None
    offer: str | None
    posted_at: datetime


class SaleEvent(msgspec.Struct, frozen=True):
    """A payment that came in, or with `refund` one that went back, of which this is how much."""

    transfer: str
    refund: str | None
    payer: Face
    amount_minor: int
    tip_minor: int
    currency: str
    at: datetime


class HourTotals(msgspec.Struct, frozen=True):
    """One hour, which begins at `from_at`."""

    from_at: datetime
    totals: SaleSums


class DayTotals(msgspec.Struct, frozen=True):
    """A shop's day in its own zone, in one currency; hours without sales are left out."""

    on: date
    zone: str
    from_at: datetime
    until_at: datetime
    currency: str
    totals: SaleSums
    hours: list[HourTotals]


def sales(tx: Tx, caller: Caller, page: Page, mine: bool) -> Listing[SaleView]:
    """A page of payments that came in, newest first; `mine`: those taken at this device."""
    before = page.after_id(NOUN)
    if not mine:
        rows = transfers.got(tx, caller.party, None, NIL, before, page.fetch)
    elif caller.device is None:
        raise Invalid(field="mine", rule="has no meaning without a device")
    else:  # a till has taken nothing before it was one: a new one's list is short, and soon read
        since = devices.read(tx, caller.device).added_at - timedelta(seconds=ID_WINDOW_SECONDS)
        first = UUID(int=micros(since) // 1_000 << 80)
        rows = transfers.got(tx, caller.party, caller.device, first, before, page.fetch)
    return page.of(_views(tx, rows), key=lambda view: view.transfer)


def _views(tx: Tx, rows: list[Row]) -> list[SaleView]:
    shown = faces.read(tx, [row.payer for row in rows])
    known = offers.publics(tx, [row.origin for row in rows if row.origin is not None])
    return [
        SaleView(
            transfer=public(NOUN, row.id),
            payer=shown[row.payer],
            amount_minor=row.amount_minor,
            tip_minor=row.tip_minor,
            refunded_minor=row.refunded_minor,
            currency=row.currency,
            device=None if row.device is None else public("dev", row.device),
            offer=None if row.origin is None else known.get(row.origin),
            posted_at=row.posted_at,
        )
        for row in rows
    ]


def totals(tx: Tx, shop: UUID, on: date | None) -> list[DayTotals]:
    """A day of the shop's zone (today unless it is said) in numbers, one for each currency."""
    party = parties.get(tx, shop)
    on = on or tx.now.astimezone(ZoneInfo(party.zone)).date()
    since, until = model.day(on, party.zone)
    found: list[DayTotals] = []
    for account in parties.accounts_of(tx, shop):
        if account.code == PURSE.get(party.kind):
            rows = [
                Moved(*row)
                for row in activity.by_hour(tx, account.account, since, until, party.zone)
            ]
            found.append(
                DayTotals(
                    on, party.zone, since, until, account.currency, _summed(rows), _hours(rows)
                )
            )
    return found


def _summed(rows: Iterable[Moved]) -> SaleSums:
    sums = SaleSums()
    for moved in rows:
        model.add(sums, moved)
    return sums


def _hours(rows: Iterable[Moved]) -> list[HourTotals]:
    return [HourTotals(hour, sums) for hour, sums in model.by_hour(rows)]


def stream(tx: Tx, shop: UUID, after: str | None) -> Strand:
    """What came in and went back behind a cursor; without one, from now on."""
    now = journal.Cursor(read.end(tx).xid - 1, LAST)
    if after is None:
        return Strand([], str(now))
    try:
        cursor = journal.cursor(after)
    except ValueError:
        raise Invalid(field="Last-Event-ID", rule="must be an id that this stream gave") from None
    rows, end = read.search(tx, shop, cursor, MOST, TOLD)
    # What was looked through and is no sale is not looked through again half a second later.
    place = rows[-1].cursor if len(rows) == MOST else end or max(now, cursor)
    mine = [row for row in rows if row.body["payee"] == public("par", shop)]
    payers = {row.id: parse("par", row.body["payer"]) for row in mine}
    shown = faces.read(tx, payers.values())
    events = [
        Happening(
            str(row.cursor),
            row.verb,
            SaleEvent(
                transfer=row.body["transfer"],
                refund=row.body.get("refund"),
                payer=shown[payers[row.id]],
                amount_minor=row.body["amount_minor"],
                tip_minor=row.body.get("tip_minor", 0),
                currency=row.body["currency"],
                at=row.at,
            ),
        )
        for row in mine
    ]
    return Strand(events, str(place))
