"""Money back and quarrels: refunds, disputes, rulings."""

from __future__ import annotations

import hashlib

from sycee.core.parties import parties
from sycee.core.policy.model import Operation
from sycee.kit.errors import Invalid
from sycee.products.escrow.actions.commands import (
    AddEvidence,
    AgreeRefund,
    ModifyRefund,
    OpenDispute,
    OpenRefund,
    RefundNow,
    Rule,
    SendBack,
    Touch,
    TradeResult,
)
from sycee.products.escrow.actions.steps import ask, result, step, take
from sycee.products.escrow.model import disputes, refunds
from sycee.products.escrow.model.trade import ENDED, Actor, Decision, Trade
from sycee.products.escrow.store import records
from sycee.products.escrow.store.records import Evidence
from sycee.runtime.db import Tx


def open_refund(tx: Tx, command: OpenRefund) -> TradeResult:
    """Ask for money back; after the end of a trade not of a seller who is closed."""
    by, id = Actor(command.by), tx.new_id()

    def decide(trade: Trade) -> Decision:
        decision = refunds.open_refund(
            trade,
            by,
            tx.now,
            refund=id,
            amount_minor=command.amount_minor,
            returns=command.returns,
            reason=command.reason,
            seller=command.seller,
        )
        if trade.state in ENDED and decision.refund is not None:
            # A trade that holds money keeps its parties; after its end only the refund does.
            parties.stay(tx, [command.by, decision.refund.seller])
        return decision

    return result(step(tx, command.trade, by, decide))


def modify_refund(tx: Tx, command: ModifyRefund) -> TradeResult:
    """Ask for something else."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        return refunds.modify(
            trade,
            by,
            tx.now,
            amount_minor=command.amount_minor,
            returns=command.returns,
            reason=command.reason,
        )

    return result(step(tx, command.trade, by, decide))


def cancel_refund(tx: Tx, command: Touch) -> TradeResult:
    """Withdraw a request; the trade goes on."""
    return take(tx, command.trade, Actor(command.by), refunds.cancel)


def agree_refund(tx: Tx, command: AgreeRefund) -> TradeResult:
    """Agree: the money goes back, or first the goods."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        return refunds.agree(
            trade, by, tx.now, amount_minor=command.amount_minor, returns=command.returns
        )

    return result(step(tx, command.trade, by, decide, operation=Operation.REFUND))


def refuse_refund(tx: Tx, command: Touch) -> TradeResult:
    """Refuse the request, or the goods that came back."""
    return take(tx, command.trade, Actor(command.by), refunds.refuse)


def receive_goods(tx: Tx, command: Touch) -> TradeResult:
    """The goods are back: so is the money."""
    return take(tx, command.trade, Actor(command.by), refunds.receive, Operation.REFUND)


def send_back(tx: Tx, command: SendBack) -> TradeResult:
    """The goods are on their way back."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        return refunds.send_back(
            trade,
            by,
            tx.now,
            carrier=command.carrier,
            tracking_number=command.tracking_number,
        )

    return result(step(tx, command.trade, by, decide))


def refund_now(tx: Tx, command: RefundNow) -> TradeResult:
    """A seller gives money back at once, held or released.

    Idempotent by `request_ref`: the same one with the same amount answers `existed` and moves
    nothing, under any order; with another amount it refuses `RequestRefReused`.
    """
    by, id = Actor(command.by), tx.new_id()
    done = records.refund_by_ref(tx, command.trade, command.request_ref)
    operation = Operation.REFUND if done is None else None

    def decide(trade: Trade) -> Decision:
        return refunds.refund_now(
            trade,
            by,
            tx.now,
            refund=id,
            amount_minor=command.amount_minor,
            request_ref=command.request_ref,
            known=records.refund_by_ref(tx, trade.id, command.request_ref),
        )

    decision = step(tx, command.trade, by, decide, operation=operation)
    return result(decision, existed=not decision.moves)


def open_dispute(tx: Tx, command: OpenDispute) -> TradeResult:
    """Call the mediator; every clock of the trade stands still."""
    by, id = Actor(command.by), tx.new_id()
    decision = step(
        tx,
        command.trade,
        by,
        lambda t: disputes.open_dispute(t, by, tx.now, dispute=id, reason=command.reason),
    )
    return result(decision)


def add_evidence(
    tx: Tx,
    command: AddEvidence,
    *,
    sealed: bytes,
    content: bytes | None = None,
) -> TradeResult:
    """Put in a text or a file, `sealed` with its writer's key; `content` is the file as it was."""
    by, id = Actor(command.by), tx.new_id()
    digest = None
    if content is not None:
        disputes.check_evidence(None, command.content_type, content)
        digest = hashlib.sha256(content).digest()
        if command.sha256 != digest.hex() or command.size_bytes != len(content):
            raise Invalid(field="sha256", rule="must be the SHA-256 and size of the content")
    elif command.text_fingerprint is None:
        raise Invalid(field="evidence", rule="must be either a text or a file")
    decision = step(tx, command.trade, by, lambda t: disputes.add_evidence(t, by, tx.now, piece=id))
    assert decision.dispute is not None, "evidence belongs to a dispute"
    piece = Evidence(
        id=id,
        dispute=decision.dispute.id,
        party=command.by,
        content_type=command.content_type,
        sha256=digest,
        size_bytes=None if content is None else len(content),
        added_at=tx.now,
    )
    records.insert_evidence(tx, command.trade, piece, sealed)
    return result(decision, evidence=id)


def rule(tx: Tx, command: Rule) -> TradeResult:
    """Rule on a dispute; `by` has been given a mediator's standing by the door (scope).

    A gate is asked about what the ruling does: a refund for what the buyer gets, a credit for what
    anybody else does.
    """
    by = Actor(command.by, mediator=True)
    to_others = command.fee_minor or any(amount for _, amount in command.to_payees)
    operations = [Operation.REFUND] if command.to_buyer_minor else []
    ask(tx, command.trade, [*operations, *([Operation.CREDIT] if to_others else [])], by)

    def decide(trade: Trade) -> Decision:
        return disputes.rule(
            trade,
            by,
            tx.now,
            to_buyer_minor=command.to_buyer_minor,
            to_payees=command.to_payees,
            fee_minor=command.fee_minor,
        )

    return result(step(tx, command.trade, by, decide))
