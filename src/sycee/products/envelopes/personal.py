"""What envelopes keep of a person: those sent and taken from; an open one holds their money."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from sycee.core.parties.personal.sources import Source, paged
from sycee.kit.ids import public
from sycee.products.envelopes import reading, store
from sycee.products.envelopes.reading import NOUN, Side
from sycee.runtime.db import Tx


def _open(tx: Tx, party: UUID) -> list[str]:
    return [public(NOUN, id_) for id_ in store.open_of(tx, party)]


source = Source(
    rows={
        "envelopes_sent": paged(partial(reading.listing, side=Side.SENT)),
        "envelopes_received": paged(partial(reading.listing, side=Side.RECEIVED)),
    },
    open={"envelope": _open},
)
