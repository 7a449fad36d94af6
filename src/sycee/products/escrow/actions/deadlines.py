"""What happens when a deadline has come: the same steps, taken by nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sycee.core.policy.model import Operation
from sycee.products.escrow.actions.commands import Due, TradeResult
from sycee.products.escrow.actions.desk import result, step
from sycee.products.escrow.model import payment, refunds, shipment
from sycee.products.escrow.model.trade import TIMER, Actor, Decision, Trade
from sycee.runtime.db import Tx

Verb = Callable[[Trade, Actor, datetime], Decision]


def _due(tx: Tx, command: Due, verb: Verb, operation: Operation | None = None) -> TradeResult:
    decision = step(
        tx, command.trade, TIMER, lambda trade: verb(trade, TIMER, tx.now), operation=operation
    )
    return result(decision)


def lapse(tx: Tx, command: Due) -> TradeResult:
    """Nobody paid in time: close."""
    return _due(tx, command, payment.lapse)


def give_up(tx: Tx, command: Due) -> TradeResult:
    """Not shipped in time: the money for it goes back."""
    return _due(tx, command, shipment.give_up, Operation.REFUND)


def auto_confirm(tx: Tx, command: Due) -> TradeResult:
    """Not confirmed in time: silence accepts."""
    return _due(tx, command, shipment.auto_confirm, Operation.CREDIT)


def expire_refund(tx: Tx, command: Due) -> TradeResult:
    """No word on a refund in time."""
    return _due(tx, command, refunds.expire, Operation.REFUND)


def postpone_refund(tx: Tx, command: Due) -> TradeResult:
    """No word on a refund in time, and nothing to pay it from: try again later."""
    return _due(tx, command, refunds.postpone)
