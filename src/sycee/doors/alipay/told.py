"""What a shop was told of its orders, as the shop sees it, and telling it again.

A notice that the shop never answered `success` is given up after eight attempts; a shop that was
away, or lost what it was told, has notices sent again from the bottom of the ladder. Each keeps its
`notify_id`, by which the shop knows it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.webhooks.model import DeliveryState
from sycee.doors.alipay import notices, rows, store
from sycee.doors.alipay.model import Notice
from sycee.kit.clock import EPOCH
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.runtime.db import Tx

NOTICE = "aln"
REPLAY_MOST = 500


class AlipayNotice(msgspec.Struct, frozen=True):
    """A change of an order, sent to its `notify_url`, and how the last attempt went.

    `notify_id` and `trade_status` are what the shop is sent, `refunded_minor` what had been given
    back by then, null unless it tells of a refund. `last_answer` is the shop's status, or what went
    wrong; a status of 200 with another text than `success` is no yes.
    """

    id: str
    notify_id: str
    out_trade_no: str
    trade_status: str
    refunded_minor: int | None
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    tried_at: datetime | None
    last_answer: str | None
    event_at: datetime
    accepted_at: datetime | None


class Replay(msgspec.Struct, frozen=True):
    """The command: send again these notices, or, when there are none, all dead ones since then."""

    party: UUID
    app_id: str
    notices: tuple[UUID, ...] = ()
    since: datetime | None = None


class AlipayReplayed(msgspec.Struct, frozen=True):
    """Ids of the notices that wait again; at most 500 at a time."""

    notices: tuple[str, ...]


def of_app(
    tx: Tx,
    party: UUID,
    app_id: str,
    state: DeliveryState | None,
    out_trade_no: str | None,
    before: UUID | None,
    limit: int,
) -> list[Notice]:
    """Notices of a shop's own app, or of one order of it, newest first; raises `NotFound`."""
    _own(tx, party, app_id)
    if out_trade_no is not None:
        return rows.of_order(tx, app_id, out_trade_no, state, before, limit)
    return rows.of_app(tx, app_id, state, before, limit)


def replay(tx: Tx, command: Replay) -> AlipayReplayed:
    """Send notices again that do not wait already; refuses `NotFound` for another's app."""
    _own(tx, command.party, command.app_id)
    wanted = list(command.notices)[:REPLAY_MOST]
    if not wanted:
        wanted = rows.dead_since(tx, command.app_id, command.since or EPOCH, REPLAY_MOST)
    revived = sorted(rows.revive(tx, command.app_id, wanted))
    for notice in revived:
        notices.defer(tx, notice, command.app_id)
    return AlipayReplayed(tuple(public(NOTICE, notice) for notice in revived))


def view(one: Notice) -> AlipayNotice:
    """What its shop sees of a notice."""
    next_at = None
    if one.state == DeliveryState.WAITING and one.tried_at is not None and one.attempts:
        next_at = one.tried_at + notices.ladder(one.attempts)
    return AlipayNotice(
        id=public(NOTICE, one.id),
        notify_id=one.id.hex,
        out_trade_no=one.out_trade_no,
        trade_status=one.trade_status,
        refunded_minor=None if one.refund is None else int(one.refund["amount_minor"]),
        state=DeliveryState(one.state),
        attempts=one.attempts,
        next_at=next_at,
        tried_at=one.tried_at,
        last_answer=one.last_answer,
        event_at=one.event_at,
        accepted_at=one.accepted_at,
    )


def _own(tx: Tx, party: UUID, app_id: str) -> None:
    if not store.owns_app(tx, app_id, party):
        raise NotFound(noun="alipay-app", id=app_id)
