"""Routes of categories."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.people.categories import actions, reading
from sycee.products.wallet.people.categories.actions import Sorted
from sycee.products.wallet.people.categories.model import CategoriesFull, Category
from sycee.products.wallet.people.categories.reading import ChoiceView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Body, public_id


class CategoryBody(Body, frozen=True):
    """The heading that is wanted; null gives the party back to the rule."""

    category: Category | None


@read("/v1/categories", scope="contacts:read", gives=Listing[ChoiceView], refuses=(Invalid,))
def choices(
    tx: Tx,
    *,
    caller: Caller,
    page: Page,
    party: Annotated[str, public_id("par")] | None = None,
) -> Listing[ChoiceView]:
    """List the parties that you have put under a heading of your own choice, or look at one."""
    one = None if party is None else ids.parse("par", party, "party")
    return reading.page(tx, caller.party, page, one)


@write(
    "/v1/categories/{party:par}",
    "category.sort",
    actions.sort,
    method="PUT",
    scope="contacts:write",
    gives=Sorted,
    refuses=(NotFound, CategoriesFull),
)
def sort(body: CategoryBody, *, caller: Caller, party: UUID) -> actions.Sort:
    """Choose under which heading you see what moves between you and a party.

    It changes what you see, back to the first movement, and nothing else.
    """
    return actions.Sort(caller.party, party, body.category)


routes = [choices, sort]
