"""Deadlines: each sweep reads due ids unlocked and takes the step, which checks under its lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sycee.products.escrow import actions
from sycee.products.escrow.actions import Due
from sycee.products.escrow.model.refusals import SellerLacksFunds
from sycee.products.escrow.store import records, trades
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.perform import Call, perform_one

HOUSE = UUID(int=0)
"""The owner of a call without a key."""

Verb = Callable[[Tx, Due], Any]


def register(jobs: Jobs) -> None:
    """Add escrow's sweeps to the worker's registry."""
    jobs.sweep("escrow.lapse", unpaid, act("escrow.lapse", actions.lapse))
    jobs.sweep("escrow.give-up", unshipped, act("escrow.give-up", actions.give_up))
    jobs.sweep("escrow.auto-confirm", unconfirmed, act("escrow.auto-confirm", actions.auto_confirm))
    jobs.sweep("escrow.expire-refund", unanswered, expire)


def act(name: str, verb: Verb) -> Callable[[Database, UUID], None]:
    """A sweep's step on one trade; raises the verb's refusal."""

    def one(database: Database, trade: UUID) -> None:
        perform_one(database, Call(HOUSE, None, name, Due(trade)), verb).unwrap()

    return one


def expire(database: Database, trade: UUID) -> None:
    """End a refund by silence; if the seller cannot pay it now, try again later."""
    try:
        act("escrow.expire-refund", actions.expire_refund)(database, trade)
    except SellerLacksFunds:
        act("escrow.postpone-refund", actions.postpone_refund)(database, trade)


def unpaid(tx: Tx, limit: int) -> Sequence[UUID]:
    """Trades whose time to be paid is over."""
    return trades.due_unpaid(tx, tx.now, limit)


def unshipped(tx: Tx, limit: int) -> Sequence[UUID]:
    """Trades whose time to ship is over."""
    return trades.due_unshipped(tx, tx.now, limit)


def unconfirmed(tx: Tx, limit: int) -> Sequence[UUID]:
    """Trades whose time to confirm is over."""
    return trades.due_unconfirmed(tx, tx.now, limit)


def unanswered(tx: Tx, limit: int) -> Sequence[UUID]:
    """Trades whose refund waits for an overdue word."""
    return records.due_refunds(tx, tx.now, limit)
