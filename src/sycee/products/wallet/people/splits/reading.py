"""Splits as their owner sees them: who has paid what, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.people.requests import reading as requests
from sycee.products.wallet.people.requests import store as requestrows
from sycee.products.wallet.people.requests.model import State as Asked
from sycee.products.wallet.people.requests.reading import RequestView
from sycee.products.wallet.people.splits import store
from sycee.products.wallet.people.splits.model import NOUN, Rule, Split, State
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class SplitView(msgspec.Struct, frozen=True):
    """A split: `paid_minor` is what came in, `open_minor` what is still asked for."""

    id: str
    state: State
    rule: Rule
    total_minor: int
    own_minor: int
    paid_minor: int
    open_minor: int
    currency: str
    memo: bool
    shares: list[RequestView]
    created_at: datetime
    ended_at: datetime | None


def split(tx: Tx, owner: UUID, id_: UUID) -> SplitView:
    """One split of someone's; raises `NotFound`."""
    row = store.read(tx, id_)
    if row is None or row.owner != owner:
        raise NotFound(noun="split", id=public(NOUN, id_))
    return _view(row, requests.views(tx, owner, requestrows.of_split(tx, id_)))


def splits(tx: Tx, owner: UUID, page: Page) -> Listing[SplitView]:
    """A page of someone's splits, newest first."""
    before = page.after_id(NOUN)
    rows = store.page(tx, owner, before, page.fetch)
    shares = [share for row in rows for share in requestrows.of_split(tx, row.id)]
    by_split: dict[str, list[RequestView]] = {}
    for view in requests.views(tx, owner, shares):
        by_split.setdefault(view.split or "", []).append(view)
    return page.of([_view(row, by_split[row.public]) for row in rows], key=lambda view: view.id)


def _view(row: Split, shares: Sequence[RequestView]) -> SplitView:
    return SplitView(
        id=row.public,
        state=row.state,
        rule=row.rule,
        total_minor=row.total_minor,
        own_minor=row.own_minor,
        paid_minor=sum(share.paid_minor or 0 for share in shares),
        open_minor=sum(share.amount_minor or 0 for share in shares if share.state is Asked.OPEN),
        currency=row.currency,
        memo=row.memo,
        shares=list(shares),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
