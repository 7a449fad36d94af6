"""Splitting a bill: whoever takes part is looked up and the memo sealed before any write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.contacts.desk import PayeeRef, resolve
from sycee.products.wallet.people.memos import MemoText
from sycee.products.wallet.people.splits import actions
from sycee.products.wallet.people.splits.actions import Divide
from sycee.products.wallet.people.splits.model import (
    ITEMS_MAX,
    PARTS_MAX,
    WEIGHT_MAX,
    Bill,
    Item,
    Rule,
)
from sycee.runtime.db import Database
from sycee.runtime.http.shapes import Amount, AmountOrNone, Body, Currency
from sycee.runtime.perform import Call, perform_one

Place = Annotated[int, msgspec.Meta(ge=0, lt=PARTS_MAX)]


class PartBody(Body, frozen=True):
    """Someone who takes part; without `party` a guest, who gets a link.

    `shares` counts for the rule `shares`, `amount_minor` for `exact`.
    """

    party: PayeeRef | None = None
    shares: Annotated[int, msgspec.Meta(ge=0, le=WEIGHT_MAX)] = 1
    amount_minor: AmountOrNone = 0


class ItemBody(Body, frozen=True):
    """A line of the bill; `places` says which of the parts had it, counted from 0."""

    amount_minor: Amount
    places: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=PARTS_MAX)]


class SplitBody(Body, frozen=True):
    """The bill and how it is divided. Name yourself among the parts to bear one.

    With the rule `items`, items and `tip_minor` sum to the total; the tip goes by what each had.
    """

    total_minor: Amount
    currency: Currency
    rule: Rule
    parts: Annotated[list[PartBody], msgspec.Meta(min_length=1, max_length=PARTS_MAX)]
    items: Annotated[tuple[ItemBody, ...], msgspec.Meta(max_length=ITEMS_MAX)] = ()
    tip_minor: AmountOrNone = 0
    memo: MemoText | None = None
    expires_at: datetime | None = None


def divide(database: Database, by: UUID, key: str, body: SplitBody) -> object:
    """Find everyone, seal the memo, and divide; the stored answer for a known key."""
    if body.rule is not Rule.ITEMS and (body.items or body.tip_minor):
        raise Invalid(field="items", rule="go with the rule items alone")
    parties = tuple(
        None if part.party is None else resolve(database, by, part.party).id for part in body.parts
    )
    bill = Bill(
        rule=body.rule,
        total_minor=body.total_minor,
        parts=len(body.parts),
        weights=tuple(part.shares for part in body.parts),
        amounts=tuple(part.amount_minor for part in body.parts),
        items=tuple(Item(item.amount_minor, tuple(item.places)) for item in body.items),
        tip_minor=body.tip_minor,
    )
    note = memos.seal(by, body.memo)
    command = Divide(by, body.currency, bill, parties, body.expires_at, note.fingerprint)
    return perform_one(
        database,
        Call(by, key, "split.divide", command),
        lambda tx, asked: actions.divide(tx, asked, sealed=note.sealed),
    ).unwrap()
