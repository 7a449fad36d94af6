"""Making links: a title that is not to be public is sealed before any write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from sycee.products.wallet.people import memos
from sycee.products.wallet.shops.codes.desk import made
from sycee.products.wallet.shops.offers import model, reading
from sycee.products.wallet.shops.offers.actions import Make
from sycee.products.wallet.shops.offers.model import Sort
from sycee.products.wallet.shops.offers.reading import LinkView
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency
from sycee.runtime.perform import Call

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=model.RETURN_MAX)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=140)]


class LinkBody(Body, frozen=True):
    """A link to be: for an amount, or what the payer says within bounds; once, or many times.

    A title is sealed, and shown to whoever is logged in and has the link, unless `title_public`
    says that anyone with the link may read it. `return_url` is where the pay page at `/p/{token}`
    leads its payer once the link is paid.
    """

    currency: Currency
    amount_minor: Amount | None = None
    least_minor: Amount | None = None
    most_minor: Amount | None = None
    once: bool = True
    tips: bool = False
    title: Title | None = None
    title_public: bool = False
    expires_at: datetime | None = None
    return_url: Address | None = None


def make(database: Database, caller: Caller, key: str, body: LinkBody) -> LinkView:
    """Seal the title, make the link and show it; the same one for a known key."""
    public = (
        None if body.title is None or not body.title_public else memos.check(body.title, "title")
    )
    note = memos.seal(caller.party, None if body.title_public else body.title)
    command = Make(
        caller.party,
        Sort.LINK,
        body.currency,
        body.amount_minor,
        body.least_minor,
        body.most_minor,
        once=body.once,
        tips=body.tips,
        title=public,
        fingerprint=note.fingerprint,
        expires_at=body.expires_at,
        device=caller.device,
        return_url=body.return_url,
    )
    call = Call(caller.party, key, "link.make", command)
    id_ = made(database, call, model.LINK, note.sealed)
    with database.read() as tx:
        return reading.link(tx, caller.party, id_)
