"""Transfers, sweeps and reversals: each reason by itself, and every bound to the unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tests.rules.ledger.batches import NOW_US, A, B, C, decide, fresh

from sycee.core.ledger.model import (
    SUM_MAX,
    Balance,
    Hold,
    Item,
    Kind,
    Posted,
    Reversal,
    Row,
    Sweep,
    Transfer,
)
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    AccountNotFound,
    AlreadyReversed,
    AmountNotAllowed,
    CeilingReached,
    CodeUnknown,
    CurrencyMismatch,
    DatesNotAllowed,
    FloorReached,
    IdNotAccepted,
    LedgerRefusal,
    SameAccount,
    SumTooLarge,
    SweepWithoutLimit,
    TransferNotFound,
)
from sycee.core.ledger.ruling import Rerun
from sycee.core.ledger.survey import unfit_ids
from sycee.kit.clock import from_micros
from sycee.kit.ids import uuid7
from sycee.kit.money import MAX_MINOR

NOBODY = UUID(int=9)
NAIVE = datetime(2026, 3, 1)
OLD = UUID(int=7 << 76 | 2 << 62)
DEBIT_NORMAL: dict[str, Any] = {
    "credit_normal": False,
    "credits": 0,
    "debits": 100,
    "floor": 0,
    "ceiling": 150,
}

FULL: dict[str, Any] = {"credits": SUM_MAX - 5, "debits": SUM_MAX - 5}


def pay(debit: UUID, credit: UUID, amount: Any, code: str = "test", **rest: Any) -> Transfer:
    return Transfer(rest.pop("id", None) or fresh(), debit, credit, amount, code, **rest)


@pytest.mark.parametrize(
    ("item", "changes", "refusal"),
    [
        (pay(A, C, 0), {}, AmountNotAllowed("amount_minor")),
        (pay(A, C, -1), {}, AmountNotAllowed("amount_minor")),
        (pay(C, A, MAX_MINOR + 1), {}, AmountNotAllowed("amount_minor")),
        (pay(A, C, True), {}, AmountNotAllowed("amount_minor")),
        (pay(A, C, 1, "nope"), {}, CodeUnknown("nope")),
        (pay(A, NOBODY, 1), {}, AccountNotFound(str(NOBODY))),
        (pay(NOBODY, A, 1), {}, AccountNotFound(str(NOBODY))),
        (pay(C, C, 1), {}, SameAccount(str(C))),
        (pay(A, C, 1), {"c": {"currency": "USD"}}, CurrencyMismatch("CNY", "USD")),
        (pay(A, C, 1), {"closed": True}, AccountClosed(str(A))),
        (pay(A, C, 1), {"c": {"closed": True}}, AccountClosed(str(C))),
        (pay(A, C, 1), {"frozen": True}, AccountFrozen(str(A))),
        (pay(A, C, 1), {"c": {"frozen": True}}, AccountFrozen(str(C))),
        (
            pay(A, C, 1, effective_at=NAIVE),
            {},
            DatesNotAllowed("effective_at", "must carry a time zone"),
        ),
        (
            pay(A, C, 1, id=OLD),
            {},
            IdNotAccepted(str(OLD), "must be a UUIDv7 made within 24 hours of now"),
        ),
        (Sweep(fresh(), A, C, 0, "test"), {}, AmountNotAllowed("limit_minor")),
        (Sweep(fresh(), A, C, None, "test"), {"frozen": True}, AccountFrozen(str(A))),
        (Sweep(fresh(), A, C, None, "test"), {"c": {"closed": True}}, AccountClosed(str(C))),
    ],
)
def test_one_reason_alone_refuses_and_nothing_moves(
    item: Item, changes: dict[str, Any], refusal: LedgerRefusal
) -> None:
    run = decide([item], **changes)
    assert run.outcomes == [refusal]
    assert (run.sums(A), run.sums(C), run.rows) == ((0, 100, 0, 0), (0, 0, 0, 0), [])
    assert run.decision.refused == [0]


@pytest.mark.parametrize(
    ("debit", "credit", "most", "changes", "refusal"),
    [
        (A, C, 100, {}, FloorReached(str(A), 100, 0)),
        (A, C, 120, {"floor": -20}, FloorReached(str(A), 100, -20)),
        (A, C, 70, {"debits_pending": 30}, FloorReached(str(A), 70, 0)),
        (C, B, 70, {}, CeilingReached(str(B), 50, 120)),
        (C, B, 50, {"b": {"credits_pending": 20}}, CeilingReached(str(B), 70, 120)),
        (C, B, 75, {"b": {"debits": 5}}, CeilingReached(str(B), 45, 120)),
        (A, B, 70, {}, CeilingReached(str(B), 50, 120)),
        (A, B, 70, {"credits": 71}, CeilingReached(str(B), 50, 120)),
        (A, B, 50, DEBIT_NORMAL | {"b": DEBIT_NORMAL}, CeilingReached(str(A), 100, 150)),
        (
            A,
            B,
            50,
            DEBIT_NORMAL | {"b": DEBIT_NORMAL | {"debits": 51}},
            CeilingReached(str(A), 100, 150),
        ),
        (A, C, 50, DEBIT_NORMAL, CeilingReached(str(A), 100, 150)),
        (A, C, 20, DEBIT_NORMAL | {"debits_pending": 30}, CeilingReached(str(A), 130, 150)),
        (A, C, 90, DEBIT_NORMAL | {"credits": 40}, CeilingReached(str(A), 60, 150)),
        (A, C, 50, DEBIT_NORMAL | {"floor": None}, CeilingReached(str(A), 100, 150)),
        (C, A, 100, DEBIT_NORMAL | {"ceiling": None}, FloorReached(str(A), 100, 0)),
        (C, A, 100, DEBIT_NORMAL, FloorReached(str(A), 100, 0)),
        (C, A, 60, DEBIT_NORMAL | {"credits_pending": 40}, FloorReached(str(A), 60, 0)),
        (C, A, 95, DEBIT_NORMAL | {"credits": 5}, FloorReached(str(A), 95, 0)),
        (A, C, 5, {"floor": None, "debits": SUM_MAX - 5}, SumTooLarge(str(A))),
        (A, C, 5, {"floor": None, "debits_pending": SUM_MAX - 5}, SumTooLarge(str(A))),
        (A, C, 5, {"c": {"credits": SUM_MAX - 5}}, SumTooLarge(str(C))),
        (A, C, 5, {"c": {"credits_pending": SUM_MAX - 5}}, SumTooLarge(str(C))),
        (A, C, 5, {"c": {**FULL, "ceiling": 1_000}}, SumTooLarge(str(C))),
        (A, C, 5, {"c": {**FULL, "ceiling": 6}}, SumTooLarge(str(C))),
        (A, C, 5, {**FULL, "floor": -6}, SumTooLarge(str(A))),
    ],
)
def test_a_bound_is_reached_and_not_passed(
    debit: UUID, credit: UUID, most: int, changes: dict[str, Any], refusal: LedgerRefusal
) -> None:
    fits, passes = decide([pay(debit, credit, most)], **changes), pay(debit, credit, most + 1)
    assert fits.said == ["ok"]
    run = decide([passes], **changes)
    assert run.outcomes == [refusal]
    before = decide([], **changes)
    assert [run.sums(id) for id in (A, B, C)] == [before.sums(id) for id in (A, B, C)]
    day = datetime.fromisoformat("2026-03-01T00:00Z")
    dated = [pay(debit, credit, most + n, effective_at=day) for n in (0, 1)]
    assert decide(dated[:1], **changes).said == ["ok"]
    assert decide(dated[1:], **changes).outcomes == [refusal]


def test_when_a_floor_and_a_ceiling_break_the_floor_is_named() -> None:
    assert decide([pay(A, B, 101)]).outcomes == [FloorReached(str(A), 100, 0)]
    both = decide([pay(A, B, 71)], **DEBIT_NORMAL, b=DEBIT_NORMAL | {"debits": 60})
    assert both.outcomes == [FloorReached(str(B), 60, 0)]


def test_balances_after_a_move_are_signed_to_each_side() -> None:
    swept = Sweep(fresh(), C, A, 1, "test")
    run = decide([pay(A, C, 30), pay(C, A, 5), swept], **DEBIT_NORMAL)
    rows = run.rows[:2]
    assert (run.rows[2].debit_after, run.rows[2].credit_after) == (24, 124)
    assert run.rows[2].posted_us == NOW_US + 3
    moments = [x.posted_at for x in run.outcomes if isinstance(x, Posted)]
    assert moments == [from_micros(NOW_US + k) for k in (1, 2, 3)]
    assert [(row.debit_after, row.credit_after) for row in rows] == [(130, 30), (25, 125)]
    assert [(row.posted_us, row.kind, row.code) for row in rows] == [
        (NOW_US + 1, Kind.TRANSFER, 999),
        (NOW_US + 2, Kind.TRANSFER, 999),
    ]


@pytest.mark.parametrize(
    ("credit_normal", "balance", "available", "expected"),
    [(True, 60, 53, 65), (False, -60, -65, -53)],
)
def test_what_is_available_and_what_is_expected_leave_out_the_other_side(
    credit_normal: bool, balance: int, available: int, expected: int
) -> None:
    head = (A, None, "wallet", "CNY", credit_normal)
    found = Balance(*head, 40, 100, 7, 5, None, None, False, False)
    assert (found.balance, found.available, found.expected) == (balance, available, expected)


def test_a_debt_without_a_floor_may_be_paid_beyond_nothing() -> None:
    unbounded: dict[str, Any] = {**DEBIT_NORMAL, "floor": None}
    run = decide([pay(C, A, 101)], **unbounded)
    assert (run.said, run.accounts[1].balance()) == (["ok"], -1)


def test_a_dated_transfer_moves_money_now_and_says_for_when() -> None:
    day, subject = datetime.fromisoformat("2026-02-01T00:00Z"), UUID(int=5)
    run = decide([pay(A, C, 30, effective_at=day, subject=subject)])
    assert (run.sums(A), run.sums(C)) == ((30, 100, 0, 0), (0, 30, 0, 0))
    (row,) = run.rows
    assert (row.kind, row.effective_us) == (Kind.TRANSFER, 1_769_904_000_000_000)
    assert (row.subject, row.debit_after, row.credit_after) == (subject, 70, 30)


@pytest.mark.parametrize(
    ("debit", "credit", "limit", "moved", "changes"),
    [
        (A, C, None, 100, {}),
        (A, C, 40, 40, {}),
        (A, C, 500, 100, {}),
        (A, C, None, 70, {"debits_pending": 30}),
        (A, C, None, 120, {"floor": -20}),
        (A, C, None, 0, {"floor": 100}),
        (A, C, 5, 0, {"floor": 150}),
        (A, B, None, 70, {}),
        (A, B, None, 0, {"b": {"ceiling": 10}}),
        (C, A, None, 30, {"c": {"credits": 30}}),
        (C, A, None, 16, {"c": {"credits": 30, "debits": 4, "debits_pending": 10}}),
        (C, A, None, 0, {"c": {"debits": 30}}),
        (C, A, None, MAX_MINOR, {"c": {"credits": MAX_MINOR + 5}}),
        (A, C, None, 50, DEBIT_NORMAL),
        (A, C, 60, 60, DEBIT_NORMAL | {"ceiling": None}),
        (A, B, None, 70, DEBIT_NORMAL | {"ceiling": None}),
    ],
)
def test_a_sweep_moves_what_is_there_up_to_its_limit(
    debit: UUID, credit: UUID, limit: int | None, moved: int, changes: dict[str, Any]
) -> None:
    item = Sweep(fresh(), debit, credit, limit, "test")
    run = decide([item], **changes)
    assert (run.said, run.moved) == (["ok"], [moved])
    (row,) = run.rows
    assert (row.kind, row.amount_minor, row.asked_minor) == (Kind.SWEEP, moved, limit)
    before = decide([], **changes)
    assert run.sums(debit)[0] - before.sums(debit)[0] == moved
    assert run.sums(credit)[1] - before.sums(credit)[1] == moved


def test_a_sweep_that_nothing_bounds_is_refused() -> None:
    item = Sweep(fresh(), A, C, None, "test")
    unbounded: dict[str, Any] = {**DEBIT_NORMAL, "ceiling": None}
    run = decide([item], **unbounded)
    assert run.outcomes == [SweepWithoutLimit(str(item.id))]


def test_a_sweep_that_a_sum_cannot_hold_is_refused_and_one_of_nothing_is_not() -> None:
    full: dict[str, Any] = {"c": {"credits": SUM_MAX, "debits": SUM_MAX}}
    assert decide([Sweep(fresh(), A, C, 1, "test")], **full).outcomes == [SumTooLarge(str(C))]
    assert decide([Sweep(fresh(), A, C, 1, "test")], **full, floor=100).moved == [0]


def test_a_transfer_is_reversed_in_parts_and_once_in_full() -> None:
    paid = pay(A, B, 30)
    back = [Reversal(fresh(), paid.id, minor) for minor in (31, 19, 12, 10, None, 1)]
    run = decide([paid, *back])
    assert run.outcomes[1] == AlreadyReversed(str(paid.id), 30)
    assert run.outcomes[3] == AlreadyReversed(str(paid.id), 11)
    assert run.outcomes[6] == AlreadyReversed(str(paid.id), 0)
    assert run.moved == [30, 19, 10, 1]
    part, _, rest = run.rows[1:]
    assert (part.debit, part.credit, part.debit_after, part.credit_after) == (2, 1, 61, 89)
    assert (rest.debit, rest.credit, rest.debit_after, rest.credit_after) == (2, 1, 50, 100)
    assert (part.asked_minor, rest.asked_minor) == (19, None)
    assert part.reverses == rest.reverses == paid.id.int
    assert (part.kind, part.code) == (Kind.REVERSAL, 905)
    assert (run.sums(A), run.sums(B)) == ((30, 130, 0, 0), (30, 80, 0, 0))


def test_an_exact_reversal_goes_and_a_sweep_of_nothing_leaves_nothing_to_reverse() -> None:
    paid, swept = pay(A, B, 30), Sweep(fresh(), C, A, None, "test")
    run = decide([paid, Reversal(fresh(), paid.id, 30), swept, Reversal(fresh(), swept.id)])
    assert run.moved == [30, 30, 0]
    assert run.outcomes[3] == AlreadyReversed(str(swept.id), 0)


def test_what_moved_no_money_or_moved_it_back_is_not_reversed() -> None:
    paid, hold = pay(A, B, 30), Hold(fresh(), A, 5, "test", credit=C)
    back = Reversal(fresh(), paid.id, 10)
    run = decide([paid, hold, back, *(Reversal(fresh(), id) for id in (hold.id, back.id, NOBODY))])
    assert run.outcomes[3:] == [TransferNotFound(str(id)) for id in (hold.id, back.id, NOBODY)]


def logged(**changes: Any) -> Row:
    """A row that was in the log before: A paid B 30."""
    row = Row(uuid7(NOW_US // 1000).int, 1, 2, 30, 999, Kind.TRANSFER, NOW_US, 70, 80, *[None] * 8)
    return row._replace(**changes)


def test_a_reversal_goes_to_and_from_frozen_accounts_and_not_to_closed_ones() -> None:
    row = logged()
    back: Any = Reversal(fresh(), UUID(int=row.id))
    assert decide([back], rows=[row], frozen=True, b={"frozen": True}).moved == [30]
    assert decide([back], rows=[row], closed=True).outcomes == [AccountClosed(str(A))]
    assert decide([back], rows=[row], b={"closed": True}).outcomes == [AccountClosed(str(B))]


def test_a_reversal_stops_at_what_the_payee_has_left() -> None:
    row = logged()
    back: Any = Reversal(fresh(), UUID(int=row.id))
    run = decide([back], rows=[row], b={"credits": 29})
    assert run.outcomes == [FloorReached(str(B), 29, 0)]
    assert run.sums(B) == (0, 29, 0, 0)
    zero: Any = Reversal(fresh(), UUID(int=row.id), 0)
    assert decide([zero], rows=[row]).outcomes == [AmountNotAllowed("amount_minor")]


@pytest.mark.parametrize("side", ["debit", "credit"])
def test_a_reversal_whose_accounts_were_not_locked_is_run_again(side: str) -> None:
    row = logged(**{side: 9})
    with pytest.raises(Rerun):
        decide([Reversal(fresh(), UUID(int=row.id))], rows=[row])


DAY_MS = 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("off_ms", "fit"),
    [(-DAY_MS - 1, False), (-DAY_MS, True), (0, True), (DAY_MS, True), (DAY_MS + 1, False)],
)
def test_an_id_is_of_the_day_around_now_to_the_millisecond(off_ms: int, fit: bool) -> None:
    moment = NOW_US // 1000 + off_ms
    low, high = moment << 80, (moment << 80) + (1 << 80) - 1
    ids = [uuid7(moment).int, low | 7 << 76 | 2 << 62, high & ~(8 << 76) & ~(1 << 62)]
    assert unfit_ids(ids, NOW_US) == (set() if fit else {0, 1, 2})


def test_an_id_of_another_version_or_variant_is_not_accepted() -> None:
    good = uuid7(NOW_US // 1000).int
    version, variant = good ^ 3 << 76, good ^ 1 << 62
    assert unfit_ids([good, version, good, variant], NOW_US) == {1, 3}
    assert unfit_ids([7 << 76 | 2 << 62], 0) == set()
