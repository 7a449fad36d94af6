"""The verb on categories: sort."""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.products.wallet.people.categories import model, store
from sycee.products.wallet.people.categories.model import Category
from sycee.runtime.db import Tx


class Sort(msgspec.Struct, frozen=True):
    """Put a party under a heading; None = as the rule has it."""

    owner: UUID
    party: UUID
    category: Category | None


class Sorted(msgspec.Struct, frozen=True):
    """The heading that was chosen; null where the rule decides."""

    category: Category | None


def sort(tx: Tx, command: Sort) -> Sorted:
    """Put a party under a heading. Refuses `NotFound`, `CategoriesFull`.

    It is nobody else's business: the journal does not hear of it.
    """
    parties.get(tx, command.party)
    if command.category is None:
        store.drop(tx, command.owner, command.party)
        return Sorted(None)
    store.put(tx, command.owner, command.party, command.category)
    if store.count(tx, command.owner) > model.CHOICES_MAX:
        raise model.CategoriesFull(limit=model.CHOICES_MAX)
    return Sorted(command.category)
