"""The order in which every singular step goes: policy → lock → decide → post → save → journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    FloorReached,
)
from sycee.core.parties import parties
from sycee.core.parties.model import Party, Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import check, give_back
from sycee.core.policy.model import Initiator, Operation, Request
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import public
from sycee.products.escrow.actions.commands import TradeResult
from sycee.products.escrow.model.refusals import PurseFull, PurseShut, SellerLacksFunds
from sycee.products.escrow.model.trade import Actor, Decision, Event, Trade
from sycee.products.escrow.store import records, trades
from sycee.runtime.db import Tx

PRODUCT = "escrow"
Verb = Callable[[Trade, Actor, datetime], Decision]
"""A rule of `model` that needs no more than the trade, who asks and the time."""

_NOUNS = {"of": "par", "evidence": "evd", "shipment": "shp"}


def step(
    tx: Tx,
    trade: UUID,
    by: Actor,
    decide: Callable[[Trade], Decision],
    *,
    operation: Operation | None = None,
) -> Decision:
    """Take one step on one trade; raises its refusal. `operation` is what a gate may have shut."""
    if operation is not None:
        ask(tx, trade, (operation,), by)
    locked = trades.lock(tx, trade)
    if locked is None:
        raise NotFound(noun="trade", id=public("trd", trade))
    decision = decide(locked)
    move(tx, decision)
    save(tx, locked, decision)
    append(tx, entries(by, decision))
    return decision


def take(
    tx: Tx, trade: UUID, by: Actor, verb: Verb, operation: Operation | None = None
) -> TradeResult:
    """Take a step that needs nothing but who takes it, and when; raises its refusal."""
    return result(step(tx, trade, by, lambda one: verb(one, by, tx.now), operation=operation))


def ask(
    tx: Tx, trade: UUID, operations: Sequence[Operation], by: Actor, beside: Iterable[UUID] = ()
) -> None:
    """Raise `ProductSuspended` when a gate is shut for one of the trade's parties.

    A credit is asked about for all who get some of the money, `beside` among them. What a paid
    trade still has to do was promised when it was paid.
    """
    found = trades.read(tx, [trade])
    if not found:
        raise NotFound(noun="trade", id=public("trd", trade))
    one = found[0]
    channel = "job" if by.party is None else one.channel
    paid = one.interested.union(beside)
    asked = [(each, paid if each is Operation.CREDIT else one.parties) for each in operations]
    admit(tx, asked, one.currency, by=by, channel=channel, begun_at=one.paid_at)


def admit(
    tx: Tx,
    asked: Sequence[tuple[Operation, Iterable[UUID]]],
    currency: str,
    *,
    by: Actor,
    channel: str,
    begun_at: datetime | None = None,
) -> None:
    """Raise the first refusal of a gate for any of these parties; no limit is touched.

    A deadline's step is the house's, and so is a mediator's, who is a clerk of it.
    """
    found = parties.read(tx, {member for _, members in asked for member in members})
    who = Initiator.HOUSE if by.party is None or by.mediator else Initiator.CUSTOMER
    requests = [
        replace(
            question(found[member], operation, currency, channel),
            begun_at=begun_at,
            initiator=who,
        )
        for operation, members in asked
        for member in sorted(members)
        if member in found
    ]
    for refusal in check(tx, requests):
        if refusal is not None:
            raise refusal


def question(party: Party, operation: Operation, currency: str, channel: str) -> Request:
    """What is asked of the gates about a trade's party; nobody's limits count."""
    return Request(
        product=PRODUCT,
        operation=operation,
        party=None,
        jurisdiction=party.jurisdiction,
        amount_minor=0,
        currency=currency,
        tier=party.tier,
        channel=channel,
        accounts=party.purse_ids(currency),
    )


def move(tx: Tx, decision: Decision) -> None:
    """Post a decision's moves as one group."""
    if not decision.moves:
        return
    trade = decision.trade
    _free_limits(tx, decision)
    back = {move.credit for move in decision.moves if move.code == "escrow.refund"}
    paid = {move.credit for move in decision.moves} - back
    touched = paid | back | {move.debit for move in decision.moves}
    ceilings.hold(tx, trade.currency, lambda: holders(tx, paid, trade.currency), beside=touched)
    ceilings.let_back(tx, trade.currency, lambda: holders(tx, back, trade.currency), beside=touched)
    try:
        post_all(tx, transfers(tx, decision))
    except FloorReached as refusal:
        lacking = sum(m.amount_minor for m in decision.moves if m.debit != trade.id)
        assert lacking, "a pot never pays more than it holds"
        raise SellerLacksFunds(trade=trade.public, amount_minor=lacking) from refusal
    except CeilingReached as refusal:
        raise PurseFull(trade=trade.public) from refusal
    except (AccountClosed, AccountFrozen) as refusal:
        raise PurseShut(trade=trade.public) from refusal


