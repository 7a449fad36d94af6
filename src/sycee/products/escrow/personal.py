"""What escrow keeps of a person: trades, with what is still open."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.personal.sources import Source, paged
from sycee.kit.ids import public
from sycee.products.escrow import listing
from sycee.products.escrow.store import lists
from sycee.runtime.db import Tx


def _open(tx: Tx, party: UUID) -> list[str]:
    return [public("trd", id_) for id_ in lists.open_of(tx, party)]


source = Source(rows={"trades": paged(listing.of_party)}, open={"trade": _open})
