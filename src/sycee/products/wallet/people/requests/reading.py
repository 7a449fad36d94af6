"""Requests as their two sides see them, and as whoever holds a link does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.core.parties.model import Status
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.people import faces, memorows, memos
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.people.requests import model, store
from sycee.products.wallet.people.requests.model import NOUN, PayRequest, State
from sycee.products.wallet.people.splits.model import NOUN as SPLIT
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Listing, Page


class Direction(StrEnum):
    """`incoming`: one is asked to pay; `outgoing`: one asks."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class RequestView(msgspec.Struct, frozen=True):
    """A request as one of its two sides sees it; the token is the asker's to share.

    `asker_left`: their account is closed, which takes back what they asked for. `payer_left`: the
    account of who was asked is closed, which declines it.
    """

    id: str
    direction: Direction
    payee: Face
    payer: Face | None
    amount_minor: int | None
    currency: str
    state: State
    memo: bool
    token: str | None
    split: str | None
    paid_by: Face | None
    paid_minor: int | None
    transfer: str | None
    reminders: int
    reminded_at: datetime | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    asker_left: bool = False
    payer_left: bool = False


class LinkView(msgspec.Struct, frozen=True):
    """A request as whoever holds its link sees it."""

    id: str
    payee: Face
    amount_minor: int | None
    currency: str
    state: State
    memo: str | None
    mine: bool
    expires_at: datetime
    asker_left: bool = False


def request(tx: Tx, party: UUID, id_: UUID) -> RequestView:
    """One request of a party's; raises `NotFound`."""
    row = store.read(tx, id_)
    if row is None or party not in (row.payee, row.payer, row.paid_by):
        raise NotFound(noun="request", id=public(NOUN, id_))
    return views(tx, party, [row])[0]


def requests(
    tx: Tx, party: UUID, page: Page, direction: Direction, state: State | None
) -> Listing[RequestView]:
    """A page of requests, newest first."""
    before = page.after_id(NOUN)
    query = store.incoming if direction is Direction.INCOMING else store.outgoing
    rows = query(tx, party, None if state is None else str(state), before, page.fetch)
    return page.of(views(tx, party, rows), key=lambda view: view.id)


def views(tx: Tx, party: UUID, rows: Sequence[PayRequest]) -> list[RequestView]:
    """Requests as a party sees them, with everyone's face: one query for all."""
    sides = [side for row in rows for side in (row.payee, row.payer, row.paid_by)]
    known = parties.read(tx, {side for side in sides if side is not None}) if sides else {}
    shown = {id_: faces.of(party) for id_, party in known.items()}
    return [
        RequestView(
            id=row.public,
            direction=Direction.OUTGOING if row.payee == party else Direction.INCOMING,
            payee=shown[row.payee],
            payer=None if row.payer is None else shown[row.payer],
            amount_minor=row.amount_minor,
            currency=row.currency,
            state=model.standing(row, tx.now),
            memo=row.memo,
            token=row.token if row.payee == party else None,
            split=None if row.split is None else public(SPLIT, row.split),
            paid_by=None if row.paid_by is None else shown[row.paid_by],
            paid_minor=row.paid_minor,
            transfer=None if row.transfer is None else public(TRANSFER, row.transfer),
            reminders=row.reminders,
            reminded_at=row.reminded_at,
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            asker_left=known[row.payee].status is Status.CLOSED,
            payer_left=row.payer is not None and known[row.payer].status is Status.CLOSED,
        )
        for row in rows
    ]


def link(database: Database, caller: UUID | None, token: str) -> LinkView:
    """A request by its link's token; the memo is opened, which leaves a journal row.

    Raises `NotFound`.
    """
    with database.read() as tx:
        id_ = store.by_tokens(tx, [token]).get(token)
        row = None if id_ is None else store.read(tx, id_)
        if row is None:
            raise NotFound(noun="request", id="")
        payee = parties.read(tx, [row.payee])[row.payee]
        memo = memorows.of(tx, row.id) if row.memo else None
        state = model.standing(row, tx.now)
    texts = memos.open_all(database, caller, [memo] if memo else [], case=row.public)
    return LinkView(
        id=row.public,
        payee=faces.of(payee),
        amount_minor=row.amount_minor,
        currency=row.currency,
        state=state,
        memo=texts[0] if texts else None,
        mine=row.payee == caller,
        expires_at=row.expires_at,
        asker_left=payee.status is Status.CLOSED,
    )
