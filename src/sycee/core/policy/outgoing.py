"""What has left the house and cannot be called back: an order lists it.

A dispatcher marks it in the transaction that marks its own rows as sent, after `gates.hold_open`
and so under the gate; it strikes the mark when the other side has answered for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.policy import store
from sycee.core.policy.model import Request
from sycee.runtime.db import Tx


class Sent(msgspec.Struct, frozen=True):
    """Something on its way outside: `subject` is the id of its product's row."""

    subject: UUID
    product: str
    operation: str
    jurisdiction: str
    party: UUID | None
    amount_minor: int
    currency: str
    sent_at: datetime


def mark(tx: Tx, sent: Sequence[tuple[UUID, Request]]) -> None:
    """Note subjects as sent at `tx.now`."""
    store.insert_sent(
        tx,
        [
            (
                subject,
                ask.product,
                str(ask.operation),
                ask.jurisdiction,
                ask.party,
                ask.amount_minor,
                ask.currency,
                tx.now,
            )
            for subject, ask in sent
        ],
    )


def answered(tx: Tx, subjects: Sequence[UUID]) -> None:
    """Strike marks; a subject without one changes nothing."""
    if subjects:
        store.delete_sent(tx, subjects)


def standing(tx: Tx, limit: int) -> list[Sent]:
    """What is on its way, oldest first."""
    return [Sent(*row) for row in store.read_sent(tx, limit)]
