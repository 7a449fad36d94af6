"""A transfer on values: what is refused unasked, and whose affair a refusal is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    FloorReached,
    LedgerRefusal,
)
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import public
from sycee.products.wallet.model import (
    InsufficientFunds,
    PayCode,
    PayeeCannotReceive,
    Row,
    Transfer,
    TransferToSelf,
    as_paid,
    check,
    grade_kept,
    tip_id,
    translate,
)

ADA, BEN, CARD = (UUID(int=n) for n in (7, 8, 9))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAY = Transfer(ADA, BEN, 100, "CNY")


def pay(**changes: Any) -> Transfer:
    return msgspec.structs.replace(PAY, **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 2**53 + 1}, "amount_minor"),
        ({"currency": "XXX"}, "currency"),
        ({"tip_minor": -1}, "tip_minor"),
        ({"tip_minor": 100}, "tip_minor"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(changes: dict[str, Any], field: str) -> None:
    refusal = check(pay(**changes))
    assert isinstance(refusal, Invalid)
    assert refusal.field == field


def test_anyone_else_may_be_paid_with_a_tip_that_is_less_than_all() -> None:
    assert [check(pay(tip_minor=tip)) for tip in (0, 1, 99)] == [None] * 3
    assert check(pay(payee=ADA)) == TransferToSelf(public("par", ADA))
    refusal = check(pay(payee=ADA, tip_minor=100))
    assert isinstance(refusal, Invalid)


GRADES: list[tuple[str | None, dict[str, Any]]] = [
    (None, {}),
    ("plain", {"touchless": True}),
    ("static", {"unproven": True}),
    ("static-touchless", {"unproven": True, "touchless": True}),
    ("computed", {"pay_code": PayCode.COMPUTED}),
    ("issued", {"pay_code": PayCode.ISSUED}),
]


@pytest.mark.parametrize(("grade", "changes"), GRADES)
def test_how_a_payment_was_approved_is_kept_and_read_again(
    grade: str | None, changes: dict[str, Any]
) -> None:
    assert grade_kept(pay(**changes)) == grade
    row = Row(CARD, ADA, BEN, 100, "CNY", None, NOW, grade=grade, origin=CARD)
    assert as_paid(row, 40) == pay(amount_minor=40, origin=CARD, **changes)


def test_a_code_anyone_may_have_swapped_counts_before_all_else() -> None:
    assert grade_kept(pay(unproven=True, pay_code=PayCode.ISSUED)) == "static"
    assert grade_kept(pay(touchless=True, pay_code=PayCode.COMPUTED)) == "computed"


def test_a_tip_is_posted_by_itself_and_part_of_the_amount() -> None:
    assert [tip_id(UUID(int=n)).int for n in (2, 3, 8)] == [3, 2, 9]
    assert Row(CARD, ADA, BEN, 100, "CNY", None, NOW, tip_minor=15).price_minor == 85


PAYER, PAYEE = UUID(int=70), UUID(int=80)


@pytest.mark.parametrize(
    ("ledgers", "payers"),
    [
        (FloorReached(str(PAYER), 30, 0), InsufficientFunds(30)),
        (FloorReached(str(PAYER), -5, 0), InsufficientFunds(0)),
        (AccountClosed(str(PAYER)), AccountClosed(public("acc", PAYER))),
        (AccountFrozen(str(PAYER)), AccountFrozen(public("acc", PAYER))),
        (AccountClosed(str(PAYEE)), PayeeCannotReceive(public("par", BEN))),
        (AccountFrozen(str(PAYEE)), PayeeCannotReceive(public("par", BEN))),
        (CeilingReached(str(PAYEE), 5, 9), PayeeCannotReceive(public("par", BEN))),
        (NotFound("trade", "x"), NotFound("trade", "x")),
    ],
    ids=str,
)
def test_a_payer_learns_of_its_own_account_alone(ledgers: Refusal, payers: Refusal) -> None:
    assert translate(ledgers, PAY, PAYER) == payers
    assert not isinstance(payers, LedgerRefusal) or str(PAYEE) not in str(payers)
