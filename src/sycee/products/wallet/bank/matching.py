"""To what a bank line belongs: a top-up, a payment, or the queue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from sycee.products.wallet.bank.camt import Part
from sycee.products.wallet.bank.model import LineState, Payment, PaymentState, TopUp, Why

_UNDER_WAY = frozenset({PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.BOOKED})
_UNBOOKED = frozenset({PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.RETURNED})


class Decision(msgspec.Struct, frozen=True):
    """What a line is, with the top-up or payment it belongs to, or why it goes to the queue."""

    state: LineState
    top_up: TopUp | None = None
    payment: Payment | None = None
    why: Why | None = None


def queue(why: Why) -> Decision:
    """Into the queue."""
    return Decision(LineState.UNMATCHED, why=why)


def decide(part: Part, top_ups: Mapping[str, TopUp], payments: Mapping[UUID, Payment]) -> Decision:
    """What a part is, given the top-ups and payments that it names."""
    payment = next((payments[id_] for id_ in part.payments if id_ in payments), None)
    if not part.incoming:
        return _outgoing(part, payment)
    if payment is not None:
        return _returned(part, payment)
    top_up = next((top_ups[ref] for ref in part.references if ref in top_ups), None)
    if top_up is None:
        return queue(Why.REFERENCE_UNKNOWN if part.references else Why.NO_REFERENCE)
    if top_up.line is not None:
        return queue(Why.REFERENCE_USED)
    return Decision(LineState.TOP_UP, top_up=top_up)


def bookable(payment: Payment) -> bool:
    """Whether the bank has still to book a payment: it has the order, and did not refuse it."""
    return payment.state in _UNBOOKED and payment.booked_at is None


def _outgoing(part: Part, payment: Payment | None) -> Decision:
    if payment is None:
        return queue(Why.DEBIT_UNKNOWN)
    if not bookable(payment) or part.amount_minor != payment.amount_minor:
        return queue(Why.PAYMENT_DIFFERS)
    return Decision(LineState.BOOKED, payment=payment)


def _returned(part: Part, payment: Payment) -> Decision:
    """A payment comes back, once. The banks on the way may have kept a charge, never added."""
    if payment.state not in _UNDER_WAY or part.amount_minor > payment.amount_minor:
        return queue(Why.PAYMENT_DIFFERS)
    return Decision(LineState.BANK_RETURN, payment=payment)
