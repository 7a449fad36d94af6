"""Gates and limits decided on values: the order of a batch, windows, precedence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.core.policy.counting import LARGEST_SUM, Claim, all_fit, contribution, decide
from sycee.core.policy.model import (
    Gate,
    InFlight,
    Initiator,
    Limit,
    LimitReached,
    Operation,
    ProductSuspended,
    Request,
    Usage,
    Window,
    by_precedence,
    shut_by,
    single,
)
from sycee.core.policy.windows import window_on
from sycee.kit.ids import public

PARTY = UUID(int=1)
FROM = datetime(2020, 1, 1, tzinfo=UTC)
PAY = Request("wallet", Operation.TRANSFER, PARTY, "CN", 100, "CNY", "class-1", "wallet.pay")


def limit(number: int = 1, window: Window = Window.DAY, **given: Any) -> Limit:
    fields: dict[str, Any] = {
        "jurisdiction": "*",
        "tier": "*",
        "product": "*",
        "operation": "*",
        "currency": "CNY",
        "amount_minor": 1_000,
        "count": None,
        "from_at": FROM,
        "until_at": None,
        **given,
    }
    return Limit(id=UUID(int=number), pack="test", name=f"l{number}", window=window, **fields)


def gate(**given: Any) -> Gate:
    fields: dict[str, Any] = {
        "product": "wallet",
        "operation": "transfer",
        "jurisdiction": "*",
        "exempt": (),
        **given,
    }
    times = {"order_id": None, "effective_at": FROM, "activated_at": FROM, "lift_at": None}
    return Gate(id=UUID(int=9), **fields, **times)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENDS = {"day": datetime(2026, 3, 2, tzinfo=UTC), "month": datetime(2026, 4, 1, tzinfo=UTC)}


def reached_(name: str, window: str, amount: int | None, count: int | None = None) -> LimitReached:
    return LimitReached(name, window, "CNY", amount, count, "test", ENDS.get(window))


def claims(amounts: list[int], limits: list[Limit]) -> list[Claim]:
    counted = [(one, (PARTY.int, one.id.int, date.min)) for one in limits]
    return [Claim(amount, counted, NOW, "UTC") for amount in amounts]


def fresh(limits: list[Limit], used: int = 0) -> dict:
    return {(PARTY.int, one.id.int, date.min): Usage(used, 0) for one in limits}


def test_a_shut_gate_refuses_and_names_itself() -> None:
    assert shut_by(PAY, [gate()], FROM) == ProductSuspended(
        product="wallet", operation="transfer", jurisdiction="CN", gate=public("gat", UUID(int=9))
    )


@pytest.mark.parametrize(
    "other",
    [
        {"product": "escrow"},
        {"operation": "payout"},
        {"jurisdiction": "IN"},
        {"exempt": ("wallet.pay",)},
    ],
    ids=str,
)
def test_a_gate_stops_only_what_it_names(other: dict[str, Any]) -> None:
    assert shut_by(PAY, [gate(**other)], FROM) is None


def test_any_of_several_gates_stops_a_request() -> None:
    assert shut_by(PAY, [gate(jurisdiction="IN"), gate(jurisdiction="CN")], FROM) is not None


@pytest.mark.parametrize(
    "other",
    [
        {"jurisdiction": "IN"},
        {"tier": "class-2"},
        {"product": "escrow"},
        {"operation": "payout"},
        {"currency": "EUR"},
    ],
    ids=str,
)
def test_a_limit_bounds_only_what_it_names(other: dict[str, Any]) -> None:
    assert limit().applies(PAY)
    assert not limit(**other).applies(PAY)


def test_a_request_of_nobody_has_no_limits() -> None:
    assert not limit().applies(msgspec.structs.replace(PAY, party=None))


def test_a_batch_is_decided_in_order_and_a_refused_one_uses_nothing() -> None:
    limits = [limit(amount_minor=1_000)]
    used = fresh(limits)
    outcomes = decide(claims([600, 500, 400, 1], limits), used)
    assert [outcome is None for outcome in outcomes] == [True, False, True, False]
    assert outcomes[1] == reached_("l1", "day", 400)
    assert outcomes[3] == reached_("l1", "day", 0)
    assert used == {(PARTY.int, 1, date.min): Usage(1_000, 2)}


def test_a_limit_may_bound_the_number_alone() -> None:
    limits = [limit(amount_minor=None, count=2)]
    outcomes = decide(claims([10**9] * 3, limits), fresh(limits))
    assert outcomes == [None, None, reached_("l1", "day", None, 0)]


def test_what_one_limit_refuses_uses_nothing_of_another() -> None:
    limits = [limit(1, Window.DAY, amount_minor=1_000), limit(2, Window.MONTH, amount_minor=100)]
    used = fresh(limits)
    (outcome,) = decide(claims([500], limits), used)
    assert outcome == reached_("l2", "month", 100)
    assert set(map(str, used.values())) == {str(Usage(0, 0))}


def test_a_limit_lowered_below_what_is_used_leaves_nothing_not_less() -> None:
    limits = [limit(amount_minor=100)]
    (outcome,) = decide(claims([1], limits), fresh(limits, used=900))
    assert outcome == reached_("l1", "day", 0)


def test_a_single_limit_looks_at_one_request_alone() -> None:
    bound = [limit(1, Window.SINGLE, amount_minor=100)]
    assert single(PAY, bound) is None
    too_much = msgspec.structs.replace(PAY, amount_minor=101)
    assert single(too_much, bound) == reached_("l1", "single", 100)


def test_limits_are_asked_from_the_narrowest_window() -> None:
    mixed = [limit(1, Window.LIFETIME), limit(3, Window.DAY), limit(2, Window.DAY)]
    mixed.append(limit(4, Window.MONTH))
    assert [one.id.int for one in by_precedence(mixed)] == [2, 3, 4, 1]


def test_a_claim_that_cannot_be_accepted_adds_nothing_beforehand() -> None:
    limits = [limit(amount_minor=1_000)]
    (added,) = contribution(claims([2**53] * 1_024 + [7], limits)).values()
    assert added == Usage(7, 1)


def test_a_sum_beyond_bigint_is_not_added_beforehand_but_still_decided() -> None:
    limits = [limit(amount_minor=2**53)]
    batch = claims([2**53] * 1_024, limits)
    (added,) = contribution(batch).values()
    assert added.amount_minor == 0 or added.amount_minor <= LARGEST_SUM
    outcomes = decide(batch, fresh(limits))
    assert [outcome is None for outcome in outcomes].count(True) == 1


@given(
    st.lists(st.integers(1, 500), max_size=60),
    st.integers(0, 2_000),
    st.integers(0, 40),
)
def test_no_batch_ever_passes_a_limit(amounts: list[int], amount: int, count: int) -> None:
    limits = [limit(1, amount_minor=amount, count=count), limit(2, Window.MONTH, amount_minor=900)]
    used = fresh(limits)
    outcomes = decide(claims(amounts, limits), used)
    accepted = [a for a, outcome in zip(amounts, outcomes, strict=True) if outcome is None]
    assert sum(accepted) <= min(amount, 900)
    assert len(accepted) <= count
    assert all(usage == Usage(sum(accepted), len(accepted)) for usage in used.values())


NEW_YEAR_IN_SHANGHAI = datetime(2025, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "zone", "first_day"),
    [
        (Window.DAY, "Asia/Shanghai", date(2026, 1, 1)),
        (Window.DAY, "UTC", date(2025, 12, 31)),
        (Window.DAY, "America/New_York", date(2025, 12, 31)),
        (Window.MONTH, "Asia/Shanghai", date(2026, 1, 1)),
        (Window.MONTH, "Europe/Berlin", date(2025, 12, 1)),
        (Window.YEAR, "Asia/Shanghai", date(2026, 1, 1)),
        (Window.YEAR, "UTC", date(2025, 1, 1)),
        (Window.LIFETIME, "Asia/Shanghai", date.min),
    ],
)
def test_a_day_is_a_day_where_the_party_is(window: Window, zone: str, first_day: date) -> None:
    assert window_on(window, NEW_YEAR_IN_SHANGHAI, zone) == first_day


def test_the_last_moment_of_a_day_belongs_to_it() -> None:
    just_before = datetime(2025, 12, 31, 15, 59, 59, 999_999, tzinfo=UTC)
    assert window_on(Window.DAY, just_before, "Asia/Shanghai") == date(2025, 12, 31)


def test_a_day_that_is_23_hours_long_is_one_day() -> None:
    first = datetime(2026, 3, 28, 23, tzinfo=UTC)  # midnight in Berlin, summer time begins at 2
    last = datetime(2026, 3, 29, 21, 59, tzinfo=UTC)
    after = datetime(2026, 3, 29, 22, tzinfo=UTC)
    days = [window_on(Window.DAY, moment, "Europe/Berlin") for moment in (first, last, after)]
    assert days == [date(2026, 3, 29), date(2026, 3, 29), date(2026, 3, 30)]


@given(
    st.lists(st.integers(1, 600) | st.just(2**62), max_size=6),
    st.integers(0, 1_500),
    st.none() | st.integers(0, 6),
)
def test_all_fit_exactly_when_deciding_one_by_one_would_refuse_none(
    amounts: list[int], used: int, count: int | None
) -> None:
    limits = [limit(amount_minor=1_500, count=count), limit(2, amount_minor=2**63 - 1)]
    batch = claims(amounts, limits)
    added = contribution(batch)
    stood = fresh(limits, used)
    after = {
        key: Usage(stood[key].amount_minor + more.amount_minor, more.count)
        for key, more in added.items()
    }
    decided = decide(batch, stood)
    assert all_fit(batch, added, after) == (decided == [None] * len(batch))


@pytest.mark.parametrize(
    ("narrowed", "stops"),
    [
        ({"product": "*", "operation": "*"}, True),
        ({"channels": ("qr",)}, False),
        ({"channels": ("qr", "api")}, True),
        ({"tiers": ("class-9",)}, False),
        ({"initiator": Initiator.HOUSE}, False),
        ({"initiator": Initiator.CUSTOMER}, True),
        ({"accounts": (UUID(int=77),)}, False),
        ({"in_flight": InFlight.COMPLETE}, True),
    ],
    ids=str,
)
def test_a_gate_can_be_narrowed(narrowed: dict[str, Any], stops: bool) -> None:
    assert gate(**narrowed).stops(PAY, FROM) is stops


def test_what_was_promised_before_the_order_is_finished_until_its_deadline() -> None:
    before = msgspec.structs.replace(PAY, begun_at=FROM - timedelta(hours=1))
    deadline = FROM + timedelta(days=1)
    spared = gate(in_flight=InFlight.COMPLETE, deadline=deadline)
    assert not spared.stops(before, FROM)
    assert spared.stops(before, deadline)
    assert spared.stops(msgspec.structs.replace(PAY, begun_at=FROM), FROM)
    undone = gate(in_flight=InFlight.REVERSE)
    assert undone.stops(before, FROM)
    assert undone.undoes(before)
    assert not undone.undoes(PAY)
