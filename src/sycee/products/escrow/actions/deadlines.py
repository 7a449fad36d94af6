"""What happens when a deadline has come: the same steps, taken by nobody."""

from __future__ import annotations

from sycee.core.policy.model import Operation
from sycee.products.escrow.actions.commands import Due, TradeResult
from sycee.products.escrow.actions.steps import take
from sycee.products.escrow.model import payment, refunds, shipment
from sycee.products.escrow.model.trade import TIMER
from sycee.runtime.db import Tx


def lapse(tx: Tx, command: Due) -> TradeResult:
    """Nobody paid in time: close."""
    return take(tx, command.trade, TIMER, payment.lapse)


def give_up(tx: Tx, command: Due) -> TradeResult:
    """Not shipped in time: the money for it goes back."""
    return take(tx, command.trade, TIMER, shipment.give_up, Operation.REFUND)


def auto_confirm(tx: Tx, command: Due) -> TradeResult:
    """Not confirmed in time: silence accepts."""
    return take(tx, command.trade, TIMER, shipment.auto_confirm, Operation.CREDIT)


def expire_refund(tx: Tx, command: Due) -> TradeResult:
    """No word on a refund in time."""
    return take(tx, command.trade, TIMER, refunds.expire, Operation.REFUND)


def postpone_refund(tx: Tx, command: Due) -> TradeResult:
    """No word on a refund in time, and nothing to pay it from: try again later."""
    return take(tx, command.trade, TIMER, refunds.postpone)
