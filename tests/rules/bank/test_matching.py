"""Which line belongs to what: a table over states, pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from sycee.products.wallet.bank import findings
from sycee.products.wallet.bank.camt import Part
from sycee.products.wallet.bank.findings import Fault, Kept
from sycee.products.wallet.bank.matching import decide
from sycee.products.wallet.bank.model import LineState, Payment, PaymentState, TopUp, Why

AT = datetime(2026, 3, 2, tzinfo=UTC)
ID, REF, ONE = UUID(int=7), "RF00ABCDEFGHJKLM", UUID(int=1)


def payment(state: str, *, booked: bool = False) -> Payment:
    at = AT if booked else None
    head = (ID, ONE, ONE, None, 100, "EUR", PaymentState(state), None, ONE)
    return Payment(*head, ONE, None, AT, AT, at, None)


def part(incoming: bool, minor: int = 100, *, ours: bool = True, ref: bool = False) -> Part:
    names = ((ID,) if ours else (), (REF,) if ref else ())
    return Part(incoming, minor, *names, None, None, None, None)


@pytest.mark.parametrize(
    ("said", "row", "expected"),
    [
        (part(False), payment("sent"), LineState.BOOKED),
        (part(False), payment("accepted"), LineState.BOOKED),
        (part(False), payment("returned"), LineState.BOOKED),
        (part(False), payment("returned", booked=True), Why.PAYMENT_DIFFERS),
        (part(False), payment("booked", booked=True), Why.PAYMENT_DIFFERS),
        (part(False), payment("rejected"), Why.PAYMENT_DIFFERS),
        (part(False), payment("queued"), Why.PAYMENT_DIFFERS),
        (part(False, 99), payment("sent"), Why.PAYMENT_DIFFERS),
        (part(False, ours=False), payment("sent"), Why.DEBIT_UNKNOWN),
        (part(True), payment("booked", booked=True), LineState.BANK_RETURN),
        (part(True, 99), payment("booked", booked=True), LineState.BANK_RETURN),
        (part(True), payment("sent"), LineState.BANK_RETURN),
        (part(True, 101), payment("booked", booked=True), Why.PAYMENT_DIFFERS),
        (part(True), payment("returned", booked=True), Why.PAYMENT_DIFFERS),
        (part(True), payment("rejected"), Why.PAYMENT_DIFFERS),
        (part(True), payment("queued"), Why.PAYMENT_DIFFERS),
        (part(True, ours=False), payment("sent"), Why.NO_REFERENCE),
    ],
)
def test_a_payments_lines(said: Part, row: Payment, expected: LineState | Why):
    decision = decide(said, {}, {ID: row})
    assert (decision.why or decision.state) == expected
    assert (decision.state is LineState.UNMATCHED) is (decision.why is not None)
    assert (decision.payment is None) is (decision.why is not None)


def test_a_line_that_names_several_is_of_the_first_that_is_known():
    names = Part(True, 100, (UUID(int=8), ID), ("RF18X", REF), None, None, None, None)
    back = payment("sent")
    assert decide(names, {}, {ID: back}).payment == back
    waiting = TopUp(REF, ONE, ONE, ONE, 100, "EUR", None, None, AT, None)
    assert decide(names, {REF: waiting}, {}).top_up == waiting


def test_a_top_ups_lines():
    waiting = TopUp(REF, ONE, ONE, ONE, 100, "EUR", None, None, AT, None)
    used = TopUp(REF, ONE, ONE, ONE, 100, "EUR", ONE, 100, AT, AT)
    said = part(True, 5, ours=False, ref=True)
    assert decide(said, {REF: waiting}, {}).top_up == waiting
    assert decide(said, {REF: waiting}, {}).state is LineState.TOP_UP
    assert decide(said, {REF: used}, {}).why is Why.REFERENCE_USED
    assert decide(said, {}, {}).why is Why.REFERENCE_UNKNOWN


def kept(opening: int, closing: int, net: int, shared: int = 0) -> Kept:
    day = date(2026, 3, 2)
    return Kept(ONE, ID, 0, day, day, opening, closing, net, shared)


def test_statements_follow_each_other_or_the_first_that_does_not_is_named():
    assert findings.examine([kept(0, 5, 5), kept(5, 5, 0), kept(2, 9, 7, 3)]) == []
    (gap,) = findings.examine([kept(0, 5, 5), kept(6, 8, 2), kept(8, 8, 0)])
    assert (gap.fault, gap.expected_minor, gap.found_minor) == (Fault.GAP, 5, 6)
    (sum_,) = findings.examine([kept(0, 6, 5), kept(6, 6, 0)])
    assert (sum_.fault, sum_.expected_minor, sum_.found_minor) == (Fault.UNBALANCED, 5, 6)
