"""Terms: how long each side may take. Days are configuration, per category of goods."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from sycee.kit.errors import Invalid

FEE_BPS = 60
"""The platform's fee where no category is configured: 0.6 %."""

DAY = 86_400
LONGEST_SECONDS = 400 * DAY


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Durations in seconds; a trade keeps the terms it was made under.

    `settle_seconds` is the release of a trade without delivery, `answer_seconds` the seller's
    answer to a refund request, `react_seconds` the buyer's answer to a refused one,
    `after_sale_seconds` how long after the end a refund may still be asked for, and
    `retry_seconds` the wait before a refund by silence is tried again on a seller without money.
    """

    pay_seconds: int = DAY
    ship_seconds: int = 7 * DAY
    confirm_seconds: int = 10 * DAY
    extend_seconds: int = 3 * DAY
    review_seconds: int = 14 * DAY
    settle_seconds: int = DAY
    answer_seconds: int = 3 * DAY
    react_seconds: int = 7 * DAY
    return_seconds: int = 7 * DAY
    receive_seconds: int = 10 * DAY
    evidence_seconds: int = 7 * DAY
    after_sale_seconds: int = 15 * DAY
    rate_seconds: int = 30 * DAY
    retry_seconds: int = DAY


CATEGORIES: dict[str, Terms] = {
    "goods": Terms(),
    "fresh": Terms(ship_seconds=2 * DAY, confirm_seconds=3 * DAY, after_sale_seconds=DAY),
    "virtual": Terms(ship_seconds=DAY, confirm_seconds=DAY, extend_seconds=DAY),
    "service": Terms(ship_seconds=60 * DAY),
    "direct": Terms(ship_seconds=DAY),
}
"""The built-in categories; rows of `escrow.terms` stand before them."""


def check(terms: Terms) -> Terms:
    """`terms` itself, or `Invalid` for a duration outside 0 to 400 days."""
    for name in Terms.__struct_fields__:
        if not 0 <= getattr(terms, name) <= LONGEST_SECONDS:
            raise Invalid(field=name, rule=f"must be from 0 to {LONGEST_SECONDS} seconds")
    return terms


def seconds(count: int) -> timedelta:
    """A whole number of seconds as a duration."""
    return timedelta(seconds=count)
