"""The verbs on splits: split, close, cancel. A split settles when its last share is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public, uuid7
from sycee.products.wallet.people import memos
from sycee.products.wallet.people.requests import actions as requests
from sycee.products.wallet.people.requests import store as requestrows
from sycee.products.wallet.people.requests.actions import RequestState
from sycee.products.wallet.people.requests.model import PayRequest
from sycee.products.wallet.people.requests.model import State as Asked
from sycee.products.wallet.people.splits import model, store
from sycee.products.wallet.people.splits.model import NOUN, Bill, Split, State
from sycee.products.wallet.people.splits.settling import entry
from sycee.runtime.db import Tx


class Divide(msgspec.Struct, frozen=True):
    """Divide a bill: `parties` by place, None for a guest who gets a link, `by` for oneself."""

    by: UUID
    currency: str
    bill: Bill
    parties: tuple[UUID | None, ...]
    expires_at: datetime | None
    fingerprint: str | None


class Turn(msgspec.Struct, frozen=True):
    """Close or cancel a split."""

    by: UUID
    split: UUID


class SplitState(msgspec.Struct, frozen=True):
    """The answer of a write: the split, what its owner bears, and the request of each share."""

    id: str
    state: State
    total_minor: int
    own_minor: int
    currency: str
    requests: list[RequestState]


def divide(tx: Tx, command: Divide, *, sealed: bytes | None) -> SplitState:
    """Divide a bill and ask each other party for its part; a part of 0 is not asked for.

    Refuses `Invalid`, and as `requests.ask` does.
    """
    named = [party for party in command.parties if party is not None]
    if len(set(named)) < len(named):
        raise Invalid(field="parts", rule="must name each party once")
    parts = model.divide(command.bill)
    id_ = uuid7()
    rows = [
        requests.draft(
            tx,
            payee=command.by,
            payer=party,
            amount_minor=minor,
            currency=command.currency,
            expires_at=command.expires_at,
            memo=sealed is not None,
            split=id_,
        )
        for party, minor in zip(command.parties, parts, strict=True)
        if party != command.by and minor
    ]
    if not rows:
        raise Invalid(field="parts", rule="must leave something for someone else to pay")
    split = Split(
        id=id_,
        owner=command.by,
        total_minor=command.bill.total_minor,
        own_minor=command.bill.total_minor - sum(row.amount_minor or 0 for row in rows),
        currency=command.currency,
        rule=command.bill.rule,
        memo=sealed is not None,
        state=State.OPEN,
        created_at=tx.now,
        ended_at=None,
    )
    store.insert(tx, split)
    requests.make(tx, rows)
    memos.keep(tx, id_, command.by, None, sealed)
    for row in rows:
        memos.keep(tx, row.id, command.by, row.payer, sealed)
    append(tx, [entry(split, "split.made")])
    return _result(split, rows)


def close(tx: Tx, command: Turn) -> SplitState:
    """Ask for nothing more: open shares are cancelled. Refuses `NotFound`, `SplitNotOpen`."""
    return _end(tx, command, State.CLOSED)


def cancel(tx: Tx, command: Turn) -> SplitState:
    """Take a split back that nobody has paid to. Refuses also `SplitPartlyPaid`."""
    return _end(tx, command, State.CANCELLED)


def _end(tx: Tx, command: Turn, state: State) -> SplitState:
    shares = [row.id for row in requestrows.of_split(tx, command.split)]
    rows = list(requestrows.lock(tx, shares).values())
    split = store.lock(tx, [command.split]).get(command.split)
    if split is None or split.owner != command.by:
        raise NotFound(noun="split", id=public(NOUN, command.split))
    model.check_open(split)
    if state is State.CANCELLED and any(row.state is Asked.PAID for row in rows):
        raise model.SplitPartlyPaid(split=split.public)
    waiting = [row for row in rows if row.state is Asked.OPEN and row.expires_at > tx.now]
    for row in waiting:
        requests.finish(tx, row, Asked.CANCELLED, command.by)
    store.end(tx, [split.id], state)
    split = msgspec.structs.replace(split, state=state)
    append(tx, [entry(split, f"split.{state}")])
    return _result(split, requestrows.of_split(tx, split.id))


def _result(split: Split, rows: Sequence[PayRequest]) -> SplitState:
    return SplitState(
        id=split.public,
        state=split.state,
        total_minor=split.total_minor,
        own_minor=split.own_minor,
        currency=split.currency,
        requests=[requests.result(row) for row in rows],
    )
