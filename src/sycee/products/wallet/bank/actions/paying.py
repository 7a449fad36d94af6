"""Payments out: batches sent, the bank's answers to them, and money that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger.post import post, post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings, outgoing
from sycee.core.policy.check import ask, give_back
from sycee.core.policy.gates import hold_open
from sycee.core.policy.model import Gate, Initiator, Operation, Request, shut_by
from sycee.kit.errors import Refusal
from sycee.kit.ids import public, uuid7
from sycee.products.wallet.bank import model, pain
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.actions.items import Import, Imported
from sycee.products.wallet.bank.model import (
    BankFileKnown,
    Line,
    LineState,
    Payment,
    PaymentState,
    Why,
)
from sycee.products.wallet.bank.pain import Fate
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.products.wallet.model import PRODUCT
from sycee.runtime import jobs
from sycee.runtime.db import NIL, Tx

SEND = "bank.send"
BY_ORDER = "order"
"""The reason of a payment that an order had undone before it was sent."""

_UNDER_WAY = frozenset({PaymentState.SENT, PaymentState.ACCEPTED})


class Dispatch(msgspec.Struct, frozen=True):
    """Put an account's waiting payments into a file."""

    account: UUID


class Dispatched(msgspec.Struct, frozen=True):
    """How many payments went into a batch; `held` wait because an order stops them."""

    batch: str | None
    payments: int
    held: int


def entry(verb: str, row: Payment, *, actor: UUID | None = None) -> Entry:
    """A line for the journal about a payment."""
    return posting.note(
        verb,
        model.PAYMENT,
        row.id,
        actor=actor,
        party=row.party,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )


def dispatch(tx: Tx, command: Dispatch) -> Dispatched:
    """Mark waiting payments as sent under their gates, and leave a job that writes their file.

    Once this commits they are on their way: an order that shuts the gate afterwards lists them.
    One that an order wants undone goes back to where it came from.
    """
    ways = (Operation.PAYOUT, Operation.REFUND)
    ask(tx, [(PRODUCT, str(way)) for way in ways], ())  # all locks at once, in their order
    store.lock_accounts(tx, [command.account])
    going: list[tuple[Payment, Request]] = []
    undone: list[Payment] = []
    held, after, more = 0, NIL, True
    while more and len(going) < model.BATCH_MAX:  # what an order holds is in nobody else's way
        waiting = payments.queued(tx, command.account, after, model.BATCH_MAX)
        free, back, stopped = _sorted_out(tx, waiting)
        going, undone, held = going + free, undone + back, held + stopped
        more = len(waiting) == model.BATCH_MAX
        after = waiting[-1].id if waiting else after
    reject(tx, [(row, BY_ORDER) for row in undone])
    going = going[: model.BATCH_MAX]
    if not going:
        return Dispatched(None, 0, held)
    outgoing.mark(tx, [(row.id, request) for row, request in going])
    batch = uuid7()
    payments.send(tx, batch, [row.id for row, _ in going])
    total = sum(row.amount_minor for row, _ in going)
    payments.insert_batch(tx, batch, command.account, len(going), total)
    jobs.defer(tx, SEND, {"batch": batch.hex}, key=batch.hex)
    append(tx, [entry("withdrawal.sent", row) for row, _ in going])
    return Dispatched(public("bat", batch), len(going), held)


def _sorted_out(
    tx: Tx, waiting: Sequence[Payment]
) -> tuple[list[tuple[Payment, Request]], list[Payment], int]:
    """Those that may go, those that an order wants undone, and how many it holds."""
    asked = _requests(tx, waiting)
    free: list[tuple[Payment, Request]] = []
    undone: list[Payment] = []
    held = 0
    for row, request, gate in zip(waiting, asked, hold_open(tx, asked), strict=True):
        if gate is None:
            free.append((row, request))
        elif gate.undoes(request):
            undone.append(row)
        else:
            held += 1
    return free, undone, held


def _requests(tx: Tx, rows: Sequence[Payment]) -> list[Request]:
    """What policy is asked of each: a payout in its party's land, a refund in the house's."""
    operator = parties.operator(tx)
    owners = {row.party or operator for row in rows}
    known = parties.read(tx, [owner for owner in owners if owner is not None])
    made: list[Request] = []
    for row in rows:
        owner = row.party or operator
        who = None if owner is None else known.get(owner)
        made.append(
            Request(
                product=PRODUCT,
                operation=Operation.REFUND if row.party is None else Operation.PAYOUT,
                party=row.party,
                jurisdiction="*" if who is None else who.jurisdiction,
                amount_minor=row.amount_minor,
                currency=row.currency,
                tier=None if who is None else who.tier,
                code="bank.out",
                channel="job",
                initiator=Initiator.HOUSE if row.party is None else Initiator.CUSTOMER,
                accounts=() if row.party is None or who is None else who.purse_ids(row.currency),
                begun_at=row.created_at,
            )
        )
    return made


