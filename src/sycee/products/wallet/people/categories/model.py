"""Headings, and the rule that finds one for a movement. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sycee.kit.errors import Kind, Refusal

CHOICES_MAX = 2_000
"""The most parties that one may put under headings of one's own choice."""


class Category(StrEnum):
    """A heading. The first five come by rule; any may be chosen for a party, `other` too.

    None of them says something of a body, a belief or a bed: choices are stored plain.
    """

    PEOPLE = "people"
    SHOPS = "shops"
    ORDERS = "orders"
    GIFTS = "gifts"
    BANK = "bank"
    OTHER = "other"
    EATING_OUT = "eating-out"
    GROCERIES = "groceries"
    TRANSPORT = "transport"
    HOME = "home"
    LEISURE = "leisure"
    TRAVEL = "travel"


_BY_FAMILY = {
    "escrow": Category.ORDERS,
    "gift": Category.GIFTS,
    "envelope": Category.GIFTS,
    "bank": Category.BANK,
    "deposit": Category.BANK,
}
_WITH_THE_PAYMENT = frozenset({"wallet.tip", "wallet.refund"})
"""What goes with a payment, and under its heading: people pay people, or shops."""

_BY_CODE = {
    "wallet.pay": Category.SHOPS,
    "wallet.transfer": Category.PEOPLE,
}


def by_rule(code: str, person_paid: bool) -> Category:
    """The heading of a movement by what it moved for; `person_paid`: whoever was paid is one."""
    family = _BY_FAMILY.get(code.partition(".")[0])
    if family is not None:
        return family
    if code in _WITH_THE_PAYMENT:
        return Category.PEOPLE if person_paid else Category.SHOPS
    return _BY_CODE.get(code, Category.OTHER)


@dataclass(unsafe_hash=True)
class CategoriesFull(Refusal):
    """There are as many parties under headings of one's own as one may have.

    Let some go back to the rule first.
    """

    code = "categories-full"
    kind = Kind.LIMIT
    limit: int
