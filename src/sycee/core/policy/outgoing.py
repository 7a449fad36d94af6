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
from sycee.core.policy.model import Initiator, Operation, Request
from sycee.runtime.db import Tx


class Sent(msgspec.Struct, frozen=True):
    """Something on its way outside: `subject` is the id of its product's row.

    From `tier` on it is what an order may be narrowed to; without a `channel` nothing of that is
    known, as an earlier version sent it.
    """

    subject: UUID
    product: str
    operation: str
    jurisdiction: str
    party: UUID | None
    amount_minor: int
    currency: str
    sent_at: datetime
    tier: str | None = None
    code: str | None = None
    channel: str | None = None
    initiator: str | None = None
    accounts: Sequence[UUID] | None = None

    def asked(self) -> Request:
        """What was asked of policy as it was sent."""
        return Request(
            product=self.product,
            operation=Operation(self.operation),
            party=self.party,
            jurisdiction=self.jurisdiction,
            amount_minor=self.amount_minor,
            currency=self.currency,
            tier=self.tier,
            code=self.code,
            channel=self.channel or "",
            initiator=Initiator(self.initiator or Initiator.CUSTOMER),
            accounts=tuple(self.accounts or ()),
        )


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
                ask.tier,
                ask.code,
                ask.channel,
                str(ask.initiator),
                list(ask.accounts),
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
