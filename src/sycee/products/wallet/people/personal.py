"""What is kept of a person among people: contacts, memos, requests, gifts, and what is planned."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from sycee.core.parties.personal.sources import Source, paged, walk
from sycee.kit.ids import public
from sycee.products.wallet.people import memorows, memos
from sycee.products.wallet.people.categories import reading as categories
from sycee.products.wallet.people.contacts import desk as contacts
from sycee.products.wallet.people.gifts import reading as gifts
from sycee.products.wallet.people.gifts.reading import Side
from sycee.products.wallet.people.memorows import Memo
from sycee.products.wallet.people.requests import actions as requesting
from sycee.products.wallet.people.requests import reading as requests
from sycee.products.wallet.people.requests.reading import Direction
from sycee.products.wallet.people.schedules import reading as schedules
from sycee.products.wallet.people.splits import reading as splits
from sycee.runtime.db import Database, Tx


def _contacts(database: Database, party: UUID, most: int) -> list[Any]:
    return list(contacts.export(database, party).contacts[:most])


def _memos(database: Database, party: UUID, most: int) -> list[Any]:
    """Memos that one wrote or got, newest first, with the texts that still open."""

    def ask(tx: Tx, before: UUID | None, limit: int) -> list[Memo]:
        return memorows.of_party(tx, party, before, limit)

    found: list[Any] = []
    for rows in walk(database, ask, lambda memo: memo.subject, most):
        texts = memos.open_all(database, party, rows)
        found += [
            {"subject": row.subject, "mine": row.writer == party, "text": text}
            for row, text in zip(rows, texts, strict=True)
        ]
    return found


def _schedules(tx: Tx, party: UUID) -> list[str]:
    return [public("sch", id_) for id_ in memorows.schedules_of(tx, party)]


def _gifts(tx: Tx, party: UUID) -> list[str]:
    return [public("gft", id_) for id_ in memorows.gifts_of(tx, party)]


source = Source(
    rows={
        "contacts": _contacts,
        "categories": paged(categories.page),
        "memos": _memos,
        "requests_made": paged(
            partial(requests.requests, direction=Direction.OUTGOING, state=None)
        ),
        "requests_got": paged(partial(requests.requests, direction=Direction.INCOMING, state=None)),
        "splits": paged(splits.splits),
        "schedules": paged(schedules.schedules),
        "gifts_sent": paged(partial(gifts.gifts, side=Side.SENT)),
        "gifts_received": paged(partial(gifts.gifts, side=Side.RECEIVED)),
    },
    open={"gift": _gifts},
    planned={"schedule": _schedules},
    ends=(requesting.leave,),
)
