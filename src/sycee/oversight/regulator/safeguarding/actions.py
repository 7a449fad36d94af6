"""The daily reconciliation, and the two signatures under it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import liabilities as ledger
from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import public, uuid7
from sycee.oversight.regulator.safeguarding import store
from sycee.oversight.regulator.safeguarding.model import (
    BREAKS_MAX,
    NOUN,
    Break,
    Run,
    RunSigned,
    Sort,
    compare,
    ordered,
)
from sycee.runtime.db import Database, Tx

READ_TIMEOUT_MS = 120_000
WRITE_TIMEOUT_MS = 30_000
SIGNERS = 2

Lines = Callable[[Tx, str], Iterable[tuple[UUID, int]]]
"""The bank's own lines in a currency: id, and minor units, positive for money in.

The product that reads statements gives it; a door puts the two together.
"""


class Sign(msgspec.Struct, frozen=True):
    """A person's signature under a run."""

    by: UUID
    credential: UUID
    run: UUID


class Signed(msgspec.Struct, frozen=True):
    """A run and how many have signed it."""

    id: str
    signatures: int


def reconcile(database: Database, lines: Lines) -> list[Run]:
    """Reconcile each currency that has no run of today, in one snapshot; the new runs."""
    made: list[tuple[Run, list[Break]]] = []
    with database.read(timeout_ms=READ_TIMEOUT_MS) as tx:
        done = store.done(tx, tx.now.date())
        for currency, _ in ledger.totals(tx):
            if currency not in done:
                made.append(_run(tx, currency, lines))
    with database.transaction(timeout_ms=WRITE_TIMEOUT_MS) as tx:
        fresh = [one for one in made if one[0].currency not in store.done(tx, one[0].day_on)]
        for run, breaks in fresh:
            store.insert(tx, run, breaks[:BREAKS_MAX])
            append(tx, [_entry(tx, "safeguarding.reconciled", run, None)])
    return [run for run, _ in fresh]


def _run(tx: Tx, currency: str, lines: Lines) -> tuple[Run, list[Break]]:
    digest, required = hashlib.sha256(), 0
    breaks: list[Break] = []
    for account, minor in ledger.balances(tx, currency):
        digest.update(account.bytes + minor.to_bytes(8, "big", signed=True))
        if minor < 0:  # what one owes the house is not the others' money
            breaks.append(Break(Sort.NEGATIVE_BALANCE, account, minor))
        else:
            required += minor
    books = ledger.bank_movements(tx, currency)
    bank: dict[UUID, int] = {}
    number = 0
    for line, minor in lines(tx, currency):
        bank[line] = bank.get(line, 0) + minor
        number += 1
    breaks += compare(books, bank)
    run = Run(
        id=uuid7(),
        day_on=tx.now.date(),
        currency=currency,
        taken_at=tx.now,
        accounts=ledger.customers(tx, currency),
        requirement_minor=required,
        books_minor=sum(books.values()),
        bank_minor=sum(bank.values()),
        lines=number,
        breaks=len(breaks),
        digest=digest.digest(),
    )
    return run, ordered(breaks)


def sign(tx: Tx, command: Sign) -> Signed:
    """Sign a run as one of two people. Refuses `NotFound`, `RunSigned`."""
    store.lock(tx, command.run)
    found = store.runs(tx, command.run)
    if not found:
        raise NotFound(noun="run", id=public(NOUN, command.run))
    before = store.signatures(tx, command.run)
    if len(before) >= SIGNERS or any(one[1] == command.credential for one in before):
        raise RunSigned(run=public(NOUN, command.run))
    store.sign(tx, command.run, command.by, command.credential)
    append(tx, [_entry(tx, "safeguarding.signed", found[0], command.by)])
    return Signed(public(NOUN, command.run), len(before) + 1)


def _entry(tx: Tx, verb: str, run: Run, by: UUID | None) -> Entry:
    operator = parties.operator(tx)
    concerned = tuple(dict.fromkeys(party for party in (by, operator) if party is not None))
    body: dict[str, object] = {
        "id": public(NOUN, run.id),
        "currency": run.currency,
        "requirement_minor": str(run.requirement_minor),
        "bank_minor": str(run.bank_minor),
        "shortfall_minor": str(run.shortfall_minor),
        "breaks": run.breaks,
        "digest": run.digest.hex(),
    }
    return Entry(by, verb, run.id, concerned, "oversight", body)
