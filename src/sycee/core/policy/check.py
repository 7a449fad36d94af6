"""The question every action asks before it touches money: may these requests go ahead?

Locks first, then rules, in two statements: under READ COMMITTED the second one's snapshot is taken
after the locks were granted, so an order that committed before is seen, and one that has not waits
for this transaction to end. Nothing posts after an order has committed. Both statements travel in
one round trip (a pipeline). Rules are read anew in each transaction: no cache, hence none stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from sycee.core.policy import store, usagerows
from sycee.core.policy.counting import Claim, all_fit, contribution, decide
from sycee.core.policy.model import (
    ALLOWANCE_MAX_MINOR,
    ALLOWANCE_MINOR,
    ANY,
    Gate,
    Limit,
    Request,
    Usage,
    UsageKey,
    Window,
    allowance,
    by_precedence,
    left,
    shut_by,
    single,
)
from sycee.core.policy.windows import ALONE, resets_at, window_on
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.money import check_currency
from sycee.runtime.db import Tx

Own = dict[tuple[UUID, str], Limit]
"""The allowances of parties, by party and currency."""


class Left(msgspec.Struct, frozen=True):
    """A limit that bounds a party, and what is left of it now (None where it does not bound).

    `resets_at` is when its window begins anew, None for one that never does.
    """

    limit: str
    window: Window
    currency: str
    amount_minor: int | None
    count: int | None
    left_minor: int | None
    left_count: int | None
    pack: str = ""
    product: str = ANY
    operation: str = ANY
    code: str = ANY
    grade: str = ANY
    resets_at: datetime | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


class Rules(NamedTuple):
    """What stands at `tx.now`: gates, limits, and every rule on what wallets may hold."""

    gates: list[Gate]
    limits: list[Limit]
    ceilings: list[Limit]


class Asked(NamedTuple):
    """The question for rules on its way: the locks are asked for, the answers are not read yet."""

    gates: store.Cursor
    limits: store.Cursor

    def answer(self) -> Rules:
        """The rules; what was asked for is waited for."""
        gates, found = store.to_gates(self.gates), store.to_limits(self.limits)
        ceilings = [limit for limit in found if limit.window is Window.BALANCE]
        limits = [limit for limit in found if limit.window is not Window.BALANCE]
        return Rules(gates, limits, ceilings)


def ask(tx: Tx, asked: Iterable[tuple[str, str]], currencies: Iterable[str]) -> Asked:
    """Take the locks of products' operations, shared, and ask for the rules in currencies.

    For `check`, which otherwise does it itself: an action of a batch that asks early has it travel
    with its own first question.
    """
    pairs = set(asked)
    products = sorted({product for product, _ in pairs})
    operations = sorted({operation for _, operation in pairs})
    keys = sorted({_lock_key(*pair) for pair in pairs} | {_lock_key(store.LIMITS)})
    with nullcontext() if tx.pipelined else tx.conn.pipeline():
        store.lock_shared(tx, keys)
        gates = store.standing_gates(tx, products, operations)
        limits = store.bounding_limits(tx, products, operations, sorted(currencies))
    return Asked(gates, limits)


def check(tx: Tx, requests: Sequence[Request], rules: Rules | None = None) -> list[Refusal | None]:
    """Decide on each request in order; None = it may go ahead.

    `rules` were asked for in this transaction, for all these products, operations and currencies.
    Refusals: `ProductSuspended`, `LimitReached`, `ApprovalNeeded`. What is allowed counts as used
    at once; if a later step of the same transaction refuses the item (and does not roll back), give
    it back with `take_back`. Usage rows of a party are locked until the transaction ends.
    """
    if not requests:
        return []
    gates, limits, _ = rules or _rules(tx, requests)
    own = _allowances(tx, requests)
    if not gates and not limits and not own:
        return [None] * len(requests)
    outcomes: list[Refusal | None] = [shut_by(request, gates, tx.now) for request in requests]
    if limits or own:
        _count(tx, requests, limits, own, outcomes)
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
    _subtract(tx, requests, tx.now, _allowances(tx, requests))


def give_back(tx: Tx, requests: Sequence[Request], at: datetime, *, graded: bool = True) -> None:
    """Give back what payments made at `at` have used, as when they are refunded.

    Counts for the windows that `at` fell in and for limits that stand now and have counted since
    then; what a day that is over gets back changes nothing, nor does what was paid before in a
    class or zone that the party has left. A part of a payment gives back that part, and its number
    stays.
    Not `graded`: how it was approved is no longer known, and limits of a grade keep their use.
    """
    if requests:
        _subtract(tx, requests, at, {}, counts=False, graded=graded)


def enter(tx: Tx, party: UUID, tier: str) -> None:
    """Note that a party comes to a tier, perhaps again.

    What it paid before, in another one or in this, gives no room in this one when it comes back.
    """
    usagerows.begin(tx, party, tier)


def _subtract(
    tx: Tx,
    requests: Sequence[Request],
    at: datetime,
    own: Own,
    *,
    counts: bool = True,
    graded: bool = True,
) -> None:
    limits = [each for each in _rules(tx, requests).limits if graded or each.grade == ANY]
    bounds = _Bounds([limit for limit in limits if limit.counted(at)], own, at)
    sums: dict[UsageKey, Usage] = {}
    for claim in map(bounds.claim, requests):
        for _, key in claim.counted:
            usage = sums.setdefault(key, Usage())
            usage.amount_minor += claim.amount_minor
            usage.count += counts
    if sums:
        usagerows.subtract(tx, sums, at)


def allow(tx: Tx, party: UUID, currency: str, amount_minor: int) -> None:
    """Set what may go in a day without a touch; the caller has seen the passkey touched.

    Raises `Invalid` for an amount below nothing or beyond `ALLOWANCE_MAX_MINOR`.
    """
    check_currency(currency)
    if not 0 <= amount_minor <= ALLOWANCE_MAX_MINOR:
        raise Invalid("amount_minor", f"must be from 0 to {ALLOWANCE_MAX_MINOR}")
    store.save_allowance(tx, party, currency, amount_minor)


def allowance_of(tx: Tx, party: UUID, currency: str, zone: str) -> Left:
    """What may go today without a touch, and what is left of it."""
    amount = store.allowances(tx, [party], [currency]).get((party, currency))
    bound = allowance(ALLOWANCE_MINOR.get(currency, 0) if amount is None else amount, currency)
    key = (party.int, bound.id.int, window_on(bound.window, tx.now, zone))
    used = usagerows.read(tx, [key]).get(key, Usage())
    return _left(bound, used, tx.now, zone)


def left_of(tx: Tx, request: Request) -> list[Left]:
    """What is left of each limit that would bound `request` (whose amount does not matter).

    Reads only, without a lock: the answer is for showing, not for deciding.
    """
    product, operation = [request.product], [str(request.operation)]
    found = store.to_limits(store.bounding_limits(tx, product, operation, [request.currency]))
    mine = [x for x in found if x.window is not Window.BALANCE and x.applies(request)]
    return _all_left(tx, request, mine)


def standing(tx: Tx, party: Request, held_minor: int) -> list[Left]:
    """What is left of every limit that may ever bound a party, of whatever product and grade.

    Of `party` only who and where it is counts, and the currency. `held_minor` is what its wallet
    holds, which a limit on the balance leaves less room for.
    """
    found = store.to_limits(store.currency_limits(tx, party.currency))
    mine = [
        limit
        for limit in found
        if limit.jurisdiction in (ANY, party.jurisdiction) and limit.tier in (ANY, party.tier)
    ]
    return _all_left(tx, party, mine, held_minor)


def _all_left(tx: Tx, request: Request, found: Sequence[Limit], held_minor: int = 0) -> list[Left]:
    limits = by_precedence(found)
    bounds = _Bounds(limits, {}, tx.now)
    keys = {limit.id: bounds.key(request, limit) for limit in limits}
    used = usagerows.read(tx, list(keys.values()))
    rows: list[Left] = []
    for limit in limits:
        counts = limit.window not in ALONE
        usage = used.get(keys[limit.id], Usage()) if counts else Usage()
        rows.append(_left(limit, usage, tx.now, request.zone))
    balances = [limit for limit in found if limit.window is Window.BALANCE]
    held = Usage(held_minor)
    return rows + [_left(limit, held, tx.now, request.zone) for limit in balances]


def _left(limit: Limit, used: Usage, now: datetime, zone: str) -> Left:
    rest = left(limit, used)
    return Left(
        limit.name,
        limit.window,
        limit.currency,
        limit.amount_minor,
        limit.count,
        *rest,
        pack=limit.pack,
        product=limit.product,
        operation=limit.operation,
        code=limit.code,
        grade=limit.grade,
        resets_at=resets_at(limit.window, now, zone),
        from_at=limit.from_at if limit.from_at.tzinfo else None,
        until_at=limit.until_at,
    )


@lru_cache(maxsize=1_024)
def _lock_key(*names: str) -> int:
    return store.lock_key(*names)


def _rules(tx: Tx, requests: Sequence[Request]) -> Rules:
    asked = {(request.product, str(request.operation)) for request in requests}
    return ask(tx, asked, {request.currency for request in requests}).answer()


def _allowances(tx: Tx, requests: Sequence[Request]) -> Own:
    """The daily allowances of those who pay without a touch."""
    wanted = {(x.party, x.currency) for x in requests if x.touchless and x.party is not None}
    if not wanted:
        return {}
    parties = sorted({party for party, _ in wanted})
    said = store.allowances(tx, parties, sorted({currency for _, currency in wanted}))
    return {
        (party, currency): allowance(
            said.get((party, currency), ALLOWANCE_MINOR.get(currency, 0)), currency
        )
        for party, currency in wanted
    }


def _count(
    tx: Tx,
    requests: Sequence[Request],
    limits: Sequence[Limit],
    own: Own,
    outcomes: list[Refusal | None],
) -> None:
    """Decide the requests that no gate stopped against the limits; fills in their refusals."""
    bounds = _Bounds(limits, own, tx.now)
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
    after = usagerows.add(tx, added)
    if all_fit(claims, added, after):
        return
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
        usagerows.add(tx, corrections)


class _Bounds:
    """The limits of one question: found once for each sort of request, the days once a zone.

    `own` are the allowances of those who pay without a touch, `at` the moment that names windows.
    """

    def __init__(self, limits: Sequence[Limit], own: Own, at: datetime) -> None:
        self._at, self._limits, self._own = at, limits, own
        self._of: dict[tuple[object, ...], list[Limit]] = {}
        self._days: dict[tuple[Window, str], date] = {}

    def of(self, request: Request) -> list[Limit]:
        """The limits that bound a request, by precedence."""
        sort = (
            *(request.product, request.operation, request.jurisdiction, request.tier),
            *(request.currency, request.grade, request.code, request.party is None),
        )
        found = self._of.get(sort)
        if found is None:
            found = by_precedence(limit for limit in self._limits if limit.applies(request))
            self._of[sort] = found
        return found

    def claim(self, request: Request) -> Claim:
        """Where a request adds to."""
        counted = [limit for limit in self.of(request) if limit.window not in ALONE]
        if request.touchless and request.party is not None:
            own = self._own.get((request.party, request.currency))
            counted += [] if own is None else [own]
        pairs = [(limit, self.key(request, limit)) for limit in counted]
        return Claim(request.amount_minor, pairs, self._at, request.zone)

    def key(self, request: Request, limit: Limit) -> UsageKey:
        """The usage row of a request's party under a limit then."""
        assert request.party is not None
        window = (limit.window, request.zone)
        day = self._days.get(window)
        if day is None:
            day = self._days[window] = window_on(limit.window, self._at, request.zone)
        return (request.party.int, limit.counted_under.int, day)
