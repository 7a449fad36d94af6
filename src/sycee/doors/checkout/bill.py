"""What a page asks to be paid, whoever asks: a link of a shop's, an order through a gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sycee.kit.errors import Refusal
from sycee.runtime.db import Database


class State(StrEnum):
    """Where a bill stands; only an open one can be paid."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Bill:
    """Who is paid and how much; amounts in minor units of `currency`.

    Without an amount the payer says one from `least_minor` to `most_minor`. `by_code`: a pay code
    can be typed on the page. `repeats`: one payment does not end it. `return_url` is where the
    shop wants its payer back. `trade` is the escrow trade that the order is; its payer approves it
    by name and sum like any other.
    """

    token: str
    payee: str
    shop: str
    verified: bool
    title: str | None
    number: str | None
    amount_minor: int | None
    currency: str
    state: State
    least_minor: int | None = None
    most_minor: int | None = None
    tips: bool = False
    repeats: bool = False
    by_code: bool = False
    return_url: str | None = None
    trade: str | None = None


Find = Callable[[Database, str], Bill | None]
"""Looks a token up."""


class Orders(Protocol):
    """Orders of a gateway, which have pages here."""

    def bill(self, database: Database, token: str) -> Bill | None:
        """The order of a token."""
        ...

    def pay(self, database: Database, token: str, code: str) -> Refusal | None:
        """Pay an order with a pay code; the refusal, if it was refused."""
        ...
