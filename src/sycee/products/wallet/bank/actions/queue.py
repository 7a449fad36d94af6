"""The queue that an operator works: give a line to its owner, send it back, or keep it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.policy import ceilings, outgoing
from sycee.core.policy.check import check_one
from sycee.core.policy.model import Initiator, Operation
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public, uuid7
from sycee.products.wallet.bank import matching, model
from sycee.products.wallet.bank.actions import paying, posting
from sycee.products.wallet.bank.model import (
    BankLineOutgoing,
    BankLineSettled,
    BankLineWithoutSender,
    Line,
    LineState,
    Payment,
    PaymentState,
)
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime.db import Tx


class Assign(msgspec.Struct, frozen=True):
    """Give a queued line to a party, or say which payments of ours it is the bank's booking of."""

    line: UUID
    party: UUID | None
    by: UUID
    payments: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET


class SendBack(msgspec.Struct, frozen=True):
    """Send a queued line's money back to where it came from."""

    line: UUID
    by: UUID


class Own(msgspec.Struct, frozen=True):
    """Mark a queued line as the house's own money."""

    line: UUID
    by: UUID


class Settled(msgspec.Struct, frozen=True):
    """A line that has left the queue; `payment` is the one that sends it back."""

    id: str
    state: LineState
    amount_minor: int
    currency: str
    payment: str | None = None


def assign(tx: Tx, command: Assign) -> Settled:
    """Give a queued line to whom or to what it belongs. Raises `Invalid` unless one is named."""
    party, named = command.party, command.payments
    if named is not msgspec.UNSET and party is None:
        return _pair(tx, command.line, named, command.by)
    if named is not msgspec.UNSET or party is None:
        raise Invalid("party", "either a party or payments must be named")
    return _give(tx, command.line, party, command.by)


def _pair(tx: Tx, id_: UUID, ids: Sequence[UUID], by: UUID) -> Settled:
    """Book payments that the bank booked without naming them: their money has left transit."""
    line, currency = _waiting(tx, id_, incoming=None)
    named = payments.payments(tx, ids)
    total = sum(row.amount_minor for row in named.values())
    if (
        line.incoming
        or len(named) != len(set(ids))
        or total != line.amount_minor
        or not all(row.account == line.account and matching.bookable(row) for row in named.values())
    ):
        raise Invalid("payments", "must be payments that the bank has to book and sum to the line")
    transit = posting.house(tx, posting.TRANSIT, currency)
    queue = posting.house(tx, posting.UNMATCHED, currency)
    post_all(tx, [posting.move(tx, transit, queue, total, "bank.assign", line.id)])
    booked = [named[id_] for id_ in sorted(named)]
    payments.turn(tx, [(row.id, PaymentState.BOOKED, None) for row in booked])
    outgoing.answered(tx, [row.id for row in booked])
    for row in booked:
        if row.line is not None:
            store.settle(tx, row.account, row.line, LineState.RETURNED, party=None, subject=row.id)
    append(tx, [paying.entry("withdrawal.booked", row, actor=by) for row in booked])
    subject = booked[0].id if len(booked) == 1 else None
    store.settle(tx, line.account, line.id, LineState.ASSIGNED, party=None, subject=subject)
    return _settled(tx, line, currency, LineState.ASSIGNED, by, None)


def _give(tx: Tx, id_: UUID, party: UUID, by: UUID) -> Settled:
    """Credit a party with a queued line, within its limits and up to what its wallet may hold.

    Its own withdrawal that came back is a refund, which no limit stops.
    """
    line, currency = _waiting(tx, id_, incoming=True)
    purse = parties.active_purse(tx, party, currency)
    minor, own_money = line.amount_minor, _came_back(tx, line, party)
    asked = posting.request(
        purse,
        Operation.REFUND if own_money else Operation.CREDIT,
        minor,
        currency,
        "bank.assign",
        channel="api",
        initiator=Initiator.HOUSE,
    )
    check_one(tx, asked)
    queue = posting.house(tx, posting.UNMATCHED, currency)
    bring = ceilings.let_back if own_money else ceilings.hold
    bring(tx, currency, lambda: [purse], beside=[queue])
    post_all(tx, [posting.move(tx, queue, purse.account, minor, "bank.assign", line.id)])
    store.settle(tx, line.account, line.id, LineState.ASSIGNED, party=party, subject=None)
    return _settled(tx, line, currency, LineState.ASSIGNED, by, party)


