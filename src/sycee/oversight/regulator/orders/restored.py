"""After a restore the gates may be older than the world: closed, until orders are read again.

Beside the database, in the home folder, stands `orders.json`: every order with its steps, the head
that they lead to, and which database (cluster and timeline) had it. A database that lacks a step of
the file, or that is another one, was restored or moved: everything is shut by a gate of its own
until `reopen` has taken over what was missing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from sycee.core.policy import gates
from sycee.core.policy.gates import Stop
from sycee.core.policy.limits import end, load
from sycee.core.policy.model import ANY
from sycee.kit.errors import Invalid
from sycee.oversight.regulator.orders import issuing, store
from sycee.oversight.regulator.orders.document import parsed
from sycee.oversight.regulator.orders.meaning import limits, pack, stops
from sycee.oversight.regulator.orders.store import Directive, Key
from sycee.runtime import file
from sycee.runtime.db import Database, Tx

FILE = "orders.json"
CLOSED = UUID(int=0x5C7E << 112)
"""In the place of an order's id: the gate that shuts a restored house."""

TIMEOUT_MS = 30_000


class KeptStep(msgspec.Struct, frozen=True):
    """A step of an order."""

    order: UUID
    kind: str
    at: datetime
    by_party: UUID | None
    key: UUID | None
    signature: bytes | None
    effective_at: datetime | None
    by_order: UUID | None


class Record(msgspec.Struct, frozen=True):
    """What stands in the file; a member that keys or orders get later needs a default."""

    system: str
    timeline: int
    steps: int
    head: str
    keys: list[Key]
    orders: list[Directive]
    taken: list[KeptStep]


def record(tx: Tx) -> Record:
    """All orders of a database."""
    system, timeline = store.placed(tx)
    steps, head = store.head(tx)
    return Record(
        system=system,
        timeline=timeline,
        steps=steps,
        head=base64.b64encode(head).decode(),
        keys=store.keys(tx),
        orders=[
            msgspec.convert(row, Directive, from_attributes=True)
            for row in sorted(store.orders(tx), key=lambda row: row.id)
        ],
        taken=[KeptStep(*row) for row in store.steps(tx)],
    )


def write(database: Database, home: Path) -> Record:
    """Bring the file up to date, whole or not at all."""
    with database.read() as tx:
        made = record(tx)
    file.put(home.joinpath(FILE), msgspec.json.format(msgspec.json.encode(made), indent=1))
    return made


def kept(home: Path) -> Record | None:
    """The file in a home folder, or None if there is none. Raises `Invalid`."""
    path = home.joinpath(FILE)
    return read(path) if path.exists() else None


class Reader:
    """Looks again and again how far the file goes, and reads it only when it is another one."""

    def __init__(self, home: Path) -> None:
        self._path = home.joinpath(FILE)
        self._seen: tuple[int, int, int] | None = None
        self._stands: tuple[int, str] | None = None

    def stands(self) -> tuple[int, str] | None:
        """The steps and the head that it leads to; None without a file. Raises `Invalid`."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        name = (found.st_ino, found.st_mtime_ns, found.st_size)
        if name != self._seen:
            record = read(self._path)
            self._seen, self._stands = name, (record.steps, record.head)
        return self._stands


def read(path: Path) -> Record:
    """A file of orders from elsewhere. Raises `Invalid` for one that is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.DecodeError as error:
        raise Invalid(field="file", rule=f"is no file of orders: {error}") from None


def guard(database: Database, home: Path) -> bool:
    """Close a house that was restored; whether it is closed. For a start, before any door opens."""
    before = kept(home)
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        store.lock_head(tx)
        system, timeline = store.placed(tx)
        steps, head = store.head(tx)
        if before is None:
            strange = steps > 0
        else:
            same = (before.system, before.timeline) == (system, timeline)
            strange = not same or before.steps > steps or not _continues(before, steps, head)
        if strange and not closed(tx):
            gates.lock_all(tx)
            gates.shut(tx, [Stop(ANY, ANY, order_id=CLOSED)])
        shut = closed(tx)
    if not shut:
        write(database, home)
    return shut


def _continues(before: Record, steps: int, head: bytes) -> bool:
    """With as many steps the heads agree; a database that is ahead was not set back."""
    return steps > before.steps or base64.b64encode(head).decode() == before.head


def closed(tx: Tx) -> bool:
    """Whether everything is shut because this database was restored."""
    return any(
        gate.order_id == CLOSED and (gate.lift_at is None or gate.lift_at > tx.now)
        for gate in gates.standing(tx)
    )


def reopen(database: Database, home: Path, record: Record | None) -> int:
    """Take over the orders that a restored database lacks, and open it; how many there were."""
    with database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        store.lock_head(tx)
        gates.lock_all(tx)
        added = 0 if record is None else _take_over(tx, record)
        mine = [gate.id for gate in gates.standing(tx) if gate.order_id == CLOSED]
        gates.reopen(tx, mine)
        issuing.note_reopened(tx, added)
    write(database, home)
    return added


def _take_over(tx: Tx, record: Record) -> int:
    have = {order.id for order in store.orders(tx)}
    taken = {(row[0], row[1]): row[6:8] for row in store.steps(tx)}
    steps, _ = store.head(tx)
    newer = record.steps > steps
    known = {key.id for key in store.keys(tx)}
    for key in record.keys:
        if key.id not in known:
            store.insert_key(tx, key)
        if key.revoked_at is not None:
            store.revoke_key(tx, key.party, key.id)
    missing = [one for one in record.orders if one.id not in have]
    for one in missing:
        store.insert_order(tx, one)
    fresh = [
        step
        for step in record.taken
        if (step.order, step.kind) not in taken or (newer and _says_else(step, taken))
    ]
    for step in fresh:
        if step.kind == "ended":
            store.save_end(tx, step.order, step.effective_at, step.by_order)
            continue
        store.insert_step(
            tx,
            step.order,
            step.kind,
            by_party=step.by_party,
            key=step.key,
            signature=step.signature,
            effective_at=step.effective_at,
        )
    _put_into_force(tx, fresh)
    if newer:
        store.save_head(tx, record.steps, base64.b64decode(record.head))
    return len(missing)


def _says_else(step: KeptStep, taken: dict[tuple[UUID, str], tuple[object, ...]]) -> bool:
    """Whether a step is another word on an order's end than the one that was taken."""
    said = (step.effective_at, step.by_order)
    return step.kind == "ended" and taken[step.order, step.kind] != said


def _put_into_force(tx: Tx, fresh: Sequence[KeptStep]) -> None:
    """Shut and lift what the missing steps shut and lifted, at their own times."""
    for step in sorted(fresh, key=lambda step: (step.kind != "issued", step.at)):
        (order,) = store.orders(tx, [step.order])
        document = parsed(order.document)
        at = step.effective_at
        if step.kind == "issued" and at is not None:
            gates.shut(tx, stops(document, at))
            if document.limit is not None:
                load(tx, limits(document, at))
        elif step.kind == "ended":
            mine = [gate.id for gate in gates.standing(tx) if gate.order_id == step.order]
            gates.relift(tx, mine, at)
            if document.limit is not None:
                end(tx, pack(document), at)
