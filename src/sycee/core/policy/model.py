"""Gates, limits and the decision on a batch of requests. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

ANY = "*"
"""Stands for every jurisdiction, tier, product or operation."""


class Operation(StrEnum):
    """What a request does to customers' money; a gate shuts one of them."""

    CREDIT = "credit"
    DEBIT = "debit"
    TRANSFER = "transfer"
    REFUND = "refund"
    PAYOUT = "payout"
    ONBOARD = "onboard"
    DRAW = "draw"
    REPAY = "repay"


class Window(StrEnum):
    """Over what a limit adds up. `single` is one request alone; in order of precedence."""

    SINGLE = "single"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    LIFETIME = "lifetime"


_PRECEDENCE = {window: place for place, window in enumerate(Window)}


@dataclass(unsafe_hash=True)
class ProductSuspended(Refusal):
    """This operation of the product is suspended by order.

    `gate` is the order's gate. Nothing was moved. Other operations, such as refunds, stay open
    unless they are named by a gate too; try again when the order is lifted.
    """

    code = "product-suspended"
    kind = Kind.FORBIDDEN
    product: str
    operation: str
    jurisdiction: str
    gate: str


@dataclass(unsafe_hash=True)
class LimitReached(Refusal):
    """The amount or the number of payments would pass a limit.

    `limit` names it, `window` says over what it adds up, and `left_minor` and `left_count` what is
    left of it now (null where it does not bound). Nothing was moved.
    """

    code = "limit-reached"
    kind = Kind.LIMIT
    limit: str
    window: str
    currency: str
    left_minor: int | None
    left_count: int | None = None


class Request(msgspec.Struct, frozen=True):
    """What an action asks before it acts.

    `party` is whose limits count (None = nobody's), `jurisdiction` and `zone` where that party is
    (`zone` an IANA name: a day is a day there), `tier` the party's class, `code` the transfer code
    (a gate may exempt some, such as interest).
    """

    product: str
    operation: Operation
    party: UUID | None
    jurisdiction: str
    amount_minor: int
    currency: str
    tier: str | None = None
    code: str | None = None
    zone: str = "UTC"


class Gate(msgspec.Struct, frozen=True):
    """An operation of a product that an order shut in a jurisdiction (`*` = in all)."""

    id: UUID
    product: str
    operation: str
    jurisdiction: str
    exempt: tuple[str, ...]
    order_id: UUID | None
    effective_at: datetime
    activated_at: datetime | None
    lift_at: datetime | None


class Limit(msgspec.Struct, frozen=True):
    """A bound of an amount, a number of requests or both, per party and window."""

    id: UUID
    pack: str
    name: str
    jurisdiction: str
    tier: str
    product: str
    operation: str
    currency: str
    window: Window
    amount_minor: int | None
    count: int | None
    from_at: datetime
    until_at: datetime | None

    def applies(self, request: Request) -> bool:
        """Whether the limit bounds this request; its dates were checked when it was read."""
        return (
            request.party is not None
            and self.currency == request.currency
            and self.product in (ANY, request.product)
            and self.operation in (ANY, request.operation)
            and self.jurisdiction in (ANY, request.jurisdiction)
            and self.tier in (ANY, request.tier)
        )


UsageKey = tuple[int, int, date]
"""Party and limit, as the whole numbers of their UUIDs since a batch looks these up often; and the
first day of the window."""


@dataclass(slots=True)
class Usage:
    """What is used up of a limit in a window."""

    amount_minor: int = 0
    count: int = 0