def _came_back(tx: Tx, line: Line, party: UUID) -> bool:
    """Whether a line is the money of a withdrawal of the party's."""
    meant = payments.payments(tx, [line.subject]) if line.subject is not None else {}
    return any(payment.party == party for payment in meant.values())


def send_back(tx: Tx, command: SendBack) -> Settled:
    """Queue a payment of the same amount to the account that the bank named as the sender's."""
    line, currency = _waiting(tx, command.line, incoming=True)
    if line.sealed is None:
        raise BankLineWithoutSender(line=public(model.LINE, line.id))
    queue = posting.house(tx, posting.UNMATCHED, currency)
    transit = posting.house(tx, posting.TRANSIT, currency)
    id_ = uuid7()
    post_all(tx, [posting.move(tx, queue, transit, line.amount_minor, "bank.send-back", id_)])
    payments.insert_payment(
        tx,
        Payment(
            id=id_,
            account=line.account,
            party=None,
            line=line.id,
            amount_minor=line.amount_minor,
            currency=currency,
            state=PaymentState.QUEUED,
            reason=None,
            batch=None,
            seal_subject=line.file,
            sealed=line.sealed,
            created_at=tx.now,
            sent_at=None,
            booked_at=None,
            ended_at=None,
        ),
    )
    store.settle(tx, line.account, line.id, LineState.RETURNING, party=None, subject=id_)
    return _settled(tx, line, currency, LineState.RETURNING, command.by, None, id_)


def own(tx: Tx, command: Own) -> Settled:
    """Book a queued line as the owners' money: what came in is theirs, what went out was."""
    line, currency = _waiting(tx, command.line, incoming=None)
    queue = posting.house(tx, posting.UNMATCHED, currency)
    capital = posting.house(tx, posting.CAPITAL, currency)
    debit, credit = (queue, capital) if line.incoming else (capital, queue)
    post_all(tx, [posting.move(tx, debit, credit, line.amount_minor, "bank.own", line.id)])
    store.settle(tx, line.account, line.id, LineState.OWN, party=None, subject=None)
    return _settled(tx, line, currency, LineState.OWN, command.by, None)


def check_waiting(tx: Tx, id_: UUID) -> None:
    """Raises `NotFound`, `BankLineSettled` or `BankLineOutgoing` unless it could be sent back."""
    _waiting(tx, id_, incoming=True)


def _waiting(tx: Tx, id_: UUID, *, incoming: bool | None) -> tuple[Line, str]:
    """A line of the queue under its lock, and its currency."""
    line = store.line(tx, id_, lock=True)
    if line is None:
        raise NotFound(noun="bank-line", id=public(model.LINE, id_))
    if line.state is not LineState.UNMATCHED:
        raise BankLineSettled(state=line.state)
    if incoming and not line.incoming:
        raise BankLineOutgoing(line=public(model.LINE, id_))
    account = store.account(tx, line.account)
    assert account is not None, "an account with a line stays"
    return line, account.currency


def _settled(
    tx: Tx,
    line: Line,
    currency: str,
    state: LineState,
    by: UUID,
    party: UUID | None,
    payment: UUID | None = None,
) -> Settled:
    entry = posting.note(
        f"bank.line-{state}",
        model.LINE,
        line.id,
        actor=by,
        party=party,
        purpose="bank",
        amount_minor=line.amount_minor,
        currency=currency,
    )
    append(tx, [entry])
    named = None if payment is None else public(model.PAYMENT, payment)
    return Settled(public(model.LINE, line.id), state, line.amount_minor, currency, named)
