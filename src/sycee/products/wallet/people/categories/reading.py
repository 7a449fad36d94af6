"""What somebody chose, with the faces of the parties."""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.products.wallet.people import faces
from sycee.products.wallet.people.categories import store
from sycee.products.wallet.people.categories.model import Category
from sycee.products.wallet.people.faces import Face
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class ChoiceView(msgspec.Struct, frozen=True):
    """A party under the heading that one chose for it."""

    party: Face
    category: Category


def page(tx: Tx, owner: UUID, page: Page, one: UUID | None = None) -> Listing[ChoiceView]:
    """One page of somebody's choices, or the one for a party, if there is one.

    Raises `Invalid` for a foreign cursor.
    """
    rows = store.page(tx, owner, page.after_id("par"), page.fetch, one)
    known = faces.read(tx, [party for party, _ in rows])
    return page.of(
        [ChoiceView(known[party], category) for party, category in rows],
        key=lambda row: row.party.id,
    )