def _free_limits(tx: Tx, decision: Decision) -> None:
    """Give the buyer's use of limits back with the money, before any account is locked.

    Limits of a grade keep theirs: how the payment was approved is no longer known.
    """
    trade = decision.trade
    amount = sum(move.amount_minor for move in decision.moves if move.code == "escrow.refund")
    if not amount or trade.buyer is None or trade.paid_at is None:
        return
    purse = parties.purse(tx, [trade.buyer], trade.currency)[trade.buyer]
    if isinstance(purse, Purse):
        give_back(tx, [usage(purse, amount, trade.currency)], trade.paid_at, graded=False)


def usage(buyer: Purse, amount_minor: int, currency: str) -> Request:
    """What a payment into a pot counts as against its buyer's limits."""
    return Request(
        product=PRODUCT,
        operation=Operation.TRANSFER,
        party=buyer.party,
        jurisdiction=buyer.jurisdiction,
        amount_minor=amount_minor,
        currency=currency,
        tier=buyer.tier,
        code="escrow.hold",
        zone=buyer.zone,
    )


def holders(tx: Tx, accounts: Iterable[UUID], currency: str) -> list[object]:
    """The purses that money is about to come in to; pots and the house's accounts are passed over.

    Whose they are the ledger says: payees of a split are no parties of the trade.
    """
    found = ledger.read(tx, list(accounts))
    owners = {account.owner for account in found.values() if account.owner is not None}
    theirs = parties.purse(tx, owners, currency).values()
    return [each for each in theirs if isinstance(each, Purse) and each.account in found]


def transfers(tx: Tx, decision: Decision, group: int | None = None) -> list[Transfer]:
    """A decision's moves as the ledger's items."""
    return [
        Transfer(
            id=tx.new_id(),
            debit=debit,
            credit=credit,
            amount_minor=amount,
            code=code,
            subject=decision.trade.id,
            group=group,
        )
        for debit, credit, amount, code in decision.moves
    ]


def save(tx: Tx, before: Trade, decision: Decision) -> None:
    """Write what the decision changed."""
    if decision.trade is not before:
        trades.save(tx, [decision.trade])
    if decision.refund is not None and decision.events:
        records.save_refund(tx, before.id, decision.refund)
    if decision.dispute is not None:
        records.save_dispute(tx, before.id, decision.dispute)


def entries(by: Actor, decision: Decision) -> list[Entry]:
    """A decision's lines for the journal; each is about the trade and concerns its parties."""
    trade = decision.trade
    return [
        Entry(
            actor=by.party,
            verb=event.verb,
            subject=trade.id,
            parties=trade.parties,
            purpose=event.verb.partition(".")[0],
            body=_body(trade, event),
        )
        for event in decision.events
    ]


def _body(trade: Trade, event: Event) -> dict[str, object]:
    body: dict[str, object] = {
        "trade": trade.public,
        "state": trade.state.value,
        "currency": trade.currency,
    }
    if event.subject != trade.id:
        noun = event.verb.partition(".")[0]
        body[noun] = public({"refund": "rfd", "dispute": "dsp"}[noun], event.subject)
    for name, value in event.body.items():
        body[name] = public(_NOUNS[name], value) if isinstance(value, UUID) else value
    return body


def result(
    decision: Decision,
    *,
    shipment: UUID | None = None,
    evidence: UUID | None = None,
    existed: bool = False,
) -> TradeResult:
    """The answer to a step."""
    trade, refund, dispute = decision.trade, decision.refund, decision.dispute
    return TradeResult(
        id=trade.public,
        state=trade.state.value,
        currency=trade.currency,
        total_minor=trade.total_minor,
        paid_minor=trade.paid_minor,
        held_minor=trade.held_minor,
        released_minor=trade.released_minor,
        fee_minor=trade.fee_minor,
        refunded_minor=trade.refunded_minor,
        moved_minor=sum(m.amount_minor for m in decision.moves if m.code != "escrow.reclaim"),
        refund=public("rfd", refund.id) if refund else None,
        refund_state=refund.state.value if refund else None,
        dispute=public("dsp", dispute.id) if dispute else None,
        shipment=public("shp", shipment) if shipment else None,
        evidence=public("evd", evidence) if evidence else None,
        existed=existed,
    )


def purses(tx: Tx, members: Sequence[UUID], currency: str) -> dict[UUID, UUID]:
    """The accounts that parties are promised money on; raises why one may start nothing new.

    None of them is closed before the promise is made.
    """
    parties.stay(tx, members)
    accounts: dict[UUID, UUID] = {}
    for party, purse in sorted(parties.purse(tx, members, currency).items()):
        if isinstance(purse, Refusal):
            raise purse
        if purse.refusal is not None:
            raise purse.refusal
        accounts[party] = purse.account
    return accounts
