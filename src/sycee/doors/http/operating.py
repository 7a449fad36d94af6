"""Routes for whoever runs the house: what waits, what died, what the doctor said last."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.policy import gates
from sycee.core.policy.model import ANY, PRODUCTS, Gate, Operation
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.oversight.transparency import reading as transparency
from sycee.oversight.transparency.reading import Unsealed
from sycee.runtime import backlog, jobs, verdicts
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write
from sycee.runtime.verdicts import Verdict


class QueueView(msgspec.Struct, frozen=True):
    """The jobs of one kind. `failing` were tried before; `dead` were given up."""

    kind: str
    waiting: int
    due: int
    oldest_due_seconds: float
    failing: int
    dead: int


class PulseView(msgspec.Struct, frozen=True):
    """What waits now, and the doctor's last word (None where it was never asked).

    `sweep_lag_seconds` is how long ago a worker last looked through all deadlines (None: never).
    """

    at: datetime
    jobs: list[QueueView]
    sweep_lag_seconds: float | None
    unsealed: Unsealed
    verdict: Verdict | None


class DeadLetterView(msgspec.Struct, frozen=True):
    """A job that ran out of attempts; `last_error` is the name of an exception."""

    id: str
    kind: str
    attempts: int
    last_error: str | None
    created_at: datetime
    died_at: datetime


class Requeue(msgspec.Struct, frozen=True):
    """Try a dead letter again, by the word of a party."""

    job: UUID
    by: UUID


class Requeued(msgspec.Struct, frozen=True):
    """A job that is due again."""

    id: str


@read("/v1/pulse", scope="operator", gives=PulseView)
def pulse(tx: Tx) -> PulseView:
    """Read what waits in the house: jobs by kind, rows to seal, and the doctor's last verdict."""
    return PulseView(
        tx.now,
        [QueueView(*each) for each in backlog.read(tx)],
        backlog.sweep_lag_seconds(tx),
        transparency.unsealed(tx),
        verdicts.latest(tx),
    )


class Narrowing(msgspec.Struct, frozen=True):
    """What a gate is narrower by than its operation; of `accounts`, only how many they are."""

    by: Literal["jurisdiction", "channel", "tier", "initiator", "accounts"]
    names: list[str]


class GateView(msgspec.Struct, frozen=True):
    """A gate that is shut or will be, and the order that says so; `*` is everything of its kind.

    `whole` is false for one that is narrower than its operation: `narrowed` says by what.
    """

    id: str
    product: str
    operation: str
    order: str | None
    effective_at: datetime
    lift_at: datetime | None
    whole: bool
    narrowed: list[Narrowing]


class GatesView(msgspec.Struct, frozen=True):
    """Every product and what money does in it, and each gate that is or will be shut."""

    products: list[str]
    operations: list[str]
    items: list[GateView]


@read("/v1/gates", scope="oversight:read", gives=GatesView)
def list_gates(tx: Tx) -> GatesView:
    """List what is shut or will be: what is not listed is open."""
    return GatesView(
        list(PRODUCTS),
        [str(each) for each in Operation],
        [_gate(each) for each in gates.standing(tx)],
    )


def _gate(gate: Gate) -> GateView:
    narrowed = [
        Narrowing("jurisdiction", [] if gate.jurisdiction == ANY else [gate.jurisdiction]),
        Narrowing("channel", list(gate.channels)),
        Narrowing("tier", list(gate.tiers)),
        Narrowing("initiator", [] if gate.initiator is None else [str(gate.initiator)]),
        Narrowing("accounts", [str(len(gate.accounts))] if gate.accounts else []),
    ]
    narrowed = [each for each in narrowed if each.names]
    return GateView(
        public("gat", gate.id),
        gate.product,
        gate.operation,
        None if gate.order_id is None else public("ord", gate.order_id),
        gate.effective_at,
        gate.lift_at,
        whole=not narrowed,
        narrowed=narrowed,
    )


@read("/v1/dead-letters", scope="operator", gives=Listing[DeadLetterView], refuses=(Invalid,))
def dead_letters(tx: Tx, *, page: Page) -> Listing[DeadLetterView]:
    """List the jobs that ran out of attempts, the newest job first."""
    before = page.after_id("job")
    rows = jobs.dead(tx, before, page.fetch)
    views = [DeadLetterView(public("job", id), *rest) for id, *rest in rows]
    return page.of(views, key=lambda each: each.id)


def requeue(tx: Tx, command: Requeue) -> Requeued:
    """Put a dead letter back in the queue; refuses `NotFound`."""
    id_ = public("job", command.job)
    if not jobs.requeue(tx, command.job):
        raise NotFound(noun="dead-letter", id=id_)
    entry = Entry(command.by, "job.requeued", command.job, (), "operation", {"id": id_})
    append(tx, [entry])
    return Requeued(id_)


@write(
    "/v1/dead-letters/{job:job}/requeue",
    "job.requeue",
    requeue,
    scope="operator",
    gives=Requeued,
    refuses=(Invalid, NotFound),
)
def requeue_job(*, caller: Caller, job: UUID) -> Requeue:
    """Try a job again that was given up: it is due now, with all its attempts."""
    return Requeue(job, caller.party)


routes = [pulse, list_gates, dead_letters, requeue_job]