def answer(tx: Tx, command: Import, *, file: UUID, kind: str, report: pain.Report) -> Imported:
    """Take a status report: a rejected payment's money goes back once, whatever is repeated."""
    shut = refund_gates(tx)
    first = store.file_of(tx, command.sha256)
    if first is not None or not store.insert_file(tx, command.sha256, file, kind, 0, 0, command.by):
        raise BankFileKnown(file=public(model.FILE, first or file))
    fates = {id_: (fate, reason) for id_, fate, reason in report.single}
    if report.whole is not None and report.batch is not None:
        batch = payments.batch(tx, report.batch)
        for row in batch.payments if batch else ():
            fates.setdefault(row.id, (report.whole, report.reason))
    rows = payments.payments(tx, list(fates))
    accepted = [
        row
        for row in rows.values()
        if fates[row.id][0] is Fate.ACCEPTED and row.state is PaymentState.SENT
    ]
    payments.turn(tx, [(row.id, PaymentState.ACCEPTED, None) for row in accepted])
    append(tx, [entry("withdrawal.accepted", row) for row in accepted])
    refused = [row for row in rows.values() if fates[row.id][0] is Fate.REJECTED]
    rejected = [row for row in refused if row.state in _UNDER_WAY]
    reject(tx, [(row, fates[row.id][1]) for row in rejected], shut)
    return Imported(
        file=public(model.FILE, file), kind=kind, accepted=len(accepted), rejected=len(rejected)
    )


def refund_gates(tx: Tx) -> list[Gate]:
    """The gates that stand against money on its way back; before any payment is locked."""
    return ask(tx, [(PRODUCT, str(Operation.REFUND))], ()).answer().gates


def reject(tx: Tx, rows: Sequence[tuple[Payment, str | None]], shut: Sequence[Gate] = ()) -> None:
    """Give payments' money back to whoever it came from, with the reason; the caller locked them.

    Where one of the gates `shut` stops that, or the wallet takes it no more, the queue has it. Use
    of limits goes back before any account is locked: who pays takes both in that order.
    """
    homes = [_home(tx, row, shut) for row, _ in rows]
    for (row, _), home in sorted(zip(rows, homes, strict=True), key=lambda each: each[0][0].id):
        if isinstance(home, Purse):
            give_back(tx, [posting.payout(home, row.amount_minor, row.currency)], row.created_at)
    for (row, reason), home in zip(rows, homes, strict=True):
        _reject(tx, row, reason, home)


def _home(tx: Tx, row: Payment, shut: Sequence[Gate]) -> Purse | Why:
    """The wallet that a payment's money goes back to, or why to the queue instead."""
    if row.party is None:
        return Why.REJECTED_BY_BANK
    purse = parties.purse(tx, [row.party], row.currency)[row.party]
    if isinstance(purse, Refusal):
        return Why.PARTY_CANNOT_RECEIVE
    asked = posting.request(
        purse,
        Operation.REFUND,
        row.amount_minor,
        row.currency,
        "bank.reject",
        begun_at=row.created_at,
    )
    return purse if shut_by(asked, shut, tx.now) is None else Why.SUSPENDED


def _reject(tx: Tx, row: Payment, reason: str | None, home: Purse | Why) -> None:
    transit = posting.house(tx, posting.TRANSIT, row.currency)
    payments.turn(tx, [(row.id, PaymentState.REJECTED, reason)])
    outgoing.answered(tx, [row.id])
    append(tx, [entry("withdrawal.rejected", row)])
    why = home
    if isinstance(home, Purse):
        ceilings.let_back(tx, row.currency, lambda: [home], beside=[transit])
        move = posting.move(tx, transit, home.account, row.amount_minor, "bank.reject", row.id)
        if not isinstance(post(tx, [move])[0], Refusal):
            return
        why = Why.PARTY_CANNOT_RECEIVE
    assert isinstance(why, Why)
    unmatched = posting.house(tx, posting.UNMATCHED, row.currency)
    post_all(tx, [posting.move(tx, transit, unmatched, row.amount_minor, "bank.reject", row.id)])
    if row.party is not None:
        store.insert_lines(tx, [_paper(tx, row, why)])
    else:
        assert row.line is not None, "what has no owner was sent back from a line"
        store.requeue(tx, row.account, row.line, why)


def _paper(tx: Tx, row: Payment, why: Why) -> Line:
    """A line of the queue that no bank wrote: rejected money that does not go into its wallet."""
    entry = f"reject|{row.id}"
    return Line(
        account=row.account,
        id=posting.line_id(row.account, entry, 0),
        entry=entry,
        part=0,
        incoming=True,
        amount_minor=row.amount_minor,
        booked_on=tx.now.date(),
        state=LineState.UNMATCHED,
        reason=why,
        party=row.party,
        subject=row.id,
        file=row.seal_subject,
        sealed=None,
        imported_at=tx.now,
        settled_at=None,
    )