def window_on(window: Window, now: datetime, zone: str) -> date:
    """The first day of the window that `now` falls in, by the calendar of `zone`.

    Raises KeyError (`ZoneInfoNotFoundError`) for a zone that IANA does not list.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if window is Window.DAY:
        return today
    if window is Window.MONTH:
        return today.replace(day=1)
    if window is Window.YEAR:
        return today.replace(month=1, day=1)
    return date.min


def shut_by(request: Request, gates: Iterable[Gate]) -> ProductSuspended | None:
    """The refusal by the first gate that stops the request, or None."""
    for gate in gates:
        if (
            gate.product == request.product
            and gate.operation == request.operation
            and gate.jurisdiction in (ANY, request.jurisdiction)
            and request.code not in gate.exempt
        ):
            return ProductSuspended(
                product=request.product,
                operation=request.operation,
                jurisdiction=request.jurisdiction,
                gate=public("gat", gate.id),
            )
    return None


def by_precedence(limits: Iterable[Limit]) -> list[Limit]:
    """Single before day before month before year before lifetime, then by id."""
    return sorted(limits, key=lambda limit: (_PRECEDENCE[limit.window], limit.id))


def single(request: Request, limits: Iterable[Limit]) -> LimitReached | None:
    """The refusal by a limit on one request alone, whatever was used before, or None."""
    for limit in limits:
        if limit.window is Window.SINGLE:
            amount, count = left(limit, Usage())
            if (amount is not None and request.amount_minor > amount) or count == 0:
                return reached(limit, Usage())
    return None


def reached(limit: Limit, used: Usage) -> LimitReached:
    """The refusal that names a limit and what is left of it."""
    amount, count = left(limit, used)
    return LimitReached(
        limit=limit.name,
        window=limit.window,
        currency=limit.currency,
        left_minor=amount,
        left_count=count,
    )


def left(limit: Limit, used: Usage) -> tuple[int | None, int | None]:
    """Amount and number left of a limit, never below zero; None where it does not bound."""
    amount = None if limit.amount_minor is None else max(limit.amount_minor - used.amount_minor, 0)
    count = None if limit.count is None else max(limit.count - used.count, 0)
    return amount, count


@dataclass(frozen=True, slots=True)
class Claim:
    """One request that some limits bound: where it adds to, in order of precedence."""

    amount_minor: int
    counted: Sequence[tuple[Limit, UsageKey]]


LARGEST_SUM = 2**62


def contribution(claims: Iterable[Claim]) -> dict[UsageKey, Usage]:
    """What the whole batch would use, to be added before it is decided.

    A claim larger than one of its limits cannot be accepted and adds nothing; neither does anything
    to a sum that could leave BIGINT: the decision's correction adds what was accepted.
    """
    sums: dict[UsageKey, Usage] = {}
    for claim in claims:
        amount_minor, count = claim.amount_minor, 1
        for limit, _ in claim.counted:
            if limit.amount_minor is not None and amount_minor > limit.amount_minor:
                amount_minor = count = 0
                break
        for _, key in claim.counted:
            usage = sums.get(key)
            if usage is None:
                usage = sums[key] = Usage()
            usage.amount_minor += amount_minor
            usage.count += count
    for usage in sums.values():
        if usage.amount_minor > LARGEST_SUM:
            usage.amount_minor = 0
    return sums


def all_fit(
    claims: Sequence[Claim],
    added: dict[UsageKey, Usage],
    after: dict[UsageKey, Usage],
    limits: Iterable[Limit],
) -> bool:
    """Whether no limit is passed even once all claims have used what they ask for.

    `added` is their contribution and `after` what stands with it. Usage only grows within a batch,
    so if this holds nothing is left to decide.
    """
    asked = sum(len(claim.counted) for claim in claims)
    if sum(usage.count for usage in added.values()) < asked:
        return False  # a hopeless claim, which was not added
    if sum(claim.amount_minor for claim in claims) > LARGEST_SUM:
        return False
    bounds = {limit.id.int: (limit.amount_minor, limit.count) for limit in limits}
    for key, usage in after.items():
        amount, count = bounds[key[1]]
        if amount is not None and usage.amount_minor > amount:
            return False
        if count is not None and usage.count > count:
            return False
    return True


def decide(claims: Sequence[Claim], used: dict[UsageKey, Usage]) -> list[LimitReached | None]:
    """Decide in order: claim k sees what the accepted ones before it used.

    `used` is what stood before the batch and is brought up to date in place; a refused claim uses
    nothing of any limit.
    """
    return [_decide_one(claim, used) for claim in claims]


def _decide_one(claim: Claim, used: dict[UsageKey, Usage]) -> LimitReached | None:
    for limit, key in claim.counted:
        amount, count = left(limit, used[key])
        if (amount is not None and claim.amount_minor > amount) or count == 0:
            return reached(limit, used[key])
    for _, key in claim.counted:
        used[key].amount_minor += claim.amount_minor
        used[key].count += 1
    return None
