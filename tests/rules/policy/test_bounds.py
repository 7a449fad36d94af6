"""Bounds to the unit and windows to the day: what the last unit, share and moment belong to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.core.policy.counting import LARGEST_SUM, Claim, all_fit, contribution, decide
from sycee.core.policy.model import (
    TOUCHLESS,
    ApprovalNeeded,
    Gate,
    Grade,
    InFlight,
    Limit,
    LimitReached,
    Operation,
    Request,
    Usage,
    Window,
    allowance,
    by_precedence,
    left,
    single,
)
from sycee.core.policy.windows import resets_at, window_on

PARTY = UUID(int=1)
FROM = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
PAY = Request("wallet", Operation.TRANSFER, PARTY, "CN", 100, "CNY", "class-1", "wallet.pay")
LIMIT = Limit(
    id=UUID(int=5),
    pack="test",
    name="bound",
    jurisdiction="*",
    tier="*",
    product="*",
    operation="*",
    currency="CNY",
    window=Window.DAY,
    amount_minor=1_000,
    count=None,
    from_at=FROM,
    until_at=None,
)
GATE = Gate(
    id=UUID(int=9),
    product="wallet",
    operation="transfer",
    jurisdiction="*",
    exempt=(),
    order_id=None,
    effective_at=FROM,
    activated_at=FROM,
    lift_at=None,
)
KEY = (PARTY.int, LIMIT.id.int, date.min)


def limit(**changes: Any) -> Limit:
    return msgspec.structs.replace(LIMIT, **changes)


def asking(**changes: Any) -> Request:
    return msgspec.structs.replace(PAY, **changes)


def claim(amount_minor: int, *limits: Limit) -> Claim:
    return Claim(amount_minor, [(each, KEY) for each in limits or (LIMIT,)], NOW, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("narrowed", "asked", "stops"),
    [
        ({"tiers": ("class-1", "class-2")}, {}, True),
        ({"tiers": ("class-1",)}, {"tier": None}, False),
        ({"accounts": (UUID(int=7), UUID(int=8))}, {"accounts": (UUID(int=8),)}, True),
        ({"accounts": (UUID(int=7),)}, {"accounts": (UUID(int=8),)}, False),
        ({"exempt": ("wallet.tip",)}, {}, True),
        ({"exempt": ("wallet.tip",)}, {"code": None}, True),
        ({"in_flight": InFlight.COMPLETE}, {"begun_at": FROM - TICK}, False),
        ({"in_flight": InFlight.COMPLETE}, {"begun_at": FROM}, True),
        ({"in_flight": InFlight.HOLD}, {"begun_at": FROM - TICK}, True),
        (
            {"in_flight": InFlight.COMPLETE, "deadline": NOW + TICK},
            {"begun_at": FROM - TICK},
            False,
        ),
        ({"in_flight": InFlight.COMPLETE, "deadline": NOW}, {"begun_at": FROM - TICK}, True),
    ],
    ids=str,
)
def test_a_gate_stops_whom_it_names_and_spares_what_was_promised(
    narrowed: dict[str, Any], asked: dict[str, Any], stops: bool
) -> None:
    assert msgspec.structs.replace(GATE, **narrowed).stops(asking(**asked), NOW) is stops


@pytest.mark.parametrize(
    ("in_flight", "begun_at", "undoes"),
    [
        (InFlight.REVERSE, FROM - TICK, True),
        (InFlight.REVERSE, FROM, False),
        (InFlight.REVERSE, None, False),
        (InFlight.COMPLETE, FROM - TICK, False),
        (InFlight.HOLD, FROM - TICK, False),
    ],
)
def test_only_what_was_promised_before_an_order_that_says_so_is_undone(
    in_flight: InFlight, begun_at: datetime | None, undoes: bool
) -> None:
    gate = msgspec.structs.replace(GATE, in_flight=in_flight)
    assert gate.undoes(asking(begun_at=begun_at)) is undoes


@pytest.mark.parametrize(
    ("bound", "asked", "applies"),
    [
        ({"code": "wallet.tip wallet.pay"}, {}, True),
        ({"code": "wallet.tip wallet.payout"}, {}, False),
        ({"code": "wallet.pay"}, {"code": None}, False),
        ({"operation": "debit transfer"}, {}, True),
        ({"operation": "debit transfers"}, {}, False),
        ({"grade": "signed"}, {}, True),
        ({"grade": "plain"}, {}, False),
        ({"grade": "plain"}, {"grade": Grade.PLAIN}, True),
        ({"jurisdiction": "CN", "tier": "class-1", "product": "wallet"}, {}, True),
        ({"tier": "class-1"}, {"tier": None}, False),
    ],
    ids=str,
)
def test_a_limit_may_name_several_operations_and_codes_or_a_grade(
    bound: dict[str, Any], asked: dict[str, Any], applies: bool
) -> None:
    assert limit(**bound).applies(asking(**asked)) is applies


@pytest.mark.parametrize(
    ("change", "continues"),
    [
        ({}, True),
        ({"amount_minor": 5, "count": 7, "until_at": NOW}, True),
        ({"from_at": FROM}, False),
        *(
            ({name: other}, False)
            for name, other in {
                "pack": "other",
                "name": "other",
                "window": Window.MONTH,
                "currency": "EUR",
                "jurisdiction": "CN",
                "tier": "class-1",
                "product": "wallet",
                "operation": "transfer",
                "grade": "plain",
                "code": "wallet.pay",
            }.items()
        ),
    ],
    ids=str,
)
def test_a_rule_goes_on_from_an_earlier_one_that_bounds_the_same(
    change: dict[str, Any], continues: bool
) -> None:
    later = limit(**{"id": UUID(int=6), "from_at": FROM + TICK, **change})
    assert later.continues(LIMIT) is continues
    assert not LIMIT.continues(later)


def test_a_rule_that_took_over_counts_under_the_other_and_what_was_before() -> None:
    heir = limit(counter=UUID(int=3))
    assert (LIMIT.counted_under, heir.counted_under) == (LIMIT.id, UUID(int=3))
    moments = (FROM - TICK, FROM, FROM + TICK)
    assert [LIMIT.counted(at) for at in moments] == [False, True, True]
    assert [heir.counted(at) for at in moments] == [True] * 3


def test_what_is_left_is_never_below_nothing() -> None:
    both = limit(count=3)
    assert left(both, Usage(400, 1)) == (600, 2)
    assert left(both, Usage(1_001, 4)) == (0, 0)
    assert left(limit(amount_minor=None), Usage(1, 1)) == (None, None)


@pytest.mark.parametrize(
    ("bound", "asked", "passes"),
    [
        ({"amount_minor": 100}, {}, True),
        ({"amount_minor": 99}, {}, False),
        ({"amount_minor": None, "count": 1}, {}, True),
        ({"amount_minor": None, "count": 0}, {}, False),
        ({"amount_minor": 99, "window": Window.DAY}, {}, True),
        ({"amount_minor": 25, "window": Window.PART}, {"parts": 4}, True),
        ({"amount_minor": 25, "window": Window.PART}, {"parts": 3}, False),
        ({"amount_minor": None, "count": 4, "window": Window.PART}, {"parts": 4}, True),
        ({"amount_minor": None, "count": 4, "window": Window.PART}, {"parts": 5}, False),
        ({"amount_minor": 25, "count": 3, "window": Window.PART}, {"parts": 4}, False),
    ],
    ids=str,
)
def test_one_request_and_its_parts_are_bounded_alone(
    bound: dict[str, Any], asked: dict[str, Any], passes: bool
) -> None:
    rule = limit(**{"window": Window.SINGLE, **bound})
    refusal = single(asking(**asked), [rule])
    assert (refusal is None) is passes
    if refusal is not None:
        assert refusal == LimitReached(
            "bound", rule.window, "CNY", rule.amount_minor, rule.count, "test", None
        )


def test_what_a_wallet_may_hold_bounds_no_payment_and_the_narrowest_comes_first() -> None:
    given = [limit(window=window) for window in reversed(Window)]
    assert [each.window for each in by_precedence(given)] == [
        *(Window.SINGLE, Window.PART, Window.DAY),
        *(Window.MONTH, Window.YEAR, Window.LIFETIME),
    ]


@pytest.mark.parametrize(
    ("window", "now", "first_on", "resets"),
    [
        (Window.DAY, "2026-02-28T15:59:59Z", "2026-02-28", "2026-03-01T00:00+08:00"),
        (Window.DAY, "2026-02-28T16:00Z", "2026-03-01", "2026-03-02T00:00+08:00"),
        (Window.MONTH, "2026-01-31T12:00Z", "2026-01-01", "2026-02-01T00:00+08:00"),
        (Window.MONTH, "2026-02-01T12:00Z", "2026-02-01", "2026-03-01T00:00+08:00"),
        (Window.MONTH, "2026-12-31T12:00Z", "2026-12-01", "2027-01-01T00:00+08:00"),
        (Window.YEAR, "2028-02-29T12:00Z", "2028-01-01", "2029-01-01T00:00+08:00"),
        (Window.YEAR, "2026-12-31T16:00Z", "2027-01-01", "2028-01-01T00:00+08:00"),
    ],
)
def test_a_window_begins_and_ends_at_a_midnight_where_the_party_is(
    window: Window, now: str, first_on: str, resets: str
) -> None:
    moment = datetime.fromisoformat(now)
    assert window_on(window, moment, "Asia/Shanghai") == date.fromisoformat(first_on)
    assert resets_at(window, moment, "Asia/Shanghai") == datetime.fromisoformat(resets)


@pytest.mark.parametrize("window", [Window.LIFETIME, Window.SINGLE, Window.PART, Window.BALANCE])
def test_what_has_no_days_never_begins_anew(window: Window) -> None:
    assert resets_at(window, NOW, "Asia/Shanghai") is None
    assert window_on(window, NOW, "Asia/Shanghai") == date.min


def test_the_last_unit_and_the_last_payment_of_a_limit_go() -> None:
    rule = limit(count=2)
    used = {KEY: Usage(300, 0)}
    midnight = datetime.fromisoformat("2026-03-02T00:00+08:00")
    assert decide([claim(701, rule), claim(400, rule), claim(300, rule), claim(1, rule)], used) == [
        LimitReached("bound", "day", "CNY", 700, 2, "test", midnight),
        None,
        None,
        LimitReached("bound", "day", "CNY", 0, 0, "test", midnight),
    ]
    assert used == {KEY: Usage(1_000, 2)}


def test_beyond_the_daily_allowance_a_touch_is_asked_for() -> None:
    own = allowance(500, "CNY")
    assert (own.id, own.window, own.currency, own.count) == (TOUCHLESS, Window.DAY, "CNY", None)
    assert (own.pack, own.name, own.until_at) == ("own", "touchless", None)
    assert own.applies(PAY)
    used = {KEY: Usage(100, 1)}
    assert decide([claim(401, own), claim(400, own), claim(1, own)], used) == [
        ApprovalNeeded("CNY", 400),
        None,
        ApprovalNeeded("CNY", 0),
    ]


def test_a_batch_adds_what_it_may_use_beforehand() -> None:
    counted = limit(amount_minor=None, count=1)
    assert contribution([claim(1_000), claim(1_001), claim(7)]) == {KEY: Usage(1_007, 2)}
    assert contribution([claim(9_999, counted)]) == {KEY: Usage(9_999, 1)}
    assert contribution([claim(5, counted, limit(amount_minor=4))]) == {KEY: Usage(0, 0)}
    wide = limit(amount_minor=2**53)
    largest = [claim(2**53, wide)] * 512
    assert contribution(largest) == {KEY: Usage(LARGEST_SUM, 512)}
    assert contribution([*largest, claim(1, wide)]) == {KEY: Usage(0, 513)}


@pytest.mark.parametrize(
    ("rule", "amounts", "before", "fits"),
    [
        (limit(count=2), [600, 400], Usage(), True),
        (limit(count=2), [600, 400], Usage(1, 0), False),
        (limit(count=2), [600, 400], Usage(0, 1), False),
        (limit(), [600, 400], Usage(0, 9), True),
        (limit(), [1_001], Usage(), False),
        (limit(amount_minor=None, count=2), [9_999, 1], Usage(9_999, 0), True),
        (limit(amount_minor=2**63), [2**53] * 512, Usage(), True),
        (limit(amount_minor=2**63), [2**53] * 512 + [1], Usage(), False),
    ],
)
def test_all_fit_to_the_unit_and_to_the_payment(
    rule: Limit, amounts: list[int], before: Usage, fits: bool
) -> None:
    claims = [claim(amount, rule) for amount in amounts]
    added = contribution(claims)
    more = added[KEY]
    after = {KEY: Usage(before.amount_minor + more.amount_minor, before.count + more.count)}
    assert all_fit(claims, added, after) is fits
