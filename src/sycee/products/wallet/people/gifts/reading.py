"""Gifts as their two sides see them, and as whoever holds a link does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.wallet.people import faces
from sycee.products.wallet.people.faces import Face
from sycee.products.wallet.people.gifts import model, store
from sycee.products.wallet.people.gifts.actions import digest
from sycee.products.wallet.people.gifts.model import NOUN, Card, Gift, State, Why
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class Side(StrEnum):
    """Which gifts to list: those you sent, or those you were given."""

    SENT = "sent"
    RECEIVED = "received"


class GiftView(msgspec.Struct, frozen=True):
    """A gift as its sender or its recipient sees it; without a recipient it is a link.

    For its sender it waits until the money is back, which an order may put off past `expires_at`.
    `memo` says that there is a message: open it by `/v1/memos`.
    """

    id: str
    side: Side
    sender: Face
    recipient: Face | None
    claimed_by: Face | None
    amount_minor: int
    currency: str
    card: Card
    memo: bool
    state: State
    why: Why | None
    transfer: str | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class GiftLinkView(msgspec.Struct, frozen=True):
    """A gift as whoever holds its link sees it, with a wallet or without one."""

    id: str
    sender: Face
    amount_minor: int
    currency: str
    card: Card
    memo: bool
    state: State
    expires_at: datetime


def gift(tx: Tx, party: UUID, id_: UUID) -> GiftView:
    """One gift that a party sent or was given; raises `NotFound`."""
    row = store.read(tx, id_)
    if row is None or party not in (row.sender, row.recipient, row.claimed_by):
        raise NotFound(noun="gift", id=public(NOUN, id_))
    return _views(tx, party, [row])[0]


def gifts(tx: Tx, party: UUID, page: Page, side: Side) -> Listing[GiftView]:
    """A page of gifts, newest first."""
    before = page.after_id(NOUN)
    query = store.sent if side is Side.SENT else store.got
    rows = query(tx, party, before, page.fetch)
    return page.of(_views(tx, party, rows), key=lambda view: view.id)


def link(tx: Tx, token: str) -> GiftLinkView:
    """A gift by its link's token; raises `NotFound`."""
    id_ = store.linked(tx, digest(token))
    row = None if id_ is None else store.read(tx, id_)
    if row is None:
        raise NotFound(noun="gift", id="")
    return GiftLinkView(
        id=row.public,
        sender=faces.read(tx, [row.sender])[row.sender],
        amount_minor=row.amount_minor,
        currency=row.currency,
        card=row.card,
        memo=row.memo,
        state=model.standing(row, tx.now)[0],
        expires_at=row.expires_at,
    )


def _views(tx: Tx, party: UUID, rows: Sequence[Gift]) -> list[GiftView]:
    """Gifts as a party sees them, with everyone's face: one query for all."""
    shown = faces.read(tx, [x for row in rows for x in (row.sender, row.recipient, row.claimed_by)])
    views: list[GiftView] = []
    for row in rows:
        side = Side.SENT if row.sender == party else Side.RECEIVED
        given = side is Side.RECEIVED
        state, why = model.standing(row, tx.now) if given else (row.state, row.why)
        view = GiftView(
            id=row.public,
            side=side,
            sender=shown[row.sender],
            recipient=None if row.recipient is None else shown[row.recipient],
            claimed_by=None if row.claimed_by is None else shown[row.claimed_by],
            amount_minor=row.amount_minor,
            currency=row.currency,
            card=row.card,
            memo=row.memo,
            state=state,
            why=why,
            transfer=None if row.transfer is None else public("tfr", row.transfer),
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
        )
        views.append(view)
    return views
