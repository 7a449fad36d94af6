"""The rules as a pure function: deterministic, conserving, bounded, in order of precedence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.ledger.batches import A, B, C, decide, fresh

from sycee.core.ledger.decide import PIECE
from sycee.core.ledger.model import SUM_MAX, Hold, Item, Posted, Row, Sweep, Transfer
from sycee.core.ledger.refusals import PRECEDENCE
from sycee.core.ledger.survey import effects, references
from sycee.kit.money import MAX_MINOR

_ITEM = st.builds(
    lambda kind, debit, credit, amount, group: (
        Sweep(fresh(), debit, credit, amount, "test", group=group)
        if kind == "sweep"
        else Hold(fresh(), debit, amount, "test", group=group)
        if kind == "hold"
        else Transfer(fresh(), debit, credit, amount, "test", group=group)
    ),
    st.sampled_from(["sweep", "hold", "transfer", "transfer"]),
    st.sampled_from([A, B, C]),
    st.sampled_from([A, B, C]),
    st.integers(-1, 90),
    st.sampled_from([None, None, 1, 2]),
)


@given(st.lists(_ITEM, max_size=25))
def test_the_same_batch_on_the_same_state_gives_the_same_outcomes(items: list[Item]) -> None:
    one, two = decide(items), decide(items)
    assert one.outcomes == two.outcomes
    assert one.decision.rows == two.decision.rows


@given(st.lists(_ITEM, max_size=25))
def test_money_is_conserved_and_bounds_are_kept(items: list[Item]) -> None:
    run = decide(items)
    assert sum(a.debits for a in run.accounts.values()) + 150 == (
        sum(a.credits for a in run.accounts.values())
    )
    for id in (1, 2):
        account = run.accounts[id]
        assert account.balance() - account.debits_pending >= 0
    assert run.accounts[2].balance() <= 120
    assert len(run.outcomes) == len(items)
    assert len(run.decision.rows) == sum(isinstance(x, Posted) for x in run.outcomes)


@given(st.lists(_ITEM, max_size=25))
def test_rows_carry_the_running_balances(items: list[Item]) -> None:
    run = decide(items)
    balance = {1: 100, 2: 50, 3: 0}
    for row in map(Row._make, run.decision.rows):
        if row.credit_after is not None and row.credit is not None:
            balance[row.debit] -= row.amount_minor
            balance[row.credit] += row.amount_minor
            assert balance[row.credit] == row.credit_after
        assert balance[row.debit] == row.debit_after


def _named(item: Item, **changes: Any) -> str:
    outcome = decide([item], **changes).outcomes[0]
    assert not isinstance(outcome, Posted)
    return outcome.code


@pytest.mark.parametrize(
    ("code", "item", "changes"),
    [
        ("id-not-accepted", Transfer(UUID(int=5), A, A, 0, "nope"), {}),
        ("amount-not-allowed", Transfer(fresh(), A, A, 0, "nope"), {}),
        ("code-unknown", Transfer(fresh(), A, A, 1, "nope"), {}),
        ("account-not-found", Transfer(fresh(), UUID(int=9), A, 1, "test"), {"closed": True}),
        ("same-account", Transfer(fresh(), A, A, 1, "test"), {"closed": True}),
        ("currency-mismatch", Transfer(fresh(), A, B, 1, "test"), {"currency": "USD"}),
        ("account-closed", Transfer(fresh(), A, B, 1, "test"), {"closed": True, "frozen": True}),
        ("account-frozen", Transfer(fresh(), A, B, 999, "test"), {"frozen": True}),
        ("floor-reached", Transfer(fresh(), A, B, 101, "test"), {}),
        ("ceiling-reached", Transfer(fresh(), A, B, 71, "test"), {}),
        ("sum-too-large", Transfer(fresh(), A, C, 5, "test"), {"debits_pending": SUM_MAX - 4}),
    ],
)
def test_of_two_reasons_the_earlier_is_given(code: str, item: Item, changes: Any) -> None:
    if code == "currency-mismatch":
        changes = {**changes, "closed": True}
    if code == "sum-too-large":
        changes = {**changes, "floor": None}
    assert _named(item, **changes) == code
    assert code in [refusal.code for refusal in PRECEDENCE]


def test_a_batch_that_could_overflow_contributes_nothing_beforehand() -> None:
    items: list[Item] = [Transfer(fresh(), A, B, MAX_MINOR, "test") for _ in range(1_024)]
    found = effects(items, {}, {})
    assert (found.exact, dict(found.debits), found.accounts()) == (False, {}, {1, 2})
    few = effects(items[:511], {}, {})
    assert (few.exact, dict(few.credits)) == (True, {2: 511 * MAX_MINOR})


def test_a_batch_longer_than_a_piece_is_decided_in_one_order() -> None:
    items: list[Item] = [Transfer(fresh(), C, A, 1, "test") for _ in range(PIECE + 5)]
    run = decide(items)
    after = [x.credit_balance_after for x in run.outcomes if isinstance(x, Posted)]
    assert after == list(range(101, 101 + PIECE + 5))
    assert references(items) == (set(), set())
