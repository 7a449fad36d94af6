"""Deadlines: each sweep reads due ids unlocked and takes the step, which checks under its lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sycee.products.escrow import actions
from sycee.products.escrow.actions import Due
from sycee.products.escrow.model.refusals import SellerLacksFunds
from sycee.products.escrow.store import records, trades
from sycee.runtime.db import Database, Tx
from sycee.runtime.jobs import Jobs
from sycee.runtime.perform import HOUSE, Call, perform_one

Verb = Callable[[Tx, Due], Any]


def register(jobs: Jobs) -> None:
    """Add escrow's sweeps to the worker's registry."""
    lapse, give_up = act("escrow.lapse", actions.lapse), act("escrow.give-up", actions.give_up)
    confirm = act("escrow.auto-confirm", actions.auto_confirm)
    jobs.deadlines("escrow.lapse", trades.due_unpaid, lapse)
    jobs.deadlines("escrow.give-up", trades.due_unshipped, give_up)
    jobs.deadlines("escrow.auto-confirm", trades.due_unconfirmed, confirm)
    jobs.deadlines("escrow.expire-refund", records.due_refunds, expire)


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
