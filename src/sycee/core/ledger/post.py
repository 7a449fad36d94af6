"""Posting: one UPDATE touches the accounts, pure rules decide in order, COPY writes the rows.

The algorithm is told in docs/internals/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.errors import UniqueViolation

from sycee.core.ledger.decide import Decision
from sycee.core.ledger.model import BATCH_MAX, Account, HoldState, Item, Outcome, Posted, Row
from sycee.core.ledger.refusals import BatchTooLarge, GroupFailed, LedgerRefusal
from sycee.core.ledger.ruling import Rerun, World
from sycee.core.ledger.store import posting as store
from sycee.core.ledger.survey import (
    Effects,
    References,
    Span,
    effects,
    references,
    spans,
    unfit_ids,
)
from sycee.core.ledger.wire import copy_rows
from sycee.kit.clock import micros
from sycee.runtime.db import Tx
from sycee.runtime.pipeline import Unpipelined

FEW = 32
"""Batches up to this length are written by INSERT, which saves the round trips of COPY."""

STREAM = 500
"""Rows that go to COPY at a time."""

ATTEMPTS = 8
"""How often a batch is run again after a concurrent writer took one of its ids."""


def post(tx: Tx, items: Sequence[Item], *, dry_run: bool = False) -> list[Outcome]:
    """Post a batch of up to 10,000 items; the outcome of each, in order.

    Item k sees the effect of item k - 1. Items that share a `group` stand together and are posted
    all or none; any other refused item leaves its neighbours alone. An id that was posted before
    answers as it did then (`existed`). `dry_run` decides the same and writes nothing.
    """
    if not items:
        return []
    groups = [item.group for item in items]
    if groups.count(None) == len(groups):
        groups = None
    return _post(tx, items, groups, dry_run)


def post_all(tx: Tx, items: Sequence[Item]) -> list[Posted]:
    """Post all items as one group, whatever groups they name; raises the refusal of the culprit."""
    if not items:
        return []
    outcomes = _post(tx, items, [0] * len(items), False)
    reasons = [x for x in outcomes if isinstance(x, LedgerRefusal)]
    for reason in reasons:
        if not isinstance(reason, GroupFailed):
            raise reason
    return [x for x in outcomes if isinstance(x, Posted)]


@dataclass(slots=True)
class _Batch:
    """A batch and what is known of it before the accounts are locked."""

    items: Sequence[Item]
    ids: list[int]
    spans: list[Span]
    refers: References
    track: bool
    ordered: bool


def _post(
    tx: Tx, items: Sequence[Item], groups: list[int | None] | list[int] | None, dry_run: bool
) -> list[Outcome]:
    if len(items) > BATCH_MAX:
        return [BatchTooLarge(len(items), BATCH_MAX) for _ in items]
    ids = [item.id.int for item in items]
    refers = references(items)
    cut = [Span(0, len(items), None, False)] if groups is None else spans(groups)
    track = bool(refers.holds or refers.transfers) or len(set(ids)) < len(ids)
    batch = _Batch(items, ids, cut, refers, track, ids == sorted(ids))
    careful = False
    for attempt in range(ATTEMPTS):
        try:
            outcomes = _attempt(tx, batch, careful, dry_run)
        except (UniqueViolation, Rerun):
            if tx.pipelined:
                raise Unpipelined from None
            store.undo(tx)
            careful = True
            if attempt == ATTEMPTS - 1:
                raise
            continue
        if dry_run:
            store.undo(tx)
        return outcomes
    raise AssertionError("unreachable")


def _attempt(tx: Tx, batch: _Batch, careful: bool, dry_run: bool) -> list[Outcome]:
    """Lock, decide, write; a taken id shows as UniqueViolation."""
    holds: dict[int, HoldState] = {}
    originals: dict[int, Row] = {}
    if batch.refers.holds:
        holds = store.holds(tx, batch.refers.holds)
    if batch.refers.transfers:
        originals = store.rows(tx, batch.refers.transfers)
    sums = effects(batch.items, holds, originals)
    names = sums.accounts()
    now = tx.clock.now()
    now_us, length = micros(now), len(batch.items)
    unfit = unfit_ids(batch.ids, now_us)  # here, so that no lock is held meanwhile
    if dry_run or not tx.pipelined:
        store.start(tx)
    accounts, last_us = store.touch(tx, names, sums, now, length)
    world = World(now_us, last_us - length, accounts, rows=originals)
    if batch.refers.holds:
        world.holds = store.holds(tx, batch.refers.holds)
    if batch.refers.transfers:
        world.reversed = store.reversed_sums(tx, batch.refers.transfers)
    if careful:
        world.rows = originals | store.rows(tx, batch.ids)
    decision = Decision(batch.items, batch.ids, unfit, world, track=batch.track)
    few = length <= FEW or tx.pipelined
    if few:
        decision.run(batch.spans)
    else:
        _stream(tx, batch, decision)
    # An id that was posted before answers as it did then, whatever the balance says now.
    refused = [batch.ids[k] for k in decision.refused]
    if refused and not careful and store.known(tx, refused):
        raise Rerun
    _settle(tx, decision, _wrong(decision, sums, last_us, last_us > now_us + length), last_us)
    if few and decision.rows:
        store.insert(tx, sorted(decision.rows))
    return decision.outcomes


def _stream(tx: Tx, batch: _Batch, decision: Decision) -> None:
    """Decide and write at once: PostgreSQL stores one piece while the next is decided.

    The first piece is a turn of its own, as a COPY stores nothing before it has a thousand rows.
    Rows go in order of id, so that two writers of the same new ids wait in the same order.
    """
    ordered = batch.ordered
    written = 0
    with store.copying(tx) as copying:
        for ready in decision.progress(batch.spans):
            if ordered and ready - written >= STREAM:
                copying.write(copy_rows(decision.rows[written:ready]))
                if not written:
                    copying.turn()
                written = ready
        rest = decision.rows[written:]
        if rest:
            copying.write(copy_rows(rest if ordered else sorted(rest)))


def _settle(tx: Tx, decision: Decision, wrong: list[Account], last_us: int) -> None:
    """Write the accounts that the net effects got wrong, and the holds."""
    world = decision.world
    if wrong:
        for account in wrong:
            account.last_us = last_us
        store.repair(tx, wrong)
    if decision.new_holds:
        added = [world.holds[id] for id in sorted(decision.new_holds)]
        store.add_holds(tx, added, decision.first_us)
    changed = decision.changed_holds - decision.new_holds
    if changed:
        store.change_holds(tx, [world.holds[id] for id in sorted(changed)])


def _wrong(decision: Decision, sums: Effects, last_us: int, uneven: bool) -> list[Account]:
    """Accounts whose sums or `last_at` may not be what the one UPDATE wrote.

    `uneven` = it left some accounts with an earlier `last_at` than others.
    """
    accounts = decision.world.accounts
    if not sums.exact:
        return list(accounts.values())
    doubtful = decision.doubtful()
    if not uneven:
        return [accounts[id] for id in doubtful if id in accounts]
    return [
        account for id, account in accounts.items() if account.last_us < last_us or id in doubtful
    ]
