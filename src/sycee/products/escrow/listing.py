"""Trades a page at a time: one's own, the mediator's, and all of the house."""

from __future__ import annotations

from collections.abc import Set
from uuid import UUID

import msgspec

from sycee.kit.errors import Forbidden
from sycee.kit.ids import public
from sycee.products.escrow.model.terms import CATEGORIES, FEE_BPS, Terms
from sycee.products.escrow.model.trade import State, Trade
from sycee.products.escrow.reading import TradeView, by_out_ref, view
from sycee.products.escrow.store import lists, records, trades
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page, encode

_SCAN_PAGES = 20


class CategoryView(msgspec.Struct, frozen=True):
    """What a trade of a category is made under: terms in seconds, the fee in hundredths of a %."""

    category: str
    terms: Terms
    fee_bps: int


def categories(tx: Tx) -> list[CategoryView]:
    """Every category by name; a configured one stands before the built-in one."""
    found = {name: records.Category(terms, FEE_BPS) for name, terms in CATEGORIES.items()}
    found |= records.categories(tx)
    return [CategoryView(name, each.terms, each.fee_bps) for name, each in sorted(found.items())]


def of_party(
    tx: Tx,
    party: UUID,
    page: Page,
    *,
    side: str | None = None,
    state: State | None = None,
    out_ref: str | None = None,
    everyone: bool = False,
    scopes: Set[str] = frozenset(),
) -> Listing[TradeView]:
    """A page of a party's trades, newest first; by `out_ref` the one it sold under that.

    With `everyone` all trades, by state alone; refuses `Forbidden` for who is not the operator.
    """
    if everyone:
        if "operator" not in scopes:
            raise Forbidden(needs="operator")
        return everyones(tx, page, state)
    if out_ref is not None:
        sold = by_out_ref(tx, party, out_ref)
        fits = sold is not None and side != "buyer" and state in (None, sold.state)
        return Listing([view(sold)] if sold is not None and fits else [], False, None)
    before = page.after_id("trd")
    found: list[Trade] = []
    more = True
    for _ in range(_SCAN_PAGES):
        ids = lists.ids_of(tx, party, side, before, page.fetch)
        more = len(ids) == page.fetch
        if not ids:
            break
        before = ids[-1]
        found += [trade for trade in trades.read(tx, ids) if state in (None, trade.state)]
        if len(found) >= page.fetch or not more:
            break
    if more and before is not None and len(found) < page.fetch:
        # A rare state: not filled after many rows, so the next page goes on where this one stopped.
        return Listing([view(trade) for trade in found], True, encode(public("trd", before)))
    return page.of([view(trade) for trade in found], key=lambda each: each.id)


def everyones(tx: Tx, page: Page, state: State | None) -> Listing[TradeView]:
    """A page of all trades of the house, newest first; the operator's."""
    before = page.after_id("trd")
    found = trades.read(tx, lists.all_ids(tx, state, before, page.fetch))
    return page.of([view(trade) for trade in found], key=lambda each: each.id)


def disputed(tx: Tx, page: Page) -> Listing[TradeView]:
    """A page of the trades that wait for a ruling, newest first; the mediator's desk."""
    before = page.after_id("trd")
    found = trades.read(tx, lists.disputed(tx, before, page.fetch))
    return page.of([view(trade) for trade in found], key=lambda each: each.id)
