"""Holds as a pure rule: what is reserved, what is left, and each reason by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.rules.ledger.batches import NOW_US, A, B, C, decide, fresh

from sycee.core.ledger.model import (
    SUM_MAX,
    Capture,
    Expire,
    Extend,
    Hold,
    HoldState,
    Item,
    Kind,
    Release,
)
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    AccountNotFound,
    AmountNotAllowed,
    CeilingReached,
    CodeUnknown,
    CurrencyMismatch,
    DatesNotAllowed,
    FloorReached,
    HoldClosed,
    HoldExceeded,
    HoldExpired,
    HoldNotDue,
    HoldNotFound,
    LedgerRefusal,
    SumTooLarge,
)
from sycee.core.ledger.ruling import Rerun
from sycee.kit.clock import from_micros

NOBODY, HELD, TRADE = UUID(int=9), UUID(int=77), UUID(int=5)
NOW = from_micros(NOW_US)
TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
LATER_US = NOW_US + 3_600_000_000
PENDING: dict[str, Any] = {"debits_pending": 40}


def hold(amount: Any = 10, **rest: Any) -> Hold:
    return Hold(fresh(), rest.pop("debit", A), amount, rest.pop("code", "test"), **rest)


def held(**changes: Any) -> HoldState:
    """A hold of 40 on A of which 5 were captured and 3 released: 32 are left."""
    fields: dict[str, Any] = {
        "credit": None,
        "captured_minor": 5,
        "released_minor": 3,
        "expires_us": None,
        "closed_us": None,
        **changes,
    }
    return HoldState(
        id=HELD.int, debit=1, code=100, subject=TRADE, amount_minor=40, capture_us=None, **fields
    )


@pytest.mark.parametrize(
    ("item", "changes", "refusal"),
    [
        (hold(0), {}, AmountNotAllowed("amount_minor")),
        (hold(None), {}, AmountNotAllowed("amount_minor")),
        (hold(code="nope"), {}, CodeUnknown("nope")),
        (hold(debit=NOBODY), {}, AccountNotFound(str(NOBODY))),
        (hold(credit=NOBODY), {}, AccountNotFound(str(NOBODY))),
        (hold(), {"closed": True, "frozen": True}, AccountClosed(str(A))),
        (hold(), {"frozen": True}, AccountFrozen(str(A))),
        (hold(credit=B), {"b": {"frozen": True}}, AccountFrozen(str(B))),
        (hold(credit=B), {"b": {"currency": "USD"}}, CurrencyMismatch("CNY", "USD")),
        (hold(101), {}, FloorReached(str(A), 100, 0)),
        (hold(71, credit=B), {}, CeilingReached(str(B), 50, 120)),
        (
            hold(expires_at=NOW),
            {},
            DatesNotAllowed("expires_at", "must be later than now"),
        ),
        (
            hold(expires_at=NOW.replace(tzinfo=None)),
            {},
            DatesNotAllowed("expires_at", "must carry a time zone"),
        ),
        (
            hold(capture_at=NOW, credit=B),
            {},
            DatesNotAllowed("capture_at", "must be later than now"),
        ),
        (
            hold(capture_at=NOW + HOUR),
            {},
            DatesNotAllowed("capture_at", "needs a payee named in credit"),
        ),
        (
            hold(capture_at=NOW + HOUR, expires_at=NOW + HOUR, credit=B),
            {},
            DatesNotAllowed("capture_at", "must be earlier than expires_at"),
        ),
    ],
)
def test_one_reason_alone_keeps_anything_from_being_reserved(
    item: Item, changes: dict[str, Any], refusal: LedgerRefusal
) -> None:
    run = decide([item], **changes)
    assert run.outcomes == [refusal]
    assert (run.sums(A), run.sums(B)) == ((0, 100, 0, 0), (0, 50, 0, 0))
    assert not run.decision.world.holds
    assert not run.rows


def test_a_hold_reserves_on_both_sides_and_moves_nothing() -> None:
    subject = UUID(int=5)
    ends = {"capture_at": NOW + TICK, "expires_at": NOW + HOUR}
    item = hold(70, credit=B, subject=subject, **ends)
    run = decide([item, hold(30)])
    assert run.said == ["ok", "ok"]
    assert decide([hold(capture_at=NOW + TICK, credit=B)]).said == ["ok"]
    assert (run.sums(A), run.sums(B)) == ((0, 100, 100, 0), (0, 50, 0, 70))
    first, second = run.rows
    assert (first.kind, first.amount_minor, first.code) == (Kind.HOLD, 70, 999)
    assert (first.debit, first.credit, first.debit_after, first.credit_after) == (1, 2, 100, None)
    assert (first.expires_us, first.capture_us) == (LATER_US, NOW_US + 1)
    assert (second.credit, second.expires_us, second.capture_us) == (None, None, None)
    state = run.decision.world.holds[item.id.int]
    assert (state.debit, state.credit, state.code, state.subject) == (1, 2, 999, subject)
    assert (state.left_minor, state.expires_us, state.capture_us) == (70, LATER_US, NOW_US + 1)
    assert (state.captured_minor, state.released_minor, state.closed_us) == (0, 0, None)
    assert run.decision.new_holds == {row.id for row in run.rows}
    assert run.decision.changed_holds == set()


@pytest.mark.parametrize(
    ("asked", "final", "moved", "freed", "captured", "released", "closes"),
    [
        (10, False, 10, 10, 15, 3, False),
        (10, True, 10, 32, 15, 25, True),
        (32, False, 32, 32, 37, 3, True),
        (None, False, 32, 32, 37, 3, True),
        (None, True, 32, 32, 37, 3, True),
    ],
)
def test_a_capture_pays_out_of_what_is_left(
    asked: int | None,
    final: bool,
    moved: int,
    freed: int,
    captured: int,
    released: int,
    closes: bool,
) -> None:
    state = held(credit=2)
    item = Capture(fresh(), HELD, C, asked, "test", final)
    run = decide([hold(0), item], holds=[state], **PENDING, b={"credits_pending": 40})
    assert (run.said[1], run.moved) == ("ok", [moved])
    assert run.sums(A) == (moved, 100, 40 - freed, 0)
    assert run.sums(B) == (0, 50, 0, 40 - freed)
    assert run.sums(C) == (0, moved, 0, 0)
    assert (state.captured_minor, state.released_minor) == (captured, released)
    assert state.closed_us == (NOW_US + 2 if closes else None)
    assert run.decision.changed_holds == {HELD.int}
    (row,) = run.rows
    assert row.posted_us == NOW_US + 2
    assert row.kind == (Kind.FINAL_CAPTURE if final else Kind.CAPTURE)
    assert (row.debit, row.credit, row.asked_minor, row.hold) == (1, 3, asked, HELD.int)
    assert (row.debit_after, row.credit_after) == (100 - moved, moved)


@pytest.mark.parametrize(
    ("state", "item", "changes", "refusal"),
    [
        ({}, Capture(fresh(), NOBODY, C, 1, "test"), {}, HoldNotFound(str(NOBODY))),
        ({}, Capture(fresh(), HELD, C, 0, "test"), {}, AmountNotAllowed("amount_minor")),
        ({}, Capture(fresh(), HELD, C, 33, "test"), {}, HoldExceeded(str(HELD), 32)),
        ({"closed_us": 1}, Capture(fresh(), HELD, C, 1, "test"), {}, HoldClosed(str(HELD))),
        (
            {"expires_us": NOW_US},
            Capture(fresh(), HELD, C, 1, "test"),
            {},
            HoldExpired(str(HELD)),
        ),
        ({}, Capture(fresh(), HELD, C, 1, "test"), {"frozen": True}, AccountFrozen(str(A))),
        (
            {},
            Capture(fresh(), HELD, C, 1, "test"),
            {"c": {"ceiling": 0}},
            CeilingReached(str(C), 0, 0),
        ),
        (
            {},
            Capture(fresh(), HELD, C, 1, "test"),
            {"c": {"credit_normal": False, "floor": 0}},
            FloorReached(str(C), 0, 0),
        ),
        (
            {},
            Capture(fresh(), HELD, C, 1, "test"),
            {"c": {"credits": SUM_MAX - 1, "credits_pending": 1}},
            SumTooLarge(str(C)),
        ),
        ({}, Release(fresh(), HELD, 0), {}, AmountNotAllowed("amount_minor")),
        ({}, Release(fresh(), HELD, 33), {}, HoldExceeded(str(HELD), 32)),
        ({"closed_us": 1}, Release(fresh(), HELD), {}, HoldClosed(str(HELD))),
        ({}, Release(fresh(), NOBODY), {}, HoldNotFound(str(NOBODY))),
        ({}, Expire(fresh(), HELD), {}, HoldNotDue(str(HELD))),
        ({"expires_us": NOW_US + 1}, Expire(fresh(), HELD), {}, HoldNotDue(str(HELD))),
        (
            {"expires_us": NOW_US, "closed_us": 1},
            Expire(fresh(), HELD),
            {},
            HoldClosed(str(HELD)),
        ),
        ({}, Expire(UUID(int=5), HELD), {}, None),
        ({}, Release(UUID(int=5), HELD), {}, None),
    ],
)
def test_one_reason_alone_leaves_a_hold_as_it_was(
    state: dict[str, Any], item: Item, changes: dict[str, Any], refusal: LedgerRefusal | None
) -> None:
    standing, before = held(credit=2, **state), held(credit=2, **state)
    run = decide(
        [item],
        **PENDING,
        **{"b": {"credits_pending": 40}, **changes},
        holds=[standing],
    )
    assert run.outcomes == [refusal] if refusal else run.said == ["id-not-accepted"]
    assert standing == before
    assert (run.sums(A), run.sums(B)) == ((0, 100, 40, 0), (0, 50, 0, 40))
    assert not run.rows


@pytest.mark.parametrize(("asked", "freed"), [(10, 10), (32, 32), (None, 32)])
def test_a_release_gives_back_on_both_sides(asked: int | None, freed: int) -> None:
    state = held(credit=2)
    item = Release(fresh(), HELD, asked)
    run = decide([item], holds=[state], **PENDING, b={"credits_pending": 40})
    assert (run.sums(A), run.sums(B)) == ((0, 100, 40 - freed, 0), (0, 50, 0, 40 - freed))
    assert (state.released_minor, state.closed_us is None) == (3 + freed, freed == 10)
    (row,) = run.rows
    assert (row.kind, row.amount_minor, row.asked_minor) == (Kind.RELEASE, freed, asked)
    assert (row.credit, row.credit_after, row.hold, row.code) == (2, None, HELD.int, 100)
    assert row.subject == TRADE


@pytest.mark.parametrize("payee", [{"ceiling": 5}, {"credits": SUM_MAX - 6, "credits_pending": 1}])
def test_a_capture_fills_its_payee_to_the_unit(payee: dict[str, Any]) -> None:
    item = Capture(fresh(), HELD, C, 5, "test")
    assert decide([item], holds=[held()], **PENDING, c=payee).said == ["ok"]
    more = Capture(fresh(), HELD, C, 6, "test")
    assert decide([more], holds=[held()], **PENDING, c=payee).said in (
        ["ceiling-reached"],
        ["sum-too-large"],
    )


def test_a_hold_expires_with_its_time_and_not_before() -> None:
    state = held(expires_us=NOW_US)
    run = decide([Expire(fresh(), HELD)], holds=[state], **PENDING)
    assert (run.said, run.moved, run.sums(A)) == (["ok"], [32], (0, 100, 8, 0))
    assert (state.released_minor, state.closed_us) == (35, NOW_US + 1)
    assert run.rows[0].kind == Kind.EXPIRE
    late = held(expires_us=NOW_US + 1)
    assert decide([Capture(fresh(), HELD, C, 1, "test")], holds=[late], **PENDING).said == ["ok"]


@pytest.mark.parametrize(
    ("state", "off", "changes", "refusal"),
    [
        ({}, TICK, {}, None),
        ({}, timedelta(0), {}, DatesNotAllowed("expires_at", "must be later than the hold's own")),
        (
            {"expires_us": None},
            HOUR,
            {},
            DatesNotAllowed("expires_at", "must be later than the hold's own"),
        ),
        ({"expires_us": NOW_US}, HOUR, {}, HoldExpired(str(HELD))),
        ({"expires_us": NOW_US + 1}, HOUR, {}, None),
        ({"closed_us": 1}, HOUR, {}, HoldClosed(str(HELD))),
        ({}, HOUR, {"frozen": True}, AccountFrozen(str(A))),
        ({}, HOUR, {"b": {"frozen": True}}, AccountFrozen(str(B))),
    ],
    ids=str,
)
def test_a_hold_is_extended_to_a_later_time_while_it_lives(
    state: dict[str, Any], off: timedelta, changes: dict[str, Any], refusal: LedgerRefusal | None
) -> None:
    standing = held(**{"credit": 2, "expires_us": LATER_US, **state})
    until = standing.expires_us
    to = from_micros(LATER_US) + off
    run = decide([Extend(fresh(), HELD, to)], holds=[standing], **changes)
    if refusal is not None:
        assert (run.outcomes, standing.expires_us) == ([refusal], until)
        return
    assert (run.said, run.moved) == (["ok"], [32])
    (row,) = run.rows
    assert (row.kind, row.credit, row.hold) == (Kind.EXTEND, 2, HELD.int)
    assert row.subject == TRADE
    assert from_micros(standing.expires_us or 0) == from_micros(row.expires_us or 0) == to
    assert run.decision.changed_holds == {HELD.int}


def test_an_extension_names_a_moment_that_is_one() -> None:
    bare = Extend(fresh(), HELD, from_micros(LATER_US).replace(tzinfo=None))
    assert decide([bare], holds=[held()]).outcomes == [
        DatesNotAllowed("expires_at", "must carry a time zone")
    ]
    late = Extend(UUID(int=5), HELD, from_micros(LATER_US).replace(tzinfo=None))
    assert decide([late], holds=[held()]).said == ["id-not-accepted"]
    unknown = Extend(fresh(), NOBODY, from_micros(LATER_US))
    assert decide([unknown]).outcomes == [HoldNotFound(str(NOBODY))]


@pytest.mark.parametrize("side", ["debit", "credit"])
def test_a_hold_whose_accounts_were_not_locked_is_run_again(side: str) -> None:
    state = held()
    setattr(state, side, 9)
    with pytest.raises(Rerun):
        decide([Release(fresh(), HELD)], holds=[state])
