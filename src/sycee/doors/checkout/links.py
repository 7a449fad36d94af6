"""Links that shops send, as bills."""

from __future__ import annotations

from sycee.doors.checkout.bill import Bill, State
from sycee.kit.errors import NotFound
from sycee.products.wallet.shops.offers import reading
from sycee.runtime.db import Database


def find(database: Database, token: str) -> Bill | None:
    """The link of a token. A sealed title stays sealed: nobody is logged in here."""
    with database.read() as tx:
        try:
            offer = reading.shown(tx, token)
        except NotFound:
            return None
    return Bill(
        token=token,
        payee=offer.payee.id,
        shop=offer.payee.display_name,
        verified=offer.payee.verified,
        title=offer.title,
        number=None,
        amount_minor=offer.amount_minor,
        currency=offer.currency,
        state=State(str(offer.state)),
        least_minor=offer.least_minor,
        most_minor=offer.most_minor,
        tips=offer.tips,
        repeats=not offer.once,
        return_url=offer.return_url,
    )
