"""Where an order is, from the steps it took and the time. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sycee.oversight.regulator.orders.store import Order


class State(StrEnum):
    """Proposed waits for a second person; dated is issued and not yet in force."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    DATED = "dated"
    IN_FORCE = "in-force"
    ENDED = "ended"


def state_of(order: Order, now: datetime) -> State:
    """The state at a moment; an end that is dated leaves the order in force until then."""
    if order.declined_at is not None:
        return State.DECLINED
    if order.issued_at is None or order.effective_at is None:
        return State.PROPOSED
    if order.ends_at is not None and order.ends_at <= now:
        return State.ENDED
    return State.IN_FORCE if order.effective_at <= now else State.DATED
