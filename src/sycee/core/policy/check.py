"""The question every action asks before it touches money: may these requests go ahead?

Locks first, then rules, in two statements: under READ COMMITTED the second one's snapshot is taken
after the locks were granted, so an order that committed before is seen, and one that has not waits
for this transaction to end. Nothing posts after an order has committed. Both statements travel in
one round trip (a pipeline). Rules are read anew in each transaction: no cache, hence none stale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import msgspec

from sycee.core.policy import store
from sycee.core.policy.model import (
    Claim,
    Gate,
    Limit,
    Request,
    Usage,
    UsageKey,
    Window,
    by_precedence,
    contribution,
    decide,
    left,
    shut_by,
    single,
    window_on,
)
from sycee.kit.errors import Refusal
from sycee.runtime.db import Tx


class Left(msgspec.Struct, frozen=True):
    """A limit that bounds a party, and what is left of it now (None where it does not bound)."""

    limit: str
    window: Window
    currency: str
    amount_minor: int | None
    count: int | None
    left_minor: int | None
    left_count: int | None


def check(tx: Tx, requests: Sequence[Request]) -> list[Refusal | None]:
    """Decide on each request in order; None = it may go ahead.

    Refusals: `ProductSuspended`, `LimitReached`. What is allowed counts as used at once; if a later
    step of the same transaction refuses the item (and does not roll back), give it back with
    `take_back`. Usage rows of a party are locked until the transaction ends.
    """
    if not requests:
        return []
    gates, limits = _rules(tx, requests)
    if not gates and not limits:
        return [None] * len(requests)
    outcomes: list[Refusal | None] = [shut_by(request, gates, tx.now) for request in requests]
    if limits:
        _count(tx, requests, limits, outcomes)
    return outcomes


def check_one(tx: Tx, request: Request) -> None:
    """`check` for a single request; raises its refusal."""
    refusal = check(tx, [request])[0]
    if refusal is not None:
        raise refusal


def take_back(tx: Tx, requests: Sequence[Request]) -> None:
    """Give back what `check` counted in this transaction for requests that went no further.

    `requests` must have been allowed by `check` in the same transaction: `tx.now` names the window.
    """
    if not requests:
        return
    _, limits = _rules(tx, requests)
    bounds = _Bounds(tx, limits)
    sums = contribution(claim for claim in map(bounds.claim, requests) if claim.counted)
    if sums:
        store.add_usage(tx, {k: Usage(-u.amount_minor, -u.count) for k, u in sums.items()})


def left_of(tx: Tx, request: Request) -> list[Left]:
    """What is left of each limit that would bound `request` (whose amount does not matter).

    Reads only, without a lock: the answer is for showing, not for deciding.
    """
    product, operation = [request.product], [str(request.operation)]
    found = store.to_limits(store.dated_limits(tx, product, operation, [request.currency]))
    limits = by_precedence(limit for limit in found if limit.applies(request))
    bounds = _Bounds(tx, limits)
    keys = {limit.id: bounds.key(request, limit) for limit in limits}
    used = store.usage(tx, list(keys.values()))
    rows: list[Left] = []
    for limit in limits:
        counts = limit.window is not Window.SINGLE
        usage = used.get(keys[limit.id], Usage()) if counts else Usage()
        rest = left(limit, usage)
        rows.append(
            Left(limit.name, limit.window, limit.currency, limit.amount_minor, limit.count, *rest)
        )
    return rows


@lru_cache(maxsize=1_024)
def _lock_key(product: str, operation: str) -> int:
    return store.lock_key(product, operation)


def _rules(tx: Tx, requests: Sequence[Request]) -> tuple[list[Gate], list[Limit]]:
    asked = {(request.product, str(request.operation)) for request in requests}
    products = sorted({product for product, _ in asked})
    operations = sorted({operation for _, operation in asked})
    currencies = sorted({request.currency for request in requests})
    keys = sorted({_lock_key(*pair) for pair in asked} | {store.lock_key(store.LIMITS)})
    with tx.conn.pipeline():
        store.lock_shared(tx, keys)
        gates = store.standing_gates(tx, products, operations)
        limits = store.dated_limits(tx, products, operations, currencies)
    return store.to_gates(gates), store.to_limits(limits)


def _count(
    tx: Tx,
    requests: Sequence[Request],
    limits: Sequence[Limit],
    outcomes: list[Refusal | None],
) -> None:
    """Decide the requests that no gate stopped against the limits; fills in their refusals."""
    bounds = _Bounds(tx, limits)
    places: list[int] = []
    claims: list[Claim] = []
    for place, request in enumerate(requests):
        if outcomes[place] is not None:
            continue
        outcomes[place] = single(request, bounds.of(request))
        if outcomes[place] is None:
            claim = bounds.claim(request)
            if claim.counted:
                places.append(place)
                claims.append(claim)
    if not claims:
        return
    added = contribution(claims)
    after = store.add_usage(tx, added)
    used = {
        key: Usage(now.amount_minor - added[key].amount_minor, now.count - added[key].count)
        for key, now in after.items()
    }
    for place, refusal in zip(places, decide(claims, used), strict=True):
        outcomes[place] = refusal
    _correct(tx, after, used)


def _correct(tx: Tx, after: dict[UsageKey, Usage], used: dict[UsageKey, Usage]) -> None:
    """Bring the rows from what was added to what was accepted; nothing to do when all were."""
    corrections = {
        key: Usage(used[key].amount_minor - now.amount_minor, used[key].count - now.count)
        for key, now in after.items()
        if used[key] != now
    }
    if corrections:
        store.add_usage(tx, corrections)


class _Bounds:
    """The limits of one question: found once for each sort of request, the days once a zone."""

    def __init__(self, tx: Tx, limits: Sequence[Limit]) -> None:
        self._now, self._limits = tx.now, limits
        self._of: dict[tuple[object, ...], list[Limit]] = {}
        self._days: dict[tuple[Window, str], date] = {}

    def of(self, request: Request) -> list[Limit]:
        """The limits that bound a request, by precedence."""
        sort = (
            *(request.product, request.operation, request.jurisdiction, request.tier),
            *(request.currency, request.party is None),
        )
        found = self._of.get(sort)
        if found is None:
            found = by_precedence(limit for limit in self._limits if limit.applies(request))
            self._of[sort] = found
        return found

    def claim(self, request: Request) -> Claim:
        """Where a request adds to."""
        counted = [limit for limit in self.of(request) if limit.window is not Window.SINGLE]
        return Claim(request.amount_minor, [(limit, self.key(request, limit)) for limit in counted])

    def key(self, request: Request, limit: Limit) -> UsageKey:
        """The usage row of a request's party under a limit now."""
        assert request.party is not None
        window = (limit.window, request.zone)
        day = self._days.get(window)
        if day is None:
            day = self._days[window] = window_on(limit.window, self._now, request.zone)
        return (request.party.int, limit.id.int, day)
