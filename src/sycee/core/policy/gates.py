"""Shutting and reopening operations: the low-level writers under the regulator's orders.

Both take the operation's advisory lock exclusively: they wait until every posting that asked before
has ended, and whoever asks after their commit sees the change. A dated gate counts from its time on
even if nobody has activated it; the sweep then activates it under the exclusive lock, which drains
what is still in flight. A lift is dated too, and never edits what the gate was. The office that
writes an order also writes its journal row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from psycopg import Connection

from sycee.core.policy import store
from sycee.core.policy.model import (
    ANY,
    PRODUCTS,
    Gate,
    InFlight,
    Initiator,
    Operation,
    Request,
)
from sycee.kit.errors import NotFound
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Tx


class Stop(msgspec.Struct, frozen=True):
    """What to shut: an operation of a product, in a jurisdiction (`*` = everywhere).

    `exempt` lists transfer codes that go on (interest, cashback), `order_id` the order that says
    so, `effective_at` when it begins (None = now). `*` stands for every product or operation; the
    rest narrows the stop as in `Gate`.
    """

    product: str
    operation: Operation | Literal["*"]
    jurisdiction: str = ANY
    exempt: tuple[str, ...] = ()
    order_id: UUID | None = None
    effective_at: datetime | None = None
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    initiator: Initiator | None = None
    accounts: tuple[UUID, ...] = ()
    in_flight: InFlight = InFlight.HOLD
    deadline: datetime | None = None


def shut(tx: Tx, stops: Sequence[Stop]) -> list[Gate]:
    """Shut operations now or at a date; once this commits, nothing more is posted through them."""
    store.lock_exclusive(tx, _keys(stops))
    gates: list[Gate] = []
    for stop in stops:
        gate = gate_of(stop, tx.now)
        store.insert_gate(tx, gate)
        gates.append(gate)
    return gates


def gate_of(stop: Stop, now: datetime) -> Gate:
    """The gate that a stop is."""
    effective_at = stop.effective_at or now
    return Gate(
        id=uuid7(),
        product=stop.product,
        operation=str(stop.operation),
        jurisdiction=stop.jurisdiction,
        exempt=stop.exempt,
        order_id=stop.order_id,
        effective_at=effective_at,
        activated_at=now if effective_at <= now else None,
        lift_at=None,
        channels=stop.channels,
        tiers=stop.tiers,
        initiator=stop.initiator,
        accounts=stop.accounts,
        in_flight=stop.in_flight,
        deadline=stop.deadline,
    )


def lock_all(tx: Tx) -> None:
    """Take the lock of every gate and of the limits exclusively: all postings have then ended.

    In one statement and in their order, so that nobody who takes some of them can be met crosswise.
    """
    pairs = [(product, str(operation)) for product in PRODUCTS for operation in Operation]
    keys = [store.lock_key(*pair) for pair in pairs]
    store.lock_exclusive(tx, sorted([*keys, store.lock_key(store.LIMITS)]))


def end_blockers(conn: Connection[tuple[Any, ...]], pid: int) -> int:
    """End the sessions whose gate's lock, held shared, keeps `pid` waiting; how many there were."""
    return store.end_blockers(conn, pid)


def reopen(tx: Tx, gates: Sequence[UUID], at: datetime | None = None) -> list[Gate]:
    """Lift gates now or at a date. A gate already lifted stays as it was.

    An operation is open again when none of its gates stands. Raises `NotFound` for an unknown gate.
    """
    return relift(tx, gates, at or tx.now)


def relift(tx: Tx, gates: Sequence[UUID], at: datetime | None) -> list[Gate]:
    """`reopen` at a date, or never: a lift that was dated and has not come yet is taken back."""
    found = {gate.id: gate for gate in store.to_gates(store.read_gates(tx, gates))}
    for gate in gates:
        if gate not in found:
            raise NotFound(noun="gate", id=public("gat", gate))
    store.lock_exclusive(tx, _keys(list(found.values())))
    for gate in sorted(found):
        store.lift_gate(tx, gate, None if at is None else max(at, tx.now))
    return store.to_gates(store.read_gates(tx, gates))


def activate(tx: Tx, gate: UUID) -> None:
    """Mark a due gate active under its exclusive lock; again, or too early, changes nothing."""
    found = store.to_gates(store.read_gates(tx, [gate]))
    if found and found[0].effective_at <= tx.now:
        store.lock_exclusive(tx, _keys(found))
        store.activate_gate(tx, gate)


def due(tx: Tx, limit: int) -> list[UUID]:
    """Ids of gates whose time has come, for the sweep that activates them."""
    return store.due_gates(tx, limit)


def standing(tx: Tx) -> list[Gate]:
    """Every gate that is shut now or will be, for showing; without a lock."""
    return store.to_gates(store.unlifted_gates(tx))


def hold_open(tx: Tx, requests: Sequence[Request]) -> list[Gate | None]:
    """For a dispatcher about to mark `sent`: the gate that stops each request, or None.

    Takes the shared locks like `check`, but counts no limit: the money was counted when it was
    promised. Of several gates the one that lets it wait stands before one that has it undone.
    """
    if not requests:
        return []
    store.lock_shared(tx, _keys(requests))
    products = sorted({request.product for request in requests})
    operations = sorted({str(request.operation) for request in requests})
    shut_now = store.to_gates(store.standing_gates(tx, products, operations))
    shut_now.sort(key=lambda gate: gate.in_flight is InFlight.REVERSE)
    return [
        next((gate for gate in shut_now if gate.stops(request, tx.now)), None)
        for request in requests
    ]


def _keys(items: Sequence[Stop] | Sequence[Gate] | Sequence[Request]) -> list[int]:
    """The locks of these, sorted: `*` is every product or operation that there is."""
    return sorted(
        {
            store.lock_key(product, operation)
            for item in items
            for product in (PRODUCTS if item.product == ANY else (item.product,))
            for operation in (Operation if item.operation == ANY else (str(item.operation),))
        }
    )
